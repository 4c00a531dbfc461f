import { useSignal } from '@preact/signals'
import { formatTime, formatValue } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { now } from '../../state/live.ts'
import { timeZone } from '../../state/selection.ts'
import { Scroll } from '../scroll.tsx'
import type { ChartProperties } from './chart.tsx'

/** What a chart draws, as numbers; the newest first. Made only once somebody opens it. */
export function ChartTable({ properties: { at, lines, unit } }: { properties: ChartProperties }) {
  const isOpen = useSignal(false)
  const text = words.value
  return (
    <details
      class="chart-table"
      onToggle={event => {
        isOpen.value = event.currentTarget.open
      }}
    >
      <summary>{text.chart.numbers}</summary>
      {isOpen.value && (
        <Scroll label={text.chart.numbers}>
          <table class="number">
            <thead>
              <tr>
                <th scope="col">{text.chart.time}</th>
                {lines.map(({ title }) => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {at
                .map((instant, index) => (
                  <tr key={instant}>
                    <th scope="row">{formatTime(instant, timeZone.value, now.peek(), text)}</th>
                    {lines.map(({ title, values }) => (
                      <td key={title} class="number">
                        {formatValue(values[index], unit, text)}
                      </td>
                    ))}
                  </tr>
                ))
                .reverse()}
            </tbody>
          </table>
        </Scroll>
      )}
    </details>
  )
}
