import { RE2JS } from 're2js'

/*
 * Regular expressions that people write over labels. This is the only file that knows the library: a port of RE2, whose
 * words are those of Prometheus and Alertmanager, and whose time grows with the text and not with what can be tried on it,
 * so that no pattern holds the process up.
 */

/** Far above what a person writes; what a repetition is written out to counts as well. */
export const patternLimits = { characters: 1_000, size: 1_000 } as const

/** Values of which a pattern keeps its answer: labels are few, and come again with every alert. */
const MOST_ANSWERS = 1_000

/** A pattern that has to match the whole of a value. */
export class LabelPattern {
  readonly #text: string
  #compiled: RE2JS
  readonly #answers = new Map<string, boolean>()

  /** @throws PatternError where it is none, or too large. */
  constructor(text: string) {
    this.#text = text
    if (text.length > patternLimits.characters) {
      throw new PatternError(`has ${text.length} characters; at most ${patternLimits.characters} are allowed`)
    }
    this.#compiled = compiled(text)
    const size = this.#compiled.programSize()
    if (size > patternLimits.size) {
      throw new PatternError(
        `is too large when its repetitions are written out (${size} steps of ${patternLimits.size})`,
      )
    }
  }

  matches(value: string): boolean {
    const known = this.#answers.get(value)
    if (known !== undefined) return known
    if (this.#answers.size >= MOST_ANSWERS) {
      this.#answers.clear()
      // With what the library keeps to be faster.
      this.#compiled = compiled(this.#text)
    }
    const answer = this.#compiled.testExact(value)
    this.#answers.set(value, answer)
    return answer
  }
}

/** Says what is wrong with a pattern, to be put behind what it is. */
export class PatternError extends Error {}

function compiled(text: string): RE2JS {
  try {
    // As Prometheus does: a dot is any character.
    return RE2JS.compile(text, RE2JS.DOTALL)
  } catch (cause) {
    const said = (cause as Error).message.replace(/^error parsing regexp: /, '')
    throw new PatternError(`is no regular expression of RE2: ${said}`, { cause })
  }
}
