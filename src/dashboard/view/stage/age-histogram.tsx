import type { OpenStage } from '../../../protocol/open-stage.ts'
import { formatCount, formatDuration } from '../../language/format.ts'
import { words } from '../../language/language.ts'

/** Open visits by age, as bars with their numbers; those over the target say so. */
export function AgeHistogram({ open }: { open: OpenStage }) {
  const text = words.value
  const { ages, target_ms: targetMs } = open
  const highest = Math.max(...ages.map(({ count }) => count))
  if (ages.length === 0 || highest <= 0) return <p class="quiet">{text.stageView.nothingOpen}</p>
  const all = ages.reduce((sum, { count }) => sum + count, 0)
  return (
    <>
      <table class="ages number" aria-label={text.stageView.ages}>
        <tbody>
          {ages.map(({ from_ms, to_ms, count }) => {
            const isOver = targetMs !== null && from_ms >= targetMs
            return (
              <tr key={from_ms} class={isOver ? 'over' : undefined} data-age={from_ms}>
                <th scope="row">{barTitle(from_ms, to_ms)}</th>
                <td class="age-bar">
                  <span style={{ width: `${(count / highest) * 100}%` }} />
                </td>
                <td class="end">{formatCount(count, text)}</td>
                <td class="quiet">{isOver && count > 0 ? text.lookup.over : ''}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
      <p class="quiet number">{text.stageView.agesNote(formatCount(all, text))}</p>
    </>
  )
}

function barTitle(fromMs: number, toMs: number | null): string {
  const text = words.value
  if (fromMs === 0 && toMs !== null) return text.stageView.ageUpTo(formatDuration(toMs, text))
  const from = formatDuration(fromMs, text)
  return toMs === null ? text.stageView.ageOver(from) : text.stageView.ageBar(from, formatDuration(toMs, text))
}
