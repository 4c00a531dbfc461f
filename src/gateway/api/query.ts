import * as z from 'zod'
import { parseDuration } from '../../event/duration.ts'
import { type Instant, instant } from '../../event/instant.ts'
import type { SegmentLabels } from '../../event/segment.ts'
import { zoneOffsetMs } from '../../event/zone-offset.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import { definitionKinds } from '../../protocol/definitions.ts'
import { comparisons } from '../../protocol/history.ts'
import { contributions } from '../../protocol/stage-segments.ts'
import { countedNumbers, visitOrders } from '../../protocol/stage-visits.ts'
import type { Range } from '../../store/queries/range.ts'
import { parseJson } from '../parse-json.ts'
import type { ProblemError } from '../problem-error.ts'
import { cursorSchema } from './page-of-list.ts'
import { badRequest } from './request-body.ts'
import { stepFor } from './series.ts'

const MOST_POINTS = 2_000
const DEFAULT_RANGE_MS = 3_600_000
const POINTS = 120

export const timeSchema = z.iso
  .datetime({ offset: true, error: 'is no time: write ISO 8601 with an offset, like 2026-11-23T08:00:00Z' })
  .meta({ examples: ['2026-11-23T08:00:00Z'] })
  .transform(text => instant(Date.parse(text)))

const segmentSchema = z
  .string()
  .max(4_000, 'is longer than 4,000 characters')
  .meta({
    description: 'A JSON object: a value, or null where it is not known, by dimension.',
    examples: ['{"warehouse":"WH-1"}'],
  })
  .transform((text, context): SegmentLabels => {
    const labels = z.record(z.string(), z.string().nullable()).safeParse(parseJson(text))
    if (labels.success) return labels.data
    context.addIssue({ code: 'custom', message: 'is no segment: write a JSON object, like {"warehouse":"WH-1"}' })
    return z.NEVER
  })

const durationSchema = (description: string, leastMs: number) =>
  z
    .string()
    .meta({ description, examples: ['5m'] })
    .transform((text, context): number => {
      const ms = parseDuration(text)
      if (ms !== undefined && ms >= leastMs) return ms
      context.addIssue({ code: 'custom', message: 'is no duration: write a number with a unit, like 30s, 5m or 1h' })
      return z.NEVER
    })

const limitSchema = (most: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, 'is no whole number')
    .transform(Number)
    .refine(limit => limit >= 1 && limit <= most, `is not between 1 and ${most}`)

const rangeParameters = { from: timeSchema.optional(), to: timeSchema.optional() }

export const historyQuery = z.strictObject({
  segment: segmentSchema.optional(),
  ...rangeParameters,
  step: durationSchema('How long a step is: a multiple of the pane.', 1).optional(),
  compare: z
    .enum(comparisons, { error: `is none of ${comparisons.join(', ')}` })
    .optional()
    .meta({ description: 'With which earlier time the range is compared.' }),
})

/** Which visits are asked for: those behind a number of a range. */
export const visitsQuery = z.strictObject({
  segment: segmentSchema.optional(),
  ...rangeParameters,
  number: z
    .enum(countedNumbers, { error: `is none of ${countedNumbers.join(', ')}` })
    .optional()
    .meta({ description: 'The number whose visits are listed; `exited` where nothing is said.' }),
  at_least: durationSchema("Those that took so long at least, in the stage's own time.", 0).optional(),
  at_most: durationSchema('Those that took no longer.', 0).optional(),
  order: z
    .enum(visitOrders, { error: `is none of ${visitOrders.join(', ')}` })
    .optional()
    .meta({ description: '`slowest` where nothing is said.' }),
  limit: limitSchema(1_000).optional().meta({ description: 'At most so many; 100 where nothing is said.' }),
  cursor: cursorSchema.optional(),
})

export const casesQuery = z.strictObject({
  query: z
    .string()
    .max(1_000, 'is longer than 1,000 characters')
    .optional()
    .meta({ description: 'An id, or its beginning; all cases where nothing is said.', examples: ['ORD-2041'] }),
  limit: limitSchema(200).optional().meta({ description: 'At most so many; 20 where nothing is said.' }),
  cursor: cursorSchema.optional(),
})

export const definitionsQuery = z.strictObject({
  kind: z.enum(definitionKinds, { error: `is none of ${definitionKinds.join(', ')}` }).optional(),
  name: z.string().optional(),
  limit: limitSchema(500).optional().meta({ description: 'At most so many; 100 where nothing is said.' }),
  cursor: cursorSchema.optional(),
})

export const auditQuery = z.strictObject({
  ...rangeParameters,
  actor: z.string().optional(),
  action: z.string().optional(),
  subject: z.string().optional(),
  limit: limitSchema(1_000).optional().meta({ description: 'At most so many; 100 where nothing is said.' }),
  cursor: cursorSchema.optional(),
})

export const openCasesQuery = z.strictObject({
  segment: segmentSchema.optional(),
  limit: limitSchema(200)
    .optional()
    .meta({ description: 'At most so many cases in a list; 20 where nothing is said.' }),
})

/** What a list of segments is asked for. */
export const segmentsQuery = z.strictObject({
  ...rangeParameters,
  by: z
    .string()
    .optional()
    .meta({
      description: "Dimensions, with commas; all of the stage's where nothing is said.",
      examples: ['warehouse'],
    }),
  order: z
    .enum(contributions, { error: `is none of ${contributions.join(', ')}` })
    .optional()
    .meta({ description: 'What the list begins with the largest of; `sum_ms` where nothing is said.' }),
  limit: limitSchema(1_000).optional().meta({ description: 'At most so many; 50 where nothing is said.' }),
})

/** Without a segment it is the whole. */
export const segmentQuery = z.strictObject({ segment: segmentSchema.optional() })

/** The state that a list is asked for; without it, all. */
export const stateQuery = <const States extends readonly string[]>(states: States) =>
  z.strictObject({ state: z.enum(states, { error: `is none of ${states.join(', ')}` }).optional() })

export type HistoryRange = {
  readonly segment: SegmentLabels | undefined
  readonly from: Instant
  readonly to: Instant
  readonly stepMs: number
}

/**
 * The range that a history request asks for: the last hour where it says nothing, outwards to whole steps. These are counted by
 * the clocks of the process, so that a day begins at its midnight; it is 24 hours long also where clocks are changed.
 *
 * @param now the process's last evaluation, or the wall clock.
 * @throws ProblemError naming the parameter that is wrong.
 */
export function historyRange(
  asked: z.output<typeof historyQuery>,
  { paneMs, timezone }: Pick<ProcessDefinition, 'paneMs' | 'timezone'>,
  now: Instant,
): HistoryRange {
  const { segment, step } = asked
  const { from, to } = rangeOf(asked, now)
  const stepMs = step ?? stepFor(to - from, paneMs, POINTS)
  if (stepMs % paneMs !== 0) {
    throw badRequest(
      `step is ${stepMs} ms, not a multiple of the pane`,
      `use a multiple of ${paneMs} ms, or leave it out`,
    )
  }
  const points = (to - from) / stepMs
  if (points > MOST_POINTS) {
    throw badRequest(
      `a step of ${stepMs} ms gives ${Math.ceil(points)} points, more than ${MOST_POINTS}`,
      'use a longer step, or a shorter range',
    )
  }
  // Panes are counted from the epoch, and none is cut.
  const aheadMs = Math.floor(zoneOffsetMs(from, timezone) / paneMs) * paneMs
  return { segment: segmentOf(segment), ...alignedTo({ from, to }, stepMs, aheadMs), stepMs }
}

/** `{}` is the whole, as is no segment. */
export const segmentOf = (segment: SegmentLabels | undefined): SegmentLabels | undefined =>
  segment && Object.keys(segment).length > 0 ? segment : undefined

/** A range that is one: the last hour where nothing is said, aligned outwards to panes. @throws ProblemError as `historyRange`. */
export const paneRange = (asked: AskedRange, paneMs: number, now: Instant) => alignedTo(rangeOf(asked, now), paneMs)

/** All time where neither end is named. @throws ProblemError where it is empty. */
export function rangeFrom({ from, to }: AskedRange): Range | undefined {
  if (from === undefined && to === undefined) return undefined
  return rangeOf({ from: from ?? EARLIEST, to: to ?? LATEST }, LATEST)
}

const [EARLIEST, LATEST] = [instant(-8_640_000_000_000_000), instant(8_640_000_000_000_000)]

/** What was asked for, without what was not. */
export const given = <Asked extends object>(asked: Asked) =>
  Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Asked]?: Exclude<Asked[Name], undefined>
  }

type AskedRange = { readonly from?: Instant | undefined; readonly to?: Instant | undefined }

/** The last hour where nothing is said. @throws ProblemError where it is empty. */
function rangeOf(asked: AskedRange, now: Instant): Range {
  const to = asked.to ?? now
  const from = asked.from ?? instant(to - DEFAULT_RANGE_MS)
  if (from >= to) throw badRequest('`from` is not before `to`', 'give a `from` that is earlier than `to`')
  return { from, to }
}

/** Outwards. @param aheadMs by which the clocks are ahead that steps are counted by. */
const alignedTo = ({ from, to }: Range, stepMs: number, aheadMs = 0): Range => ({
  from: instant(Math.floor((from + aheadMs) / stepMs) * stepMs - aheadMs),
  to: instant(Math.ceil((to + aheadMs) / stepMs) * stepMs - aheadMs),
})

/** What is wrong with the parameters of a query, all of it. */
export function badQuery(issues: readonly z.core.$ZodIssue[], taken: readonly string[]): ProblemError {
  const remedy =
    taken.length === 0
      ? 'leave out what follows the question mark'
      : `write nothing but ${taken.join(', ')}, as the API describes them`
  const said = issues.map(issue =>
    issue.code === 'unrecognized_keys'
      ? `unknown parameter ${issue.keys.map(key => `\`${key.slice(0, 100)}\``).join(', ')}`
      : `\`${issue.path.join('.')}\` ${issue.message}`,
  )
  return badRequest(said.join('; '), remedy)
}
