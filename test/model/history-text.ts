import type { EventPattern, ProcessDefinition } from '../../src/model/definitions.ts'
import type { History } from './histories.ts'
import type { OracleEvent } from './oracle.ts'

/* Histories as texts: for a person who reads why a property failed, and as the records that decoding reads. */

/** The process in the words of its file, then a line for each record: `topic case:activity@at #id {fields}`. */
export function historyText({ process, arrivals }: History): string {
  const { activities, attributes, settleMs, paneMs, caseTimeoutMs, starts, ends, stages, measures, sources } = process
  const patterns = (list: readonly EventPattern[]) =>
    list.map(({ activity, where }) => activities[activity] + (where === undefined ? '' : ` where ${where}`)).join(', ')
  const fields = (event: OracleEvent) =>
    event.attributes.flatMap((value, position) => (value === null ? [] : [`${attributes[position]!.name}: ${value}`]))
  const eventText = (event: OracleEvent | { readonly ignored: string }) =>
    'ignored' in event
      ? `ignored ${event.ignored}`
      : `${event.case}:${activities[event.activity]}@${event.at}${event.id === undefined ? '' : ` #${event.id}`} {${fields(event).join(', ')}}`
  return [
    '',
    `settle ${settleMs}, pane ${paneMs}, case_timeout ${caseTimeoutMs}, activities ${activities.join(', ')}`,
    `starts: ${patterns(starts)}`,
    ...ends.map(({ group, patterns: list }) => `ends ${group}: ${patterns(list)}`),
    ...stages.map(({ name, from, to, by, target, deadline, calendar, maxSegments }) => {
      const cut = by.map(position => attributes[position]!.name).join(', ')
      return `${name}: from ${patterns(from)} to ${patterns(to)} by [${cut}] max_segments ${maxSegments} target ${JSON.stringify(target)} deadline ${JSON.stringify(deadline)}${calendar === undefined ? '' : ` calendar ${JSON.stringify(calendar)}`}`
    }),
    ...measures.map(({ name, attribute, on, by, maxSegments, distinct }) => {
      const cut = by.map(position => attributes[position]!.name).join(', ')
      return `${name}: of ${attributes[attribute]!.name} on ${patterns(on)} by [${cut}] max_segments ${maxSegments} distinct ${distinct}`
    }),
    ...sources.map(({ topics, id, events }) => `topic ${topics[0]}: ${events.kind}${id === undefined ? '' : ', ids'}`),
    ...arrivals.map(({ topic, events }) => `${topic} ${events.map(eventText).join(' + ')}`),
  ].join('\n')
}

/** The JSON record that the sources of `makeProcess` read an event from; null attributes are left out. */
export function recordValue(
  process: ProcessDefinition,
  topic: string,
  event: OracleEvent | { readonly ignored: string },
): string {
  const isWide = process.sources.some(({ topics, events }) => events.kind === 'wide' && topics.includes(topic))
  const stamped = (activity: string, at: number) => (isWide ? { [`at_${activity}`]: at } : { activity, at })
  if ('ignored' in event) return JSON.stringify({ case: 'none', ...stamped(event.ignored, 0), id: 'none' })
  const filled = process.attributes.flatMap(({ name }, position) => {
    const value = event.attributes[position] ?? null
    return value === null ? [] : [[name, value]]
  })
  const { case: caseId, activity, at, id } = event
  const what = stamped(process.activities[activity]!, at)
  return JSON.stringify({ case: caseId, ...what, id, ...Object.fromEntries(filled) })
}
