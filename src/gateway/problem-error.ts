import type { Problem } from '../protocol/problem.ts'

/** Every kind of refusal, by the last word of its type. */
export const problems = {
  'bad-request': { status: 400, title: 'Bad request' },
  'unknown-segment': { status: 400, title: 'Not a segment of the rule' },
  'wrong-subprotocol': { status: 400, title: 'Unknown subprotocol' },
  'not-signed-in': { status: 401, title: 'Not signed in' },
  'not-allowed': { status: 403, title: 'Not allowed' },
  'not-your-owner': { status: 403, title: 'Not one of your owners' },
  'not-you': { status: 403, title: 'Somebody else' },
  'wrong-origin': { status: 403, title: 'Origin not allowed' },
  'unknown-route': { status: 404, title: 'Not found' },
  'unknown-process': { status: 404, title: 'No such process' },
  'unknown-stage': { status: 404, title: 'No such stage' },
  'unknown-rule': { status: 404, title: 'No such rule' },
  'unknown-alert': { status: 404, title: 'No such alert' },
  'unknown-case': { status: 404, title: 'No such case' },
  'unknown-notification': { status: 404, title: 'No such notification' },
  'unknown-silence': { status: 404, title: 'No such silence' },
  'unknown-topic': { status: 404, title: 'Topic takes no events' },
  'alert-is-over': { status: 409, title: 'Alert is over' },
  'alert-is-pending': { status: 409, title: 'Alert is pending' },
  'id-taken': { status: 409, title: 'Id is taken' },
  'not-acknowledged': { status: 409, title: 'Not acknowledged' },
  'not-judged-yet': { status: 409, title: 'Not judged yet' },
  'rules-refused': { status: 409, title: 'Rules refused' },
  'silence-is-over': { status: 409, title: 'Silence is over' },
  superseded: { status: 409, title: 'Superseded' },
  'too-many-actions': { status: 409, title: 'Too many actions' },
  'too-many-silences': { status: 409, title: 'Too many silences' },
  'too-large': { status: 413, title: 'Too large' },
  'wrong-media-type': { status: 415, title: 'Not JSON' },
  'wrong-host': { status: 421, title: 'Host not allowed' },
  'log-is-full': { status: 429, title: 'Log is full' },
  'too-many-at-once': { status: 429, title: 'Too many at once' },
  'too-many-sign-ins': { status: 429, title: 'Too many sign-ins' },
  'too-many-streams': { status: 429, title: 'Too many streams' },
  internal: { status: 500, title: 'Internal error' },
  'journal-unavailable': { status: 503, title: 'Journal unavailable' },
  'kafka-unavailable': { status: 503, title: 'Kafka unavailable' },
  'not-ready': { status: 503, title: 'Not ready' },
  'sign-in-unavailable': { status: 503, title: 'Sign-in unavailable' },
  'store-unavailable': { status: 503, title: 'Store unavailable' },
  'too-many-clients': { status: 503, title: 'Too many clients' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string }>>

export type ProblemWord = keyof typeof problems

/** A refusal that a route answers with: what was wrong, and what the caller can do. */
export class ProblemError extends Error {
  readonly word: ProblemWord
  readonly remedy: string
  /** Sent with it. */
  readonly headers: Readonly<Record<string, string>>

  constructor(
    word: ProblemWord,
    detail: string,
    remedy: string,
    cause?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail, { cause })
    this.name = 'ProblemError'
    this.word = word
    this.remedy = remedy
    this.headers = headers
  }

  get status(): number {
    return problems[this.word].status
  }
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** @param instance the path of the request. */
export const problemOf = (error: ProblemError, instance: string): Problem => ({
  type: `urn:stagewatch:problem:${error.word}`,
  ...problems[error.word],
  detail: error.message,
  remedy: error.remedy,
  instance,
})

export function unknownAlert(id: string): ProblemError {
  const remedy = 'take the id from /api/v1/alerts; an alert is listed until 24 hours after it was resolved'
  return new ProblemError('unknown-alert', `no alert ${id} is listed`, remedy)
}

export function wrongOrigin(detail: string): ProblemError {
  const remedy = 'do it from the page that this server serves; a program sends no Origin header'
  return new ProblemError('wrong-origin', detail, remedy)
}

export function tooManyClients(): ProblemError {
  const remedy = 'close streams that are not needed, or try again later'
  return new ProblemError('too-many-clients', 'no further stream may be opened', remedy)
}

export const wrongHost = (host: string | undefined): ProblemError =>
  new ProblemError(
    'wrong-host',
    `this server listens on this machine only and does not answer for the name ${host ?? '(none)'}`,
    'open it as 127.0.0.1 or localhost',
  )
