import type { Problem } from '../protocol/problem.ts'

export type ProblemWord =
  | 'bad-request'
  | 'unknown-route'
  | 'unknown-process'
  | 'unknown-stage'
  | 'unknown-rule'
  | 'unknown-segment'
  | 'unknown-alert'
  | 'unknown-case'
  | 'unknown-notification'
  | 'unknown-silence'
  | 'superseded'
  | 'rules-refused'
  | 'wrong-host'
  | 'wrong-origin'
  | 'wrong-subprotocol'
  | 'too-many-clients'
  | 'not-ready'
  | 'not-judged-yet'
  | 'alert-is-over'
  | 'alert-is-pending'
  | 'not-acknowledged'
  | 'too-many-actions'
  | 'silence-is-over'
  | 'too-many-silences'
  | 'id-taken'
  | 'journal-unavailable'
  | 'store-unavailable'
  | 'internal'

/** A refusal that a route answers with: what was wrong, and what the caller can do. */
export class ProblemError extends Error {
  readonly word: ProblemWord
  readonly status: number
  readonly title: string
  readonly remedy: string

  constructor(word: ProblemWord, status: number, title: string, detail: string, remedy: string, cause?: unknown) {
    super(detail, { cause })
    this.name = 'ProblemError'
    this.word = word
    this.status = status
    this.title = title
    this.remedy = remedy
  }
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** @param instance the path of the request. */
export const problemOf = (error: ProblemError, instance: string): Problem => ({
  type: `urn:stagewatch:problem:${error.word}`,
  title: error.title,
  status: error.status,
  detail: error.message,
  remedy: error.remedy,
  instance,
})

export function unknownAlert(id: string): ProblemError {
  const remedy = 'take the id from /api/v1/alerts; an alert is listed until 24 hours after it was resolved'
  return new ProblemError('unknown-alert', 404, 'No such alert', `no alert ${id} is listed`, remedy)
}
