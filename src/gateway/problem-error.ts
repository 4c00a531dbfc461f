import type { Problem } from '../protocol/problem.ts'

export type ProblemWord =
  | 'bad-request'
  | 'unknown-route'
  | 'unknown-process'
  | 'unknown-stage'
  | 'unknown-alert'
  | 'unknown-case'
  | 'wrong-host'
  | 'wrong-origin'
  | 'wrong-subprotocol'
  | 'too-many-clients'
  | 'not-ready'
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
