import type { Position } from './definitions.ts'
import { type Bilingual, inLanguage, type Language } from './local-text.ts'

/** A mistake in a process file or owners file, as a person is told of it. */
export type Problem = {
  readonly position: Position
  /** A file with an error gives no definitions; a warning is worth reading and stops nothing. */
  readonly severity: 'error' | 'warning'
  readonly message: Bilingual
  /** What to do about it. */
  readonly remedy?: Bilingual
  /** Two lines: the text of a condition, and a caret below the place in it. */
  readonly excerpt?: string
}

/** Where problems go while a file is checked. */
export type Report = (
  position: Position,
  message: Bilingual,
  more?: Pick<Problem, 'remedy' | 'excerpt'> & { readonly severity?: 'warning' },
) => void

export const reportTo =
  (problems: Problem[]): Report =>
  (position, message, more = {}) => {
    problems.push({ severity: 'error', position, message, ...more })
  }

const severityNames = { error: { en: 'error', zh: '错误' }, warning: { en: 'warning', zh: '警告' } } as const

/** `rules/orders.yaml:31:11 error unknown activity "piad"; did you mean "paid"?`, a condition's excerpt on lines below. */
export function formatProblem({ position, severity, message, remedy, excerpt }: Problem, language: Language): string {
  const where = `${position.file}:${position.line}:${position.column}`
  const advice = remedy === undefined ? '' : `${language === 'zh' ? '；' : '; '}${inLanguage(remedy, language)}`
  const below =
    excerpt === undefined
      ? ''
      : excerpt
          .split('\n')
          .map(line => `\n    ${line}`)
          .join('')
  return `${where} ${severityNames[severity][language]} ${inLanguage(message, language)}${advice}${below}`
}

/** By file, then line, then column: the order in which a person works through them. */
export const byPosition = (a: Problem, b: Problem): number =>
  (a.position.file < b.position.file ? -1 : a.position.file > b.position.file ? 1 : 0) ||
  a.position.line - b.position.line ||
  a.position.column - b.position.column
