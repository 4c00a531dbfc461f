import type { ProcessHealth, RejectedHealth } from '../../../protocol/health.ts'
import { formatCount, formatTime } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { now } from '../../state/live.ts'
import { timeZone } from '../../state/selection.ts'
import { RowTable } from '../row-table.tsx'

/** What could not be counted, by reason, with the newest record of each as the text that it is. */
export function DeadLetters({ health }: { health: ProcessHealth }) {
  const text = words.value
  const { rejected } = health
  return (
    <section class="panel across" aria-labelledby="dead-letters-title">
      <div class="panel-head">
        <h2 id="dead-letters-title">{text.health.deadLetters}</h2>
        <span class="quiet number">{formatCount(health.dead_letters, text)}</span>
      </div>
      {rejected.length === 0 ? (
        <p class="quiet">{text.health.noDeadLetter}</p>
      ) : (
        <RowTable
          label={text.health.deadLetters}
          heads={[text.health.reason, { end: text.health.count }, text.health.sample]}
        >
          {rejected.map(one => (
            <tr key={one.reason} data-rejected={one.reason}>
              <th scope="row">
                {reasonTitle(one.reason)}
                <span class="under quiet">{one.reason}</span>
              </th>
              <td class="number end">{formatCount(one.count, text)}</td>
              <td class="wide">
                <Sample sample={one.sample} />
              </td>
            </tr>
          ))}
        </RowTable>
      )}
    </section>
  )
}

function reasonTitle(reason: string): string {
  const titles: Readonly<Record<string, string>> = words.value.health.reasons
  return titles[reason] ?? reason
}

function Sample({ sample }: { sample: RejectedHealth['sample'] }) {
  const text = words.value.health
  if (sample === null) return <span class="quiet">{text.noSample}</span>
  const { topic, partition, offset, detail, stored_at, key, value, cut } = sample
  const time = formatTime(Date.parse(stored_at), timeZone.value, now.value, words.value)
  return (
    <>
      {detail}
      <span class="under quiet number">{text.storedAt(`${topic}/${partition}@${offset}`, time)}</span>
      <pre class="sample">
        {key !== null && `${text.key}: ${key}\n`}
        {value === null ? text.noValue : value}
        {cut && `\n${text.cut}`}
      </pre>
    </>
  )
}
