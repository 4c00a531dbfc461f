import type { CalendarDefinition, StageDefinition } from '../../src/model/definitions.ts'
import { workingMinutes } from './business-time.ts'

/*
 * Business time between two instants for the model: the working minutes of 32 days at a time, as intervals, of which it
 * adds up what lies between the two. It shares no code with the calendar.
 */

const MINUTE_MS = 60_000
const CHUNK_MS = 32 * 1_440 * MINUTE_MS

/** Of one stretch of 32 days. */
type Chunk = { readonly intervals: readonly (readonly [from: number, until: number])[]; readonly totalMs: number }

/** By calendar, then by the number of the stretch; many histories share a few calendars. */
const known = new WeakMap<CalendarDefinition, Map<number, Chunk>>()

/** The time from `start` to `end`, `start` not later, in the stage's own time. */
export function ownMs({ calendar }: StageDefinition, start: number, end: number): number {
  return calendar === undefined ? end - start : workedMs(calendar, start, end)
}

/** The working time in [start, end), in ms; at least for instants from 1972 on and whatever lies near the epoch. */
export function workedMs(calendar: CalendarDefinition, start: number, end: number): number {
  const last = Math.floor(end / CHUNK_MS)
  let sum = 0
  for (let number = Math.floor(start / CHUNK_MS); number <= last; number++) {
    const { intervals, totalMs } = chunkOf(calendar, number)
    const isWhole = start <= number * CHUNK_MS && end >= (number + 1) * CHUNK_MS
    if (isWhole) sum += totalMs
    else for (const [from, until] of intervals) sum += Math.max(0, Math.min(until, end) - Math.max(from, start))
  }
  return sum
}

function chunkOf(calendar: CalendarDefinition, number: number): Chunk {
  const ofCalendar = known.get(calendar) ?? new Map<number, Chunk>()
  known.set(calendar, ofCalendar)
  const chunk = ofCalendar.get(number) ?? makeChunk(calendar, number * CHUNK_MS)
  ofCalendar.set(number, chunk)
  return chunk
}

function makeChunk(calendar: CalendarDefinition, first: number): Chunk {
  const intervals: [number, number][] = []
  for (const [minute, isWorking] of workingMinutes(calendar, first, first + CHUNK_MS).entries()) {
    if (!isWorking) continue
    const from = first + minute * MINUTE_MS
    const last = intervals.at(-1)
    if (last?.[1] === from) last[1] += MINUTE_MS
    else intervals.push([from, from + MINUTE_MS])
  }
  return { intervals, totalMs: intervals.reduce((sum, [from, until]) => sum + until - from, 0) }
}
