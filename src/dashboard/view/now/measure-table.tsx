import type { MeasureStatisticName } from '../../../model/statistics.ts'
import { formatAmount, formatCount, formatDuration } from '../../language/format.ts'
import { local, words } from '../../language/language.ts'
import { measures, processStatus } from '../../state/selection.ts'
import { Scroll } from '../scroll.tsx'
import { segmentTextWithNames } from '../segment-text.ts'

const shown = ['count', 'sum', 'avg', 'p50', 'p90', 'distinct'] as const satisfies readonly MeasureStatisticName[]

/** A row for each measure and each of its segments; nothing where the process has no measures. */
export function MeasureTable() {
  const text = words.value
  if (measures.value.length === 0) return null
  return (
    <section class="panel" aria-labelledby="measures-title">
      <div class="panel-head">
        <h2 id="measures-title">{text.measures.title}</h2>
      </div>
      <Scroll label={text.measures.title}>
        <table>
          <thead>
            <tr>
              <th scope="col">{text.measures.measure}</th>
              {shown.map(name => (
                <th key={name} scope="col">
                  {text.measures.statistics[name]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {measures.value.flatMap(({ measure, statistics }) =>
              statistics.segments.map(({ segment, total, values }) => (
                <tr key={`${measure.name} ${JSON.stringify(segment)}`}>
                  <th scope="row">
                    {total
                      ? `${local(measure.title)} · ${text.map.window(formatDuration(statistics.window_ms, text))}`
                      : segmentTextWithNames(segment, text)}
                  </th>
                  {shown.map(name => (
                    <td key={name} class="number">
                      {cell(name, values[name], measure.currency)}
                    </td>
                  ))}
                </tr>
              )),
            )}
          </tbody>
        </table>
      </Scroll>
      {measures.value.some(({ statistics }) => statistics.partial) && !processStatus.value?.unknown_ends && (
        <p class="quiet">{text.measures.partial}</p>
      )}
    </section>
  )
}

function cell(name: (typeof shown)[number], value: number | undefined, currency: string | null): string {
  const text = words.value
  if (value === undefined) return text.noValue
  return name === 'count' || name === 'distinct' ? formatCount(value, text) : formatAmount(value, currency, text)
}
