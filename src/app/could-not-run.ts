/** The command cannot do its work: what went wrong, and what a person can do. It ends with exit code 2. */
export class CouldNotRun extends Error {
  override readonly name = 'CouldNotRun'
  readonly remedy: string

  constructor({ problem, remedy, cause }: { problem: string; remedy: string; cause?: unknown }) {
    super(problem, { cause })
    this.remedy = remedy
  }
}
