import { firstRecords, nameReason } from './draft.ts'
import { countedParts, type DryRun, type DryRunKind, type ExplainedRecord } from './dry-run.ts'
import type { Draft } from './init-from-records.ts'
import { countOf } from './yaml-text.ts'

/** How many records of each kind are shown beyond the first ones. */
const SHOWN_OF_A_KIND = 3

/** @param explain so many of the first records are shown, whatever became of them. */
export function reportText({ names, mapping, shape, dryRun, files, hasMore }: Draft, explain: number): string {
  const { events, case: caseColumn } = mapping
  const reason = nameReason(names)
  const found: [string, string][] = [
    ['process', names.process + (reason === undefined ? '' : `, ${reason}`)],
    ['topic', names.isTopicKnown ? names.topic : `${names.topic}, as the file does not say; put its name in the draft`],
    ['format', mapping.format],
    ['case', `${caseColumn.name}, ${number(caseColumn.values.length)} different`],
    ...(events.kind === 'single'
      ? ([
          ['activity', events.activity.name],
          ['time', events.time === '$timestamp' ? "the record's own timestamp" : events.time.name],
        ] satisfies [string, string][])
      : ([['times', events.columns.map(({ time }) => time.name).join(', ')]] satisfies [string, string][])),
    ['activities', shape.activities.slice(0, 12).join(' → ') + (shape.activities.length > 12 ? ' → …' : '')],
    ['dimensions', mapping.dimensions.map(({ name }) => name).join(', ') || 'none'],
  ]
  return [
    `Found in ${firstRecords(dryRun.records.consumed, hasMore)}:`,
    ...found.map(([what, text]) => `  ${what.padEnd(11)}${text}`),
    ...(hasMore ? ['There are more records, which were not looked at: what is rare may be missing in the draft.'] : []),
    '',
    `Dry run of ${files[0].name}:`,
    ...totals(dryRun),
    '',
    ...explanations(dryRun.explained, explain),
  ].join('\n')
}

function totals({ records, events }: DryRun): string[] {
  const share = events.total === 0 ? 0 : (events.counted + events.duplicate) / events.total
  return [
    `  records  ${number(records.consumed)} = ${number(records.decoded)} decoded + ${number(records.skipped)} skipped + ${number(records.rejected)} rejected`,
    `  events   ${number(events.total)} = ${number(events.counted)} counted + ${number(events.duplicate)} duplicate + ${number(events.late)} late + ${number(events.ignored)} ignored`,
    `           ${(Math.floor(share * 1_000) / 10).toFixed(1)} % of the events are counted or repeat one that is`,
    ...partsOf(events),
  ]
}

/** How many of the counted events are more than that. */
function partsOf(events: DryRun['events']): string[] {
  const named = countedParts.filter(part => events[part] > 0).map(part => `${number(events[part])} ${part}`)
  return named.length === 0 ? [] : [`           of those counted: ${named.join(', ')}`]
}

const headings: Readonly<Record<DryRunKind, string>> = {
  rejected: 'Rejected, to the dead letters',
  late: 'Late, to the dead letters',
  ignored: 'Ignored',
  skipped: 'Skipped',
  empty: 'Without any event',
  duplicate: 'Duplicates',
  before_start: 'Before the start of their case, without effect',
  after_end: 'After the end of their case, without effect',
  unmatched_end: 'Ends without an open visit',
  late_applied: 'Late, but applied',
  counted: 'Counted, with nothing to note',
}

/** The first records one by one, then the first few of every kind that were not among them. */
function explanations(explained: readonly ExplainedRecord[], explain: number): string[] {
  const line = ({ place, said }: ExplainedRecord) => `  ${place}: ${said}`
  const lines = explain === 0 ? [] : ['Record by record:', ...explained.slice(0, explain).map(line)]
  for (const [kind, heading] of Object.entries(headings) as [DryRunKind, string][]) {
    const more = explained.slice(explain).filter(({ kinds }) => kinds.has(kind))
    const seen = explained.slice(0, explain).some(({ kinds }) => kinds.has(kind))
    if (more.length === 0 || (seen && kind === 'counted')) continue
    lines.push(
      `${heading} (${countOf(more.length, seen ? 'more record' : 'record')}):`,
      ...more.slice(0, SHOWN_OF_A_KIND).map(line),
    )
  }
  return lines
}

const number = (count: number): string => count.toLocaleString('en')
