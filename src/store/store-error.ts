/** The store cannot be opened or used: what was wrong, and what a person can do about it. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly remedy: string

  constructor(problem: string, remedy: string, cause?: unknown) {
    super(`${problem}. ${remedy}`, cause === undefined ? undefined : { cause })
    this.remedy = remedy
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
