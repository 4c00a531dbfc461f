import { byPosition, type Problem } from '../model/problem.ts'

/** Files that a person wrote hold mistakes: all of them at once, each with its place. The command ends with exit code 1. */
export class Mistakes extends Error {
  override readonly name = 'Mistakes'
  /** By file, line and column; warnings may be among them. */
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    const errors = problems.filter(problem => problem.severity === 'error').length
    super(`${errors} ${errors === 1 ? 'mistake' : 'mistakes'} in the files`)
    this.problems = problems.toSorted(byPosition)
  }
}
