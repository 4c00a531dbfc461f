import fc from 'fast-check'
import type { AttributeValue } from '../../src/event/event.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import type { OracleArrival, OracleEvent } from './oracle.ts'
import { makeProcess, type PatternText, type StageSketch, type TopicKind } from './process.ts'

/*
 * Processes and histories at random, small enough that every border is hit often: settle, pane and case_timeout are a
 * few units, and the steps between events are drawn from just those lengths, one more and one less.
 */

const activities = ['open', 'work', 'check', 'ship', 'cancel'] as const
const conditions = ['phase == "start"', 'phase != "start"', 'region == "N" || phase == "stop"', 'amount >= 3']

/** The length that a process's settle, pane and timeout are multiples of: hours make the 24 h bound of topics apart felt. */
const units = [1, 1, 3_600_000] as const

const patternText = (): fc.Arbitrary<PatternText> =>
  fc
    .tuple(fc.constantFrom(...activities), fc.constantFrom('', '', '', '', ...conditions))
    .map(([activity, where]) => (where === '' ? activity : `${activity} where ${where}`))

const stageSketch = (unit: number): fc.Arbitrary<StageSketch> =>
  fc
    .record(
      {
        from: fc.array(patternText(), { minLength: 1, maxLength: 2 }),
        to: fc.array(patternText(), { minLength: 1, maxLength: 2 }),
        by: fc.constantFrom<string[][]>(['region'], ['region', 'lane'], ['lane'], []),
        target: fc.constantFrom({ default: 3 * unit }, { default: 5 * unit, by: [['lane', 'fast', unit] as const] }),
      },
      { requiredKeys: ['from', 'to'] },
    )
    .map(stage => ({
      ...stage,
      // A target by lane is one of a stage that is cut by lane.
      ...(stage.target?.by && !stage.by?.includes('lane') ? { target: { default: 5 * unit } } : {}),
    }))

/** Two or three stages, overlapping; with or without starts, ends, conditions, ids, a second topic. */
export function processes(): fc.Arbitrary<ProcessDefinition> {
  return fc.constantFrom(...units).chain(unit =>
    fc
      .record({
        stages: fc.array(stageSketch(unit), { minLength: 2, maxLength: 3 }),
        starts: fc.constantFrom([], [], ['open'], ['open', 'work where phase == "start"']),
        ends: fc.constantFrom<Record<string, string[]>[]>(
          {},
          { completed: ['ship'] },
          { completed: ['ship where phase != "start"'], cancelled: ['cancel'] },
        ),
        settle: fc.constantFrom(0, 3, 10, 10, 20),
        pane: fc.constantFrom(1, 4, 10),
        timeout: fc.constantFrom(20, 35, 60),
        topics: fc.constantFrom<Record<string, TopicKind>[]>(
          { events: 'no ids' },
          { events: 'ids' },
          { events: 'no ids', more: 'no ids' },
          { events: 'ids', more: 'no ids' },
          { events: 'ids', more: 'ids' },
          { events: 'wide' },
          { events: 'ids', more: 'wide' },
        ),
      })
      .map(({ stages, settle, pane, timeout, ...rest }) =>
        makeProcess({
          activities,
          attributes: ['region', 'lane', 'amount:value', 'phase:field'],
          stages: Object.fromEntries(stages.map((stage, index) => [`stage${index}`, stage])),
          settle: settle * unit,
          pane: pane * unit,
          timeout: timeout * unit,
          ...rest,
        }),
      ),
  )
}

const values = {
  region: fc.constantFrom<AttributeValue[]>('N', 'S', 'Ø', null, null),
  lane: fc.constantFrom<AttributeValue[]>('fast', 'slow', null, null),
  amount: fc.constantFrom<AttributeValue[]>(1, 2, 3, 5, null),
  phase: fc.constantFrom<AttributeValue[]>('start', 'start', 'stop', null),
}

/** Ids whose order differs between UTF-8 and UTF-16. */
const idPrefixes = ['a', 'Z', 'é', '\uff5e', '😀'] as const

/**
 * One record, in shares of what comes before it: `step` moves the history's clock, `behind` puts the event's own time
 * that much earlier, a copy repeats the one that lies `back` events before it, with or without a change.
 */
const draft = (process: ProcessDefinition) => {
  const { settleMs: settle, paneMs: pane, caseTimeoutMs: timeout } = process
  const unit = pane >= 3_600_000 ? 3_600_000 : 1
  const border = (length: number) => fc.constantFrom(length - 1, length, length + 1).map(ms => Math.max(0, ms))
  return fc.record({
    kind: fc.constantFrom('event', 'event', 'event', 'event', 'event', 'copy', 'altered copy'),
    ignored: fc.integer({ min: 0, max: 39 }).map(n => n === 0),
    step: fc.oneof(
      { weight: 24, arbitrary: fc.integer({ min: 0, max: 2 }).map(n => n * unit) },
      { weight: 4, arbitrary: border(pane) },
      { weight: 3, arbitrary: border(settle) },
      { weight: 1, arbitrary: border(timeout) },
      { weight: 1, arbitrary: fc.constantFrom(2 * settle + 1, timeout + settle, timeout + settle + 1, 24 * unit) },
    ),
    behind: fc.oneof(
      { weight: 14, arbitrary: fc.constant(0) },
      { weight: 6, arbitrary: fc.integer({ min: 0, max: Math.max(1, settle) }) },
      { weight: 1, arbitrary: border(settle) },
      { weight: 1, arbitrary: fc.constantFrom(2 * settle, 2 * settle + 1, settle + pane, timeout) },
    ),
    case: fc.constantFrom('c1', 'c2', 'c3', 'ß'),
    activity: fc.nat(activities.length - 1),
    attributes: fc.tuple(values.region, values.lane, values.amount, values.phase),
    source: fc.nat(process.sources.length - 1),
    idPrefix: fc.constantFrom(...idPrefixes),
    back: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 4 }) }, { weight: 1, arbitrary: fc.nat(40) }),
    alter: fc.constantFrom('at', 'attributes', 'activity'),
    withNext: fc.integer({ min: 0, max: 9 }).map(n => n === 0),
  })
}

/**
 * Arrivals of one shard: several cases at once, out of order within settle and beyond it, exact and altered copies,
 * equal stamps, rework, runs that end, time out and leave memory, negative instants, all topics of the process.
 */
export function histories(process: ProcessDefinition): fc.Arbitrary<OracleArrival[]> {
  return fc
    .tuple(fc.constantFrom(-40, 0, 1_000), fc.array(draft(process), { minLength: 15, maxLength: 90, size: 'max' }))
    .map(([origin, drafts]) => {
      let clock = origin * process.paneMs
      const made: { topic: string; event: OracleEvent }[] = []
      const arrivals: { topic: string; partition: number; events: OracleArrival['events'][number][] }[] = []
      let joins = false
      for (const { kind, step, behind, source, idPrefix, alter, ...item } of drafts) {
        clock += step
        const { topics, id } = process.sources[source]!
        let topic = topics[0]!
        let event: OracleEvent | { ignored: string }
        const twin = kind === 'event' ? undefined : made.at(-item.back)
        if (item.ignored) event = { ignored: 'noise' }
        else if (twin !== undefined) {
          topic = twin.topic
          event = kind === 'copy' ? twin.event : altered(twin.event, alter, item.activity, item.attributes, behind)
          made.push({ topic, event })
        } else {
          const named = id === undefined ? {} : { id: `${idPrefix}${made.length}` }
          const { activity, attributes } = item
          event = { case: item.case, activity, at: clock - behind, ...named, attributes }
          made.push({ topic, event })
        }
        const last = arrivals.at(-1)
        if (joins && last?.topic === topic) last.events.push(event)
        else arrivals.push({ topic, partition: 0, events: [event] })
        joins = item.withNext
      }
      return arrivals
    })
}

function altered(
  event: OracleEvent,
  alter: 'at' | 'attributes' | 'activity',
  activity: number,
  attributes: readonly AttributeValue[],
  behind: number,
): OracleEvent {
  if (alter === 'at') return { ...event, at: event.at + (activity % 2 === 0 ? behind : -behind) }
  if (alter === 'activity') return { ...event, activity }
  return { ...event, attributes }
}

/** A process and a history of it. */
export const processesWithHistories = (): fc.Arbitrary<{ process: ProcessDefinition; arrivals: OracleArrival[] }> =>
  processes().chain(process => histories(process).map(arrivals => ({ process, arrivals })))

/**
 * Another order of arrival of the same events, in which none is late: each arrives at its time plus a delay of at most
 * `settle`. Some are repeated, and they are cut into records anew. Two results for one history are two orders of one set
 * of events, so by law 1 they give the same visits, panes and open visits (counts of duplicates differ).
 *
 * Copies of one id that lie more than `settle` from the earliest are left out, the same ones each time: whether these
 * are one event or two depends on the order. Ignored events are left out too.
 */
export function shuffledWithinSettle(
  process: ProcessDefinition,
  arrivals: readonly OracleArrival[],
): fc.Arbitrary<OracleArrival[]> {
  const settle = process.settleMs
  const all = arrivals.flatMap(({ topic, partition, events }) =>
    events.flatMap(event => ('ignored' in event ? [] : [{ topic, partition, event }])),
  )
  const earliest = new Map<string, number>()
  const nameOf = ({ case: caseId, id }: OracleEvent) => JSON.stringify([caseId, id])
  for (const { event } of all) {
    if (event.id !== undefined) {
      earliest.set(nameOf(event), Math.min(earliest.get(nameOf(event)) ?? Number.POSITIVE_INFINITY, event.at))
    }
  }
  const arriving = all
    .map(item => ({ ...item, deadline: (earliest.get(nameOf(item.event)) ?? item.event.at) + settle }))
    .filter(({ event, deadline }) => event.at <= deadline)
  const fate = fc.record({
    delays: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 3 }),
    tie: fc.nat(1_000_000),
    joins: fc.integer({ min: 0, max: 3 }).map(n => n === 0),
  })
  return fc.array(fate, { minLength: arriving.length, maxLength: arriving.length }).map(fates => {
    const copies = arriving.flatMap(({ topic, partition, event, deadline }, index) => {
      const { delays, tie, joins } = fates[index]!
      return delays.map((delay, nth) => ({
        topic,
        partition,
        event,
        joins,
        tie: (tie + nth * 7_919) % 1_000_003,
        due: Math.min(deadline, event.at + Math.round(delay * (deadline - event.at))),
      }))
    })
    copies.sort((left, right) => left.due - right.due || left.tie - right.tie)
    const result: { topic: string; partition: number; events: OracleEvent[] }[] = []
    for (const { topic, partition, event, joins } of copies) {
      const last = result.at(-1)
      if (joins && last?.topic === topic) last.events.push(event)
      else result.push({ topic, partition, events: [event] })
    }
    return result
  })
}

/** The same arrivals with one event a record, for feeding what decodes one event from each. */
export const oneEventARecord = (arrivals: readonly OracleArrival[]): OracleArrival[] =>
  arrivals.flatMap(({ topic, partition, events }) => events.map(event => ({ topic, partition, events: [event] })))

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
