/** Something durable cannot be read or written: what was wrong, and what a person can do about it. */
export class JournalError extends Error {
  override readonly name = 'JournalError'
  readonly remedy: string
  /** Nothing was kept of what failed, and the same may be tried again. */
  readonly mayRetry: boolean

  constructor(problem: string, remedy: string, cause?: unknown, mayRetry = false) {
    super(`${problem}. ${remedy}`, cause === undefined ? undefined : { cause })
    this.remedy = remedy
    this.mayRetry = mayRetry
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
