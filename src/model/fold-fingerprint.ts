import { createHash } from 'node:crypto'
import type { CalendarDefinition, Deadline, ProcessDefinition } from './definitions.ts'

/**
 * Names the part of a process that the fold reads: state kept under one fingerprint continues under the same only.
 *
 * Titles, owners, targets, levels of deadlines, metrics, rules, the zone of display and how often rules are evaluated are left out, so that
 * they change without a rebuild.
 *
 * @returns SHA-256 in hex, equal for equal definitions whatever the order in which their objects hold their keys.
 */
export function foldFingerprint(process: ProcessDefinition): string {
  const read = {
    sources: process.sources,
    activities: process.activities,
    attributes: process.attributes,
    starts: process.starts,
    ends: process.ends,
    settleMs: process.settleMs,
    paneMs: process.paneMs,
    caseTimeoutMs: process.caseTimeoutMs,
    stages: process.stages.map(({ name, from, to, by, maxSegments, calendar, deadline }) => ({
      name,
      from,
      to,
      by,
      maxSegments,
      calendar: calendar && workingTime(calendar),
      deadline: deadline && keptFor(deadline),
    })),
    // A process without measures has the fingerprint that it had before there were any.
    ...(process.measures.length > 0 && {
      measures: process.measures.map(({ name, attribute, on, by, distinct, maxSegments }) => ({
        name,
        attribute,
        on,
        by,
        distinct,
        maxSegments,
      })),
    }),
  }
  return createHash('sha256')
    .update(JSON.stringify(inKeyOrder(read)))
    .digest('hex')
}

/** What is kept for it: from which level on it is at risk is asked when it is read. */
const keptFor = ({ at, through, windowMs }: Deadline) => ({ at, through, windowMs })

/** What decides on working time; what calendars and holidays are called does not. */
const workingTime = ({ timezone, week, days }: CalendarDefinition) => ({
  timezone,
  week,
  days: days.map(({ day, hours }) => ({ day, hours })),
})

/** The same value with the keys of every object sorted. Lists keep their order: it has a meaning. */
function inKeyOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inKeyOrder)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, inKeyOrder(item)]))
}
