import type { AttributeValue } from '../../src/event/event.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import type { Draw } from './draw.ts'
import { activities, unitOf } from './drawn-process.ts'
import type { OracleArrival, OracleEvent } from './oracle.ts'

/*
 * A history at random: the records of one shard in the order of their arrival.
 *
 *     clock ──step──▶ clock ──step──▶ …        steps are drawn from just the lengths that the meaning speaks of:
 *       │               │                      a pane, settle, case_timeout, one unit more and one less
 *       └─ behind ─▶ at └─ behind ─▶ at        an event's own time lies up to that much earlier, rarely more
 *
 * Several cases at once; exact and altered copies; equal stamps; rework; runs that end, time out and leave memory; wide
 * rows that repeat their old columns; all topics of the process. All events of a record are of one case.
 */

/** Where clocks change and days begin that mean something, so that a history may lie around it. */
export const clockBorders: readonly {
  readonly what: string
  readonly kind: 'clocks change' | 'a day begins'
  /** Where that is. */
  readonly timezone: string
  readonly at: number
}[] = [
  {
    what: 'forward in Berlin',
    kind: 'clocks change',
    timezone: 'Europe/Berlin',
    at: Date.parse('2024-03-31T01:00:00Z'),
  },
  { what: 'back in Berlin', kind: 'clocks change', timezone: 'Europe/Berlin', at: Date.parse('2024-10-27T01:00:00Z') },
  {
    what: 'forward in New York',
    kind: 'clocks change',
    timezone: 'America/New_York',
    at: Date.parse('2024-03-10T07:00:00Z'),
  },
  {
    what: 'back in New York',
    kind: 'clocks change',
    timezone: 'America/New_York',
    at: Date.parse('2024-11-03T06:00:00Z'),
  },
  {
    what: 'back by half an hour on Lord Howe',
    kind: 'clocks change',
    timezone: 'Australia/Lord_Howe',
    at: Date.parse('2024-04-06T15:00:00Z'),
  },
  {
    what: 'forward by half an hour on Lord Howe',
    kind: 'clocks change',
    timezone: 'Australia/Lord_Howe',
    at: Date.parse('2024-10-05T15:30:00Z'),
  },
  {
    what: 'the holidays of October in Shanghai',
    kind: 'a day begins',
    timezone: 'Asia/Shanghai',
    at: Date.parse('2024-09-30T16:00:00Z'),
  },
  {
    what: 'any day in Kolkata',
    kind: 'a day begins',
    timezone: 'Asia/Kolkata',
    at: Date.parse('2024-06-15T18:30:00Z'),
  },
  { what: 'the leap day', kind: 'a day begins', timezone: 'UTC', at: Date.parse('2024-02-29T00:00:00Z') },
  { what: 'a year', kind: 'a day begins', timezone: 'UTC', at: Date.parse('2025-01-01T00:00:00Z') },
]

/** Ids whose order differs between UTF-8 and UTF-16. */
const idPrefixes = ['a', 'Z', 'é', '\uff5e', '😀'] as const

/** Names of cases: of one byte and of several a letter, short and long, one the beginning of another. */
const caseNames = ['c1', 'c2', 'c', 'ß', '订单-😀-7', `order-${'0123456789'.repeat(30)}`, '1e3'] as const

const values = {
  region: ['N', 'S', 'Ø', null, null],
  lane: ['fast', 'slow', null, null],
  amount: [1, 2, 3, 5, 7_000_000_000_001, -(2 ** 30), null],
  phase: ['start', 'start', 'stop', null],
  items: [0, 1, 7, 7, 250, -1, -3, -(2 ** 53 - 1), 2 ** 40 + 1, null, null],
} as const

/** What one history is like throughout. */
type Temper = {
  readonly process: ProcessDefinition
  readonly unit: number
  readonly cases: readonly string[]
  /** The sources that say anything at all. */
  readonly sources: ProcessDefinition['sources']
  /** Hardly a long step: many events of a case lie within settle. */
  readonly calm: boolean
}

type Made = { readonly topic: string; readonly event: OracleEvent }

type Item = OracleArrival['events'][number]

/** @param origin where the clock begins. */
export function drawHistory(draw: Draw, process: ProcessDefinition, origin: number): OracleArrival[] {
  const temper = drawTemper(draw, process)
  const made: Made[] = []
  const arrivals: { topic: string; partition: number; events: Item[] }[] = []
  let clock = origin
  let joins = false
  for (let left = draw.oneIn(8) ? draw.between(50, 90) : draw.between(18, 46); left > 0; left--) {
    clock += drawStep(draw, temper)
    const last = arrivals.at(-1)
    const { topic, events } = drawRecord(draw, temper, clock, made, joins ? last : undefined)
    if (joins && last?.topic === topic && isOfOneCase([...last.events, ...events])) last.events.push(...events)
    else arrivals.push({ topic, partition: 0, events })
    joins = draw.oneIn(10)
  }
  return arrivals
}

function drawTemper(draw: Draw, process: ProcessDefinition): Temper {
  const first = draw.below(caseNames.length)
  const names = [...caseNames.slice(first), ...caseNames.slice(0, first)]
  const calm = draw.oneIn(3)
  const cases = names.slice(0, calm ? draw.between(1, 2) : draw.between(1, 6))
  const sources = draw.oneIn(12) ? [draw.of(process.sources)] : process.sources
  return { process, unit: unitOf(process), cases, sources, calm }
}

/** Near the epoch, mostly before it, so that instants are negative and pass 0. */
export const originAtEpoch = (draw: Draw, process: ProcessDefinition): number =>
  draw.of([-40 * process.paneMs, 0, 1_000 * process.paneMs, -draw.between(0, 60) * unitOf(process)])

/** So that a change of clocks, a midnight or a year's end lies among the events: one of a calendar's zone, where there is one. */
export function originAtBorder(draw: Draw, process: ProcessDefinition): number {
  const zones = new Set(process.stages.flatMap(({ calendar }) => calendar?.timezone ?? []))
  const borders = zones.size === 0 ? clockBorders : clockBorders.filter(({ timezone }) => zones.has(timezone))
  return draw.of(borders).at - draw.between(0, 60) * unitOf(process)
}

function drawStep(draw: Draw, { process, unit, calm }: Temper): number {
  const { settleMs: settle, paneMs: pane, caseTimeoutMs: timeout } = process
  const border = (length: number) => Math.max(0, length + draw.between(-1, 1))
  // Most lengths are whole units, so that instants meet.
  const odd = unit > 1 && draw.oneIn(6) ? draw.below(unit) : 0
  const kind = draw.below(calm ? 240 : 33)
  if (kind < 4) return border(pane)
  if (kind < 7) return border(settle)
  if (kind < 8) return border(timeout)
  if (kind < 9) return draw.of([2 * settle + 1, timeout + settle, timeout + settle + 1, 24 * unit])
  return draw.between(0, 2) * unit + odd
}

function drawBehind(draw: Draw, { process }: Temper): number {
  const { settleMs: settle, paneMs: pane, caseTimeoutMs: timeout } = process
  const kind = draw.below(22)
  if (kind < 14) return 0
  if (kind < 20) return draw.between(0, Math.max(1, settle))
  if (kind < 21) return Math.max(0, settle + draw.between(-1, 1))
  return draw.of([2 * settle, 2 * settle + 1, settle + pane, timeout])
}

/** @param before the record that this one is to be joined to, where it can. */
function drawRecord(
  draw: Draw,
  temper: Temper,
  clock: number,
  made: Made[],
  before: OracleArrival | undefined,
): { topic: string; events: Item[] } {
  const { sources } = temper
  const source = sources.find(({ topics }) => topics[0] === before?.topic) ?? draw.of(sources)
  const topic = source.topics[0]!
  if (draw.oneIn(40)) return { topic, events: [{ ignored: 'noise' }] }
  const kind = draw.below(7)
  const twin = kind < 2 ? made.at(-drawBack(draw)) : undefined
  if (twin !== undefined) {
    const event = kind === 0 ? twin.event : altered(draw, twin.event, drawBehind(draw, temper), temper.unit)
    made.push({ topic: twin.topic, event })
    return { topic: twin.topic, events: [event] }
  }
  const fresh: OracleEvent = {
    case: before?.events.find(isEvent)?.case ?? draw.of(temper.cases),
    activity: draw.below(activities.length),
    at: clock - drawBehind(draw, temper),
    ...(source.id !== undefined && { id: drawId(draw, made.length) }),
    attributes: drawAttributes(draw, clock, temper.unit),
  }
  const row = source.events.kind === 'wide' && draw.oneIn(2) ? wideRow(draw, topic, fresh, made) : [fresh]
  for (const event of row) made.push({ topic, event })
  return { topic, events: row }
}

const isEvent = (item: Item): item is OracleEvent => !('ignored' in item)

export const isOfOneCase = (events: readonly Item[]): boolean =>
  new Set(events.filter(isEvent).map(event => event.case)).size <= 1

/** How many events before: mostly one of the last. */
const drawBack = (draw: Draw): number => (draw.oneIn(6) ? draw.between(1, 40) : draw.between(1, 4))

const drawId = (draw: Draw, number: number): string =>
  `${draw.of(idPrefixes)}${number}${draw.oneIn(20) ? '-'.repeat(draw.between(100, 300)) : ''}`

/** @param clock the due instant lies around it: some time after, rarely before. */
const drawAttributes = (draw: Draw, clock: number, unit: number): AttributeValue[] => [
  draw.of(values.region),
  draw.of(values.lane),
  draw.of(values.amount),
  draw.oneIn(2) ? null : clock + draw.of([-20, 0, 3, 8, 8, 15, 30, 60, 200]) * unit,
  draw.of(values.phase),
  draw.of(values.items),
]

function altered(draw: Draw, event: OracleEvent, behind: number, unit: number): OracleEvent {
  const what = draw.of(['at', 'attributes', 'activity'] as const)
  if (what === 'at') return { ...event, at: event.at + (draw.oneIn(2) ? behind : -behind) }
  if (what === 'activity') return { ...event, activity: draw.below(activities.length) }
  return { ...event, attributes: drawAttributes(draw, event.at, unit) }
}

/** A row with a new column filled: most of the columns that were filled before come again, under the row's new fields. */
function wideRow(draw: Draw, topic: string, fresh: OracleEvent, made: readonly Made[]): OracleEvent[] {
  const columns = new Map<number, number>()
  for (const { topic: from, event } of made) {
    if (from === topic && event.case === fresh.case && !draw.oneIn(4)) columns.set(event.activity, event.at)
  }
  columns.set(fresh.activity, fresh.at)
  return [...columns].sort(([left], [right]) => left - right).map(([activity, at]) => ({ ...fresh, activity, at }))
}

/** The instants of a record's events. */
export const timesOf = ({ events }: OracleArrival): number[] => events.filter(isEvent).map(({ at }) => at)

/** Whether the events all lie less than so long apart. */
export function isWithin(arrivals: readonly OracleArrival[], lengthMs: number): boolean {
  const times = arrivals.flatMap(timesOf)
  return Math.max(...times) - Math.min(...times) < lengthMs
}
