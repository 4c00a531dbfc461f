import { type PartitionCounts, sumCounts } from '../../shard/counts.ts'
import type { RejectedRecord } from './first-rejections.ts'

/** What a replay did, apart from its rows. */
export type ReplaySummary = ReplayCounts & ReplayEffort

export type ReplayCounts = {
  readonly partitions: readonly {
    readonly process: string
    readonly topic: string
    readonly partition: number
    readonly counts: PartitionCounts
  }[]
  /** Whether a process has measures, so that there is a file of them. */
  readonly hasMeasures: boolean
  /** The first of each reason, by reason, then position. */
  readonly rejections: readonly (RejectedRecord & { readonly file: string })[]
}

export type ReplayEffort = {
  /** Whole ms, from the start of reading to the last row that was written. */
  readonly elapsedMs: number
  readonly peakMemoryBytes: number
}

/** `summary.json`: the counts in total and for each partition, the lines of each file, speed and memory. */
export function summaryText(
  { partitions, elapsedMs, peakMemoryBytes }: ReplaySummary,
  lines: { readonly visits: number; readonly windows: number; readonly alerts: number; readonly measures?: number },
): string {
  const total = sumCounts(partitions.map(({ counts }) => counts))
  return `${JSON.stringify(
    {
      total: countsForJson(total),
      partitions: partitions.map(({ process, topic, partition, counts }) => ({
        process,
        topic,
        partition,
        ...countsForJson(counts),
      })),
      lines,
      elapsed_ms: elapsedMs,
      events_per_second: eventsPerSecond(total.events, elapsedMs),
      peak_memory_bytes: peakMemoryBytes,
    },
    null,
    2,
  )}\n`
}

/** What a person at the terminal wants to know of it; whole lines. */
export function summaryForPeople(summary: ReplaySummary, folder: string): string {
  const { partitions, hasMeasures, elapsedMs, peakMemoryBytes } = summary
  const total = sumCounts(partitions.map(({ counts }) => counts))
  const number = (value: number) => Math.round(value).toLocaleString('en')
  const perSecond = eventsPerSecond(total.events, elapsedMs)
  const reasons = Object.entries(byName(total.rejectedBy)).map(([reason, count]) => `${reason} ${number(count ?? 0)}`)
  const rejected = `${number(total.rejected)} rejected${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}`
  return [
    `${number(total.consumed)} records: ${number(total.decoded)} decoded, ${number(total.skipped)} skipped, ${rejected}`,
    `${number(total.events)} events: ${number(total.counted)} counted, ${number(total.duplicate)} duplicate, ${number(total.late)} late, ${number(total.ignored)} ignored`,
    `${seconds(elapsedMs)} s${perSecond === null ? '' : `, ${number(perSecond)} events/s`}, ${number(peakMemoryBytes / 1_048_576)} MiB at most`,
    `visits.ndjson, windows.ndjson, ${hasMeasures ? 'measures.ndjson, ' : ''}alerts.ndjson and summary.json are in ${folder}`,
    ...rejectionLines(summary, total, number),
    '',
  ].join('\n')
}

/** Below each reason the first of its records, so that a person can look at them. */
function rejectionLines(
  { partitions, rejections }: ReplaySummary,
  { rejectedBy }: PartitionCounts,
  number: (value: number) => string,
): string[] {
  const severalProcesses = new Set(partitions.map(({ process }) => process)).size > 1
  return [...new Set(rejections.map(({ reason }) => reason))].flatMap(reason => {
    const shown = rejections.filter(rejection => rejection.reason === reason)
    const count = Object.entries(rejectedBy).find(([name]) => name === reason)?.[1] ?? shown.length
    const which = count > shown.length ? `the first ${shown.length} of ${number(count)}` : `${number(count)}`
    return [
      `rejected as ${reason}, ${which}:`,
      ...shown.map(({ process, file, offset, detail }) => {
        // What a record holds shall not steer the terminal.
        const wrong = detail.replace(/\p{Cc}/gu, ' ')
        return `  ${file}:${offset + 1} ${severalProcesses ? `(${process}) ` : ''}${wrong}`
      }),
    ]
  })
}

const eventsPerSecond = (events: number, elapsedMs: number): number | null =>
  elapsedMs > 0 ? Math.round((events * 1_000) / elapsedMs) : null

const seconds = (ms: number): string => (ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)

/** As the status of the API shows them, so that one name means one thing in both. Files lose nothing. */
function countsForJson({ rejectedBy, ignoredBy, lostOffsets: _, ...counts }: PartitionCounts) {
  return {
    counts: Object.fromEntries(Object.entries(counts).map(([name, count]) => [snakeCase(name), count])),
    rejected_by: byName(rejectedBy),
    ignored_by: byName(ignoredBy),
  }
}

const snakeCase = (name: string) => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

const byName = (counts: Readonly<Record<string, number | undefined>>) =>
  Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
