import * as z from 'zod'
import { type AlertAction, type AlertDeed, resolutionCauses } from '../../alerts/alert-action.ts'
import { type ActionRefusal, LONGEST_SNOOZE_MS, MOST_ACTIONS } from '../../alerts/overlay.ts'
import type { EngineView } from '../../engine/view.ts'
import { type ActionAnswer, actionAnswerSchema } from '../../protocol/alert.ts'
import { actionView, alertView } from '../../protocol/alert-view.ts'
import type { Owners } from '../../protocol/process-summary.ts'
import { requireOwner } from '../access/owner-scope.ts'
import { ProblemError, type ProblemWord, unknownAlert } from '../problem-error.ts'
import { timeSchema } from './query.ts'
import { askedId, badRequest, durably, text } from './request-body.ts'
import { type Route, route } from './route.ts'

/** Something that somebody wants done to an alert. */
export type ActionRequest = AlertDeed & {
  /** undefined: he does not say, and so cannot ask again. */
  readonly id: string | undefined
  readonly alert: string
  readonly by: string
}

export type ActionOutcome =
  | { readonly outcome: 'done' | 'repeated'; readonly action: AlertAction }
  | { readonly outcome: 'unknown-alert' | 'id-taken' | 'busy' | ActionRefusal }

export type ActionSources = {
  readonly view: EngineView
  readonly owners: Owners
  /** Resolves when it is durable and shown. Rejects where it cannot be made durable. */
  readonly act: (request: ActionRequest) => Promise<ActionOutcome>
}

const common = { by: text(200), id: askedId }

const remedy =
  'send a JSON object with `by` (who does it), what belongs to the action, and an `id` of your choice that is the same when you ask again'

/** By the last part of the path. */
const deeds = {
  acknowledge: {
    summary: 'Says that somebody has seen it and looks after it',
    refusals: ['alert-is-over'],
    body: z.strictObject(common).transform(whoAnd(() => ({ kind: 'acknowledge', fields: {} }))),
  },
  unacknowledge: {
    summary: 'Takes an acknowledgement back',
    refusals: ['not-acknowledged'],
    body: z.strictObject(common).transform(whoAnd(() => ({ kind: 'unacknowledge', fields: {} }))),
  },
  assign: {
    summary: 'Gives it to somebody, or to nobody (null)',
    refusals: [],
    body: z
      .strictObject({ ...common, to: text(200).nullable() })
      .transform(whoAnd(({ to }) => ({ kind: 'assign', fields: { to } }))),
  },
  snooze: {
    summary: 'Tells nobody of it until an instant; null ends that',
    refusals: ['alert-is-over'],
    body: z
      .strictObject({ ...common, until: timeSchema.nullable() })
      .transform(whoAnd(({ until }) => ({ kind: 'snooze', fields: { until } }))),
  },
  comment: {
    summary: 'Adds a comment',
    refusals: [],
    body: z
      .strictObject({ ...common, text: text(2_000) })
      .transform(whoAnd(body => ({ kind: 'comment', fields: { text: body.text } }))),
  },
  feedback: {
    summary: 'Says whether it was useful, or a false alarm',
    refusals: [],
    body: z
      .strictObject({
        ...common,
        verdict: z.enum(['useful', 'false_alarm'], { error: 'is neither useful nor false_alarm' }),
      })
      .transform(whoAnd(({ verdict }) => ({ kind: 'feedback', fields: { verdict } }))),
  },
  resolve: {
    summary: 'Says that it is over, and what it came from',
    refusals: ['alert-is-over', 'alert-is-pending'],
    body: z
      .strictObject({
        ...common,
        cause: z.enum(resolutionCauses, { error: `is none of ${resolutionCauses.join(', ')}` }),
        text: text(2_000).optional(),
      })
      .refine(({ cause, text }) => cause !== 'other' || text !== undefined, {
        path: ['text'],
        error: 'is missing: the cause `other` has to be told',
      })
      .transform(whoAnd(({ cause, text }) => ({ kind: 'resolve', fields: { cause, text: text ?? null } }))),
  },
} satisfies Record<AlertDeed['kind'], { readonly refusals: readonly ProblemWord[]; readonly [more: string]: unknown }>

function whoAnd<Body extends { readonly by: string; readonly id?: string | undefined }>(
  deedOf: (body: Body) => AlertDeed,
) {
  return (body: Body) => ({ by: body.by, id: body.id, deed: deedOf(body) })
}

/** What people do to alerts. The answer comes when it is durable; whoever did not hear it asks again with the same id. */
export const alertActionRoutes = ({ view, owners, act }: ActionSources): readonly Route[] =>
  Object.entries(deeds).map(([kind, { summary, refusals, body }]) =>
    route({
      method: 'post',
      path: `/api/v1/alerts/{alert}/${kind}`,
      tag: 'alerts',
      permission: 'respond',
      actor: 'by',
      name: `${kind}Alert`,
      summary,
      body,
      remedy,
      answer: {
        schema: actionAnswerSchema,
        means: 'It is durable. `repeated`: it had been done before under this id.',
      },
      refusals: ['not-your-owner', 'unknown-alert', 'id-taken', 'too-many-actions', 'journal-unavailable', ...refusals],
      async handle({ visitor, params: { alert }, body: { by, deed }, id }): Promise<ActionAnswer> {
        const listed = view.processes.flatMap(({ name }) => view.alerts(name)).find(each => each.id === alert)
        if (listed !== undefined) requireOwner(visitor, listed.owner)
        const outcome = await durably('the action', () => act({ ...deed, id, alert, by }))
        if (!('action' in outcome)) throw refused(outcome.outcome, alert)
        const { action } = outcome
        const transition = view.alerts(action.process).find(listed => listed.id === alert)
        // It ended so long ago, meanwhile, that it is listed no more.
        if (transition === undefined) throw unknownAlert(alert)
        const process = view.processes.find(({ name }) => name === action.process)
        return {
          action: actionView(action),
          repeated: outcome.outcome === 'repeated',
          alert: alertView(transition, process, owners, view.overlayOf(alert), view.marksOf(alert)),
        }
      },
    }),
  )

function refused(outcome: Exclude<ActionOutcome, { action: unknown }>['outcome'], alert: string): ProblemError {
  switch (outcome) {
    case 'unknown-alert':
      return unknownAlert(alert)
    case 'is-over': {
      const detail = `alert ${alert} is over, and needs nobody to look after it`
      return new ProblemError('alert-is-over', detail, 'leave it; a comment or feedback can still be given')
    }
    case 'is-pending': {
      const detail = `alert ${alert} does not fire yet, so there is nothing to resolve`
      return new ProblemError('alert-is-pending', detail, 'wait until it fires, or snooze it')
    }
    case 'not-acknowledged': {
      const advice = 'leave it; somebody may have taken it back already'
      return new ProblemError('not-acknowledged', `alert ${alert} is not acknowledged`, advice)
    }
    case 'snooze-out-of-range': {
      const detail = '`until` has passed, or is further ahead than an alert may be snoozed'
      const days = LONGEST_SNOOZE_MS / 86_400_000
      return badRequest(detail, `give an instant within the next ${days} days; null ends a snooze`)
    }
    case 'too-many': {
      const detail = `alert ${alert} has had ${MOST_ACTIONS} actions, the most that one may have`
      return new ProblemError('too-many-actions', detail, 'go on where you keep your notes, and link there')
    }
    case 'id-taken': {
      const advice = 'use another id for another action; the same only to ask again'
      return new ProblemError('id-taken', 'another action was done under this id', advice)
    }
    case 'busy': {
      const detail = 'too many actions wait to be made durable, or the process is still starting'
      return new ProblemError('journal-unavailable', detail, 'ask again in a second, with the same id')
    }
  }
}
