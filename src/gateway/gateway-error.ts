/** The page cannot be served: what was wrong, and what a person can do about it. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly remedy: string

  constructor({ problem, remedy, cause }: { problem: string; remedy: string; cause?: unknown }) {
    super(`${problem}: ${remedy}`, cause === undefined ? undefined : { cause })
    this.remedy = remedy
  }
}
