import { didYouMean } from './did-you-mean.ts'
import { LabelPattern, PatternError } from './label-pattern.ts'

/*
 * What picks alerts by their labels, with Alertmanager's words and meaning: `warehouse="WH-2"`, `severity=~"info|warning"`,
 * `!=`, `!~`. A regular expression has to match the whole value; a label that an alert does not have is the empty text.
 * Source: prometheus/alertmanager, `matcher/parse` and "Matchers" of its configuration.
 */

/** As in Alertmanager's API. */
export type LabelMatcher = {
  readonly name: string
  readonly value: string
  readonly isEqual: boolean
  readonly isRegex: boolean
}

export type Labels = Readonly<Record<string, string>>

/** Of one list of matchers. */
export const MOST_MATCHERS = 20

const operators: Readonly<Record<string, Pick<LabelMatcher, 'isEqual' | 'isRegex'>>> = {
  '=': { isEqual: true, isRegex: false },
  '!=': { isEqual: false, isRegex: false },
  '=~': { isEqual: true, isRegex: true },
  '!~': { isEqual: false, isRegex: true },
}

/** What is wrong with a matcher; says it for people, with what to do. */
export class MatcherError extends Error {}

const quoted = '"(?:\\\\.|[^"\\\\])*"'
const plain = '[^\\s{}!=~,\\\\"\'`]+'
const written = new RegExp(`^\\s*(${quoted}|${plain})\\s*(=~|!~|!=|=)\\s*(${quoted}|${plain}|)\\s*$`, 'su')

/**
 * Reads `name="value"`. Quotes may be left out where neither blanks nor `{}!=~,\\"'` stand in the text.
 *
 * @throws MatcherError
 */
export function parseMatcher(text: string): LabelMatcher {
  const [, name, operator, value] = written.exec(text) ?? []
  const kind = operators[operator ?? '']
  if (name === undefined || value === undefined || kind === undefined) {
    const instead = /^[^=!~]*(==|<>)/.test(text) ? '; equal is written =, not equal !=' : ''
    throw new MatcherError(`is no matcher: write name="value", with =, !=, =~ or !~ in between${instead}`)
  }
  return { name: unquoted(name), value: unquoted(value), ...kind }
}

/** `warehouse="WH-2"`, as it is read back. */
export const matcherText = ({ name, value, isEqual, isRegex }: LabelMatcher): string => {
  const isPlain = new RegExp(`^${plain}$`, 'u').test(name)
  const operator = isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!='
  return `${isPlain ? name : escaped(name)}${operator}${escaped(value)}`
}

const escaped = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text
  return text.slice(1, -1).replace(/\\(.)/gsu, (whole, letter: string) => {
    if (letter === 'n') return '\n'
    if (letter === '\\' || letter === '"') return letter
    return whole
  })
}

/** Picks alerts by their labels. @throws MatcherError where a value is no pattern. */
export function compileMatcher({ name, value, isEqual, isRegex }: LabelMatcher): (labels: Labels) => boolean {
  const valueIn = (labels: Labels) => (Object.hasOwn(labels, name) ? (labels[name] as string) : '')
  if (!isRegex) return labels => (valueIn(labels) === value) === isEqual
  const pattern = patternOf(value)
  return labels => pattern.matches(valueIn(labels)) === isEqual
}

/** Picks alerts that all of them match. @throws MatcherError where a value is no pattern. */
export function compileMatchers(matchers: readonly LabelMatcher[]): (labels: Labels) => boolean {
  const each = matchers.map(compileMatcher)
  return labels => each.every(matches => matches(labels))
}

/** Whether it lets through what has no such label at all. */
export const matchesNothing = (matcher: LabelMatcher): boolean => compileMatcher(matcher)({})

/** @param known labels that some alert may have. @returns advice on a name that none has; undefined: it is known. */
export function unknownLabel({ name }: LabelMatcher, known: ReadonlySet<string>): string | undefined {
  if (known.has(name)) return undefined
  const advice = didYouMean(name, known)
  return `no alert has a label "${name.slice(0, 64)}"${advice === undefined ? '' : `; ${advice.en}`}`
}

function patternOf(value: string): LabelPattern {
  try {
    return new LabelPattern(value)
  } catch (error) {
    if (error instanceof PatternError) throw new MatcherError(`${matcherValue(value)} ${error.message}`)
    throw error
  }
}

const matcherValue = (value: string): string => `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}"`
