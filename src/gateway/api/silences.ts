import * as z from 'zod'
import {
  type KeptSilence,
  LONGEST_SILENCE_MS,
  MOST_SILENCES,
  silenceEndsAt,
  silenceState,
  silenceStates,
} from '../../alerts/silence.ts'
import type { EngineView } from '../../engine/view.ts'
import { type DurationMs, parseDuration } from '../../event/duration.ts'
import { type Instant, instant } from '../../event/instant.ts'
import {
  type LabelMatcher,
  MatcherError,
  MOST_MATCHERS,
  matchesNothing,
  parseMatcher,
  unknownLabel,
} from '../../model/label-matcher.ts'
import { alertLabelNames } from '../../model/load-notifications.ts'
import {
  type SilenceAnswer,
  type SilenceList,
  silenceAnswerSchema,
  silenceListSchema,
  silenceSchema,
} from '../../protocol/silence.ts'
import { silenceView } from '../../protocol/silence-view.ts'
import { requireOwnersOf } from '../access/owner-scope.ts'
import { ProblemError } from '../problem-error.ts'
import { comparePlaces, type Place, pageOf, pageQuery } from './page-of-list.ts'
import { stateQuery, timeSchema } from './query.ts'
import { askedId, badRequest, durably, text } from './request-body.ts'
import { type Route, route } from './route.ts'

/** A silence that somebody wants. */
export type SilenceRequest = {
  /** undefined: he does not say, and so cannot ask again. */
  readonly id: string | undefined
  readonly matchers: readonly LabelMatcher[]
  /** undefined: from now on. */
  readonly startsAt: Instant | undefined
  readonly until: { readonly endsAt: Instant } | { readonly duration: DurationMs }
  readonly createdBy: string
  readonly comment: string
}

export type SilenceOutcome =
  | { readonly outcome: 'done' | 'repeated'; readonly silence: KeptSilence }
  | { readonly outcome: 'id-taken' | 'busy' | 'too-many' | 'ends-out-of-range' | 'unknown-silence' | 'is-over' }

export interface SilenceDesk {
  /** All of them, in the order in which they were made. */
  all(): readonly KeptSilence[]
  /** Ids of the alerts under way that each silence matches, by its id. */
  alerts(): ReadonlyMap<string, readonly string[]>
  /** Resolves when it is durable and shown. Rejects where it cannot be made durable. */
  create(request: SilenceRequest): Promise<SilenceOutcome>
  /** Ends one before its time, likewise. */
  expire(silence: string, by: string, id: string | undefined): Promise<SilenceOutcome>
}

export type SilenceSources = { readonly view: EngineView; readonly silences: SilenceDesk }

const matcherSchema = z
  .union(
    [
      z.string(),
      z.strictObject({
        name: text(100),
        value: z.string(),
        isEqual: z.boolean().default(true),
        isRegex: z.boolean().default(false),
      }),
    ],
    { error: 'is neither a text such as warehouse="WH-2" nor {name, value, isRegex, isEqual}' },
  )
  .transform((written, context): LabelMatcher => {
    try {
      return typeof written === 'string' ? parseMatcher(written) : written
    } catch (error) {
      return refusedBy(error, context)
    }
  })

const durationSchema = text(100).transform((written, context): DurationMs => {
  const duration = parseDuration(written)
  if (duration !== undefined) return duration
  context.addIssue({ code: 'custom', message: 'is no duration: write a number with a unit, like 30m or 2h' })
  return z.NEVER
})

const remedy =
  'send a JSON object with `matchers` (["warehouse=\\"WH-2\\""]), `ends_at` or `duration`, `comment` (why) and `created_by` (who)'

/** @param known labels that some alert may have. */
const bodySchema = (known: ReadonlySet<string>) =>
  z
    .strictObject({
      id: askedId,
      matchers: z
        .array(matcherSchema, { error: 'is missing, or no list' })
        .min(1, 'is empty')
        .max(MOST_MATCHERS, `has more than ${MOST_MATCHERS} matchers`)
        .superRefine((matchers, context) => checkMatchers(matchers, known, context)),
      starts_at: timeSchema.optional(),
      ends_at: timeSchema.optional(),
      duration: durationSchema.optional(),
      created_by: text(200),
      comment: text(2_000),
    })
    .transform(({ ends_at: endsAt, duration, ...rest }, context) => {
      const { id, matchers, starts_at: startsAt, created_by: createdBy, comment } = rest
      const common = { id, matchers, startsAt, createdBy, comment }
      if (endsAt !== undefined && duration === undefined) return { ...common, until: { endsAt } }
      if (duration !== undefined && endsAt === undefined) return { ...common, until: { duration } }
      const message = duration === undefined ? 'is missing, and so is `duration`' : 'stands beside `duration`: say one'
      context.addIssue({ code: 'custom', path: ['ends_at'], message })
      return z.NEVER
    })

/** Silences: who made them, what they match, until when. The answer comes when it is durable. */
export function silenceRoutes({ view, silences }: SilenceSources): readonly Route[] {
  const dimensions = view.processes.flatMap(({ attributes }) =>
    attributes.flatMap(({ kind, name }) => (kind === 'dimension' ? [name] : [])),
  )
  const shown = (all: readonly KeptSilence[]) => {
    const now = instant(Date.now())
    const alerts = silences.alerts()
    return all.map(each => silenceView(each, now, alerts.get(each.id) ?? []))
  }
  const answerOf = (outcome: SilenceOutcome, id: string | undefined): SilenceAnswer => {
    if (!('silence' in outcome)) throw refused(outcome.outcome, id)
    const [answered] = shown([outcome.silence])
    if (answered === undefined) throw new Error('a silence has no view')
    return { silence: answered, repeated: outcome.outcome === 'repeated' }
  }
  const answer = {
    schema: silenceAnswerSchema,
    means: 'It is durable. `repeated`: it had been done before under this id.',
  }
  return [
    route({
      method: 'post',
      path: '/api/v1/silences',
      tag: 'silences',
      permission: 'respond',
      actor: 'created_by',
      name: 'createSilence',
      summary: 'Tells nobody of the alerts that all the matchers match, for a while',
      body: bodySchema(alertLabelNames(dimensions)),
      remedy,
      answer,
      refusals: ['not-your-owner', 'id-taken', 'too-many-silences', 'journal-unavailable'],
      async handle({ visitor, body, id }) {
        requireOwnersOf(visitor, body.matchers)
        return answerOf(await durably('the silence', () => silences.create({ ...body, id })), id)
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/silences',
      tag: 'silences',
      permission: 'read',
      name: 'listSilences',
      summary: 'Silences in force, to come, and over for less than a day',
      query: stateQuery(silenceStates).extend(pageQuery.shape),
      answer: { schema: silenceListSchema, means: 'Those in force first.', csv: ({ silences }) => silences },
      handle({ query: { state, ...page } }): SilenceList {
        const now = instant(Date.now())
        const placeOf = placeAt(now)
        const wanted = silences
          .all()
          .filter(each => state === undefined || silenceState(each, now) === state)
          .toSorted((left, right) => comparePlaces(placeOf(left), placeOf(right)))
        const { items, next } = pageOf(wanted, placeOf, page)
        return { silences: shown(items), ...(next !== undefined && { next }) }
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/silences/{silence}',
      tag: 'silences',
      permission: 'read',
      name: 'silence',
      summary: 'One silence',
      answer: { schema: silenceSchema, means: 'As it stands now.' },
      refusals: ['unknown-silence'],
      handle({ params: { silence: id } }) {
        const [found] = shown(silences.all().filter(each => each.id === id))
        if (found === undefined) throw refused('unknown-silence', id)
        return found
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/silences/{silence}/expire',
      tag: 'silences',
      permission: 'respond',
      actor: 'by',
      name: 'expireSilence',
      summary: 'Ends a silence before its time',
      body: z.strictObject({ by: text(200), id: askedId }),
      remedy: 'send a JSON object with `by` (who does it)',
      answer,
      refusals: ['not-your-owner', 'unknown-silence', 'silence-is-over', 'id-taken', 'journal-unavailable'],
      async handle({ visitor, params: { silence }, body, id }) {
        const found = silences.all().find(each => each.id === silence)
        if (found !== undefined) requireOwnersOf(visitor, found.matchers)
        return answerOf(await durably('the end of the silence', () => silences.expire(silence, body.by, id)), silence)
      },
    }),
  ]
}

/** Those in force, the next to end first; then those to come, the next to begin first; then those that are over, the last first. */
const placeAt =
  (now: Instant) =>
  (silence: KeptSilence): Place => {
    const state = silenceState(silence, now)
    if (state === 'active') return [0, silenceEndsAt(silence), silence.id]
    return state === 'pending' ? [1, silence.startsAt, silence.id] : [2, -silenceEndsAt(silence), silence.id]
  }

function checkMatchers(matchers: readonly LabelMatcher[], known: ReadonlySet<string>, context: z.RefinementCtx): void {
  let matchesAll = true
  for (const [index, matcher] of matchers.entries()) {
    const problem = unknownLabel(matcher, known)
    if (problem !== undefined) context.addIssue({ code: 'custom', path: [index], message: `is of no use: ${problem}` })
    try {
      matchesAll = matchesNothing(matcher) && matchesAll
    } catch (error) {
      refusedBy(error, context, [index])
      matchesAll = false
    }
  }
  if (!matchesAll) return
  const message = 'would silence every alert: give at least one matcher that does not match the empty text'
  context.addIssue({ code: 'custom', message })
}

function refusedBy(error: unknown, context: z.RefinementCtx, path: (string | number)[] = []): never {
  if (!(error instanceof MatcherError)) throw error
  context.addIssue({ code: 'custom', path, message: error.message })
  return z.NEVER
}

function refused(outcome: Exclude<SilenceOutcome, { silence: unknown }>['outcome'], id = ''): ProblemError {
  switch (outcome) {
    case 'unknown-silence': {
      const advice = 'take the id from /api/v1/silences; a silence is listed until a day after it has ended'
      return new ProblemError('unknown-silence', `no silence ${id} is listed`, advice)
    }
    case 'is-over': {
      const detail = `silence ${id} is over`
      return new ProblemError('silence-is-over', detail, 'leave it, or make another one')
    }
    case 'ends-out-of-range': {
      const days = LONGEST_SILENCE_MS / 86_400_000
      return badRequest(
        'it ends before it begins, has ended, or lasts too long',
        `let it end within the next ${days} days`,
      )
    }
    case 'too-many': {
      const detail = `${MOST_SILENCES} silences are in force or to come, the most that may be`
      const advice = 'expire some that are of no use any more, or make one whose matchers cover several'
      return new ProblemError('too-many-silences', detail, advice)
    }
    case 'id-taken': {
      const advice = 'use another id for another silence; the same only to ask again'
      return new ProblemError('id-taken', 'another silence was made under this id', advice)
    }
    case 'busy': {
      const detail = 'too many silences wait to be made durable'
      return new ProblemError('journal-unavailable', detail, 'ask again in a second, with the same id')
    }
  }
}
