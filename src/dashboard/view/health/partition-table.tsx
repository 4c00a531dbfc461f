import type { ProcessHealth } from '../../../protocol/health.ts'
import { formatCount, formatDuration, formatTime } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { now } from '../../state/live.ts'
import { timeZone } from '../../state/selection.ts'
import { WarningIcon } from '../icon.tsx'
import { RowTable } from '../row-table.tsx'

type Partition = ProcessHealth['partitions'][number]

/** Every partition: how far it is read, how old what it has brought is, and what became of it. */
export function PartitionTable({ health }: { health: ProcessHealth }) {
  const text = words.value.health
  if (health.partitions.length === 0) return <p class="quiet">{text.noPartition}</p>
  return (
    <>
      <RowTable
        label={text.partitions}
        heads={[
          text.partition,
          text.watermark,
          { end: text.lag },
          { end: text.offset },
          { end: text.behind },
          { end: text.counted },
          { end: text.rejected },
          { end: text.late },
        ]}
      >
        {health.partitions.map(partition => (
          <PartitionRow
            key={`${partition.topic} ${partition.partition}`}
            partition={partition}
            holds={isHolding(health, partition)}
          />
        ))}
      </RowTable>
      <Counts counts={health.counts} />
    </>
  )
}

const isHolding = ({ held }: ProcessHealth, { topic, partition }: Partition): boolean =>
  held?.by.some(place => place.topic === topic && place.partition === partition) === true

function PartitionRow({ partition, holds }: { partition: Partition; holds: boolean }) {
  const text = words.value
  const { topic, offset, watermark, lag_ms, behind, at_end, counts } = partition
  const count = (value: number | null | undefined) =>
    value === null || value === undefined ? text.noValue : formatCount(value, text)
  return (
    <tr data-partition={`${topic}/${partition.partition}`}>
      <th scope="row">
        {topic}/{partition.partition}
        {holds && (
          <span class="under over-word">
            <WarningIcon /> {text.health.holdsTime}
          </span>
        )}
      </th>
      <td class="number">
        {watermark === null ? text.noValue : formatTime(Date.parse(watermark), timeZone.value, now.value, text)}
      </td>
      <td class="number end">{lag_ms === null ? text.noValue : formatDuration(Math.max(0, lag_ms), text)}</td>
      <td class="number end">{count(offset)}</td>
      <td class="number end">{at_end ? <span class="quiet">{text.health.atEnd}</span> : count(behind)}</td>
      <td class="number end">{count(counts.counted)}</td>
      <td class="number end">{count(counts.rejected)}</td>
      <td class="number end">{count(counts.late)}</td>
    </tr>
  )
}

const ofRecords = ['consumed', 'decoded', 'skipped', 'rejected', 'lost_offsets']

/** What became of all records and events; what never happened is left out. */
function Counts({ counts }: { counts: ProcessHealth['counts'] }) {
  const text = words.value
  const happened = Object.entries(counts).filter(([, count]) => count > 0)
  const line = (entries: readonly (readonly [string, number])[]) =>
    entries
      .map(([name, count]) => `${formatCount(count, text)} ${text.health.counts[name] ?? name.replaceAll('_', ' ')}`)
      .join(' · ')
  return (
    <dl class="facts number">
      <dt>{text.health.records}</dt>
      <dd>{line(happened.filter(([name]) => ofRecords.includes(name))) || text.noValue}</dd>
      <dt>{text.health.events}</dt>
      <dd>{line(happened.filter(([name]) => !ofRecords.includes(name))) || text.noValue}</dd>
    </dl>
  )
}
