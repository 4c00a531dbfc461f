import type { Language } from '../model/local-text.ts'
import { formatProblem } from '../model/problem.ts'
import { Mistakes } from './mistakes.ts'

/**
 * What a person is told of an error: what went wrong, and what to do about it where the error knows.
 *
 * @param debug with the stack and the causes.
 * @returns whole lines.
 */
export function failureText(error: unknown, debug: boolean, language: Language = 'en'): string {
  const trace = debug && error instanceof Error ? `${traceOf(error)}\n` : ''
  if (error instanceof Mistakes) {
    const lines = error.problems.map(problem => `${formatProblem(problem, language)}\n`).join('')
    return `${lines}stagewatch: ${error.message}\n  remedy: correct the places above\n${trace}`
  }
  const message = error instanceof Error ? error.message : String(error)
  const remedy = remedyOf(error)
  if (remedy === undefined) return `stagewatch: ${message}\n  remedy: ${report}\n${trace}`
  // Some errors end their message with the remedy, for those who read the message alone.
  const what = message.endsWith(remedy) ? message.slice(0, -remedy.length).replace(/[;:,.\s]+$/, '') : message
  return `stagewatch: ${what}\n  remedy: ${remedy}\n${trace}`
}

const report = 'this was not foreseen: run it again with STAGEWATCH_DEBUG=1 and report what it shows'

function remedyOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('remedy' in error)) return undefined
  return typeof error.remedy === 'string' ? error.remedy : undefined
}

function traceOf(error: Error): string {
  const own = error.stack ?? error.message
  return error.cause instanceof Error ? `${own}\ncaused by ${traceOf(error.cause)}` : own
}
