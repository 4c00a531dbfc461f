import * as z from 'zod'
import { parseDuration } from '../event/duration.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { SegmentLabels } from '../event/segment.ts'
import { ProblemError } from './problem-error.ts'
import { stepFor } from './series.ts'

const MOST_POINTS = 2_000
const DEFAULT_RANGE_MS = 3_600_000
const POINTS = 120

export const timeSchema = z.iso
  .datetime({ offset: true, error: 'is no time: write ISO 8601 with an offset, like 2026-11-23T08:00:00Z' })
  .transform(text => instant(Date.parse(text)))

const segmentSchema = z
  .string()
  .max(4_000, 'is longer than 4,000 characters')
  .transform((text, context): SegmentLabels => {
    const labels = z.record(z.string(), z.string().nullable()).safeParse(parseJson(text))
    if (labels.success) return labels.data
    context.addIssue({ code: 'custom', message: 'is no segment: write a JSON object, like {"warehouse":"WH-1"}' })
    return z.NEVER
  })

const stepSchema = z.string().transform((text, context): number => {
  const step = parseDuration(text)
  if (step !== undefined && step > 0) return step
  context.addIssue({ code: 'custom', message: 'is no duration: write a number with a unit, like 30s, 5m or 1h' })
  return z.NEVER
})

const historyQuerySchema = z.strictObject({
  segment: segmentSchema.optional(),
  from: timeSchema.optional(),
  to: timeSchema.optional(),
  step: stepSchema.optional(),
})

const segmentQuerySchema = z.strictObject({ segment: segmentSchema.optional() })

/**
 * The segment that a request names; the whole where it names none.
 *
 * @throws ProblemError naming the parameter that is wrong.
 */
export function querySegment(query: unknown): SegmentLabels {
  const read = segmentQuerySchema.safeParse(query)
  if (!read.success) throw badQuery(read.error.issues)
  return read.data.segment ?? {}
}

export type HistoryRange = {
  readonly segment: SegmentLabels | undefined
  readonly from: Instant
  readonly to: Instant
  readonly stepMs: number
}

/**
 * The range that a history request asks for: the last hour where it says nothing, aligned outwards to the step.
 *
 * @param now the process's last evaluation, or the wall clock.
 * @throws ProblemError naming the parameter that is wrong.
 */
export function historyRange(query: unknown, paneMs: number, now: Instant): HistoryRange {
  const read = historyQuerySchema.safeParse(query)
  if (!read.success) throw badQuery(read.error.issues)
  const { segment, step } = read.data
  const to = read.data.to ?? now
  const from = read.data.from ?? instant(to - DEFAULT_RANGE_MS)
  if (from >= to) throw badRequest('`from` is not before `to`', 'give a `from` that is earlier than `to`')
  const stepMs = step ?? stepFor(to - from, paneMs, POINTS)
  if (stepMs % paneMs !== 0) {
    throw badRequest(
      `step is ${stepMs} ms, not a multiple of the pane`,
      `use a multiple of ${paneMs} ms, or leave it out`,
    )
  }
  // Steps are counted up to now, since open visits are reckoned backwards from there.
  const points = (Math.max(now, to) - from) / stepMs
  if (points > MOST_POINTS) {
    throw badRequest(
      `a step of ${stepMs} ms gives ${Math.ceil(points)} points, more than ${MOST_POINTS}`,
      'use a longer step, or a later `from`',
    )
  }
  return {
    segment: segment && Object.keys(segment).length > 0 ? segment : undefined,
    from: instant(Math.floor(from / stepMs) * stepMs),
    to: instant(Math.ceil(to / stepMs) * stepMs),
    stepMs,
  }
}

/** The state that a list is asked for; undefined: all. @throws ProblemError naming the parameter that is wrong. */
export function stateQuery<const State extends string>(query: unknown, states: readonly State[]): State | undefined {
  const error = `is none of ${states.join(', ')}`
  const read = z.strictObject({ state: z.enum(states, { error }).optional() }).safeParse(query)
  if (!read.success) throw badQuery(read.error.issues, `write state=${states.join(' or state=')}, or nothing`)
  return read.data.state as State | undefined
}

/** For routes that take no query parameters. */
export function noQuery(query: unknown): void {
  const read = z.strictObject({}).safeParse(query)
  if (!read.success) throw badQuery(read.error.issues)
}

function badQuery(
  issues: readonly z.core.$ZodIssue[],
  remedy = 'correct the query parameters; a history takes segment, from, to and step',
): ProblemError {
  const said = issues.map(issue =>
    issue.code === 'unrecognized_keys'
      ? `unknown parameter ${issue.keys.map(key => `\`${key.slice(0, 100)}\``).join(', ')}`
      : `\`${issue.path.join('.')}\` ${issue.message}`,
  )
  return badRequest(said.join('; '), remedy)
}

const badRequest = (detail: string, remedy: string) => new ProblemError('bad-request', detail, remedy)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
