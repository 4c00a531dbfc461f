import type { Explanation } from '../../protocol/alert.ts'
import { formatDuration, formatValue } from '../language/format.ts'
import { statisticTitle, words } from '../language/language.ts'

type Properties = { readonly explanation: Explanation; readonly of: 'stage' | 'measure' }

/** The terms of a condition, each with what it has read and whether it holds. */
export function ConditionTerms({ explanation, of }: Properties) {
  const text = words.value
  if (explanation.terms.length === 0) {
    return (
      <p>
        <code>{explanation.expression}</code>
      </p>
    )
  }
  return (
    <table class="terms">
      <thead>
        <tr>
          <th scope="col">{text.detail.term}</th>
          <th scope="col">{text.detail.value}</th>
          <th scope="col">{text.detail.result}</th>
        </tr>
      </thead>
      <tbody>
        {explanation.terms.map(term => (
          <tr key={term.text}>
            <td>
              <code>{term.text}</code>
            </td>
            <td class="number">
              {term.values
                .map(
                  ({ statistic, window_ms, value, unit, at_least }) =>
                    `${readingTitle(statistic, window_ms, of)} ${at_least ? '≥' : '='} ${formatValue(value, unit, text)}`,
                )
                .join(', ') || text.noValue}
            </td>
            <td class={`result-${term.result}`}>{resultText(term.result)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function resultText(result: boolean | null): string {
  const text = words.value.detail
  if (result === null) return text.unknown
  return result ? `✓ ${text.holds}` : `✗ ${text.fails}`
}

/** `p90 (24 h)`: the window is named where it is not the rule's own. */
function readingTitle(statistic: string, windowMs: number | undefined, of: 'stage' | 'measure'): string {
  const title = statisticTitle(statistic, of)
  return windowMs === undefined ? title : `${title} (${formatDuration(windowMs, words.value)})`
}
