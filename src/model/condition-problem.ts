import type { Bilingual } from './local-text.ts'

/** What is wrong with a condition, and where. */
export type ConditionProblem = {
  /** What and, where there is one, the remedy. */
  readonly message: string
  /** The same in Chinese. */
  readonly zh: string
  /** Position in the condition's text, in UTF-16 units from 0. */
  readonly offset: number
  /** The line of the condition that holds the offset, and below it a `^` under the place. */
  readonly caret: string
}

/** Thrown where a condition cannot be compiled; the `check…` functions return its problem instead. */
export class ConditionError extends Error {
  readonly problem: ConditionProblem

  constructor(problem: ConditionProblem) {
    super(`${problem.message}\n${problem.caret}`)
    this.name = 'ConditionError'
    this.problem = problem
  }
}

/** @throws ConditionError, always. */
export function refuse(text: string, offset: number, message: Bilingual): never {
  throw new ConditionError({ message: message.en, zh: message.zh, offset, caret: caretAt(text, offset) })
}

/** The problem that `compile` throws; undefined where it goes through. */
export function problemOf(compile: () => unknown): ConditionProblem | undefined {
  try {
    compile()
    return undefined
  } catch (error) {
    if (error instanceof ConditionError) return error.problem
    throw error
  }
}

/** Columns shown on either side of the place in a long line. */
const shownColumns = 60

const wideCharacters =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/g

function caretAt(text: string, offset: number): string {
  const lineStart = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
  const nextLine = text.indexOf('\n', offset)
  const from = Math.max(lineStart, offset - shownColumns)
  const to = Math.min(nextLine === -1 ? text.length : nextLine, offset + shownColumns)
  const before = text.slice(from, offset).replace(/\p{Cc}/gu, ' ')
  const after = text.slice(offset, to).replace(/\p{Cc}/gu, ' ')
  // A wide character takes two columns of a terminal.
  const indent = before.length + (before.match(wideCharacters)?.length ?? 0)
  return `${before}${after}\n${' '.repeat(indent)}^`
}
