import { ABSENT, type MemberScanner, NESTED } from './member-scanner.ts'
import { TokenCache, UNKNOWN } from './token-cache.ts'

const ENTRIES = 128

/** The condition reads what a scan does not give. */
export const UNDECIDED = -1
export const FALSE_OF_RECORD = 0
export const TRUE_OF_RECORD = 1

/**
 * Whether a source's `where` holds of a scanned record.
 *
 * Most conditions compare one field that takes few values, so of one field the outcomes are remembered by its bytes.
 */
export class ConditionTokens {
  readonly #fields: readonly number[]
  readonly #holds: (scanner: MemberScanner) => boolean
  readonly #outcomes = new TokenCache(ENTRIES)
  /** The one field that is read; -1 where there are more or none. */
  readonly #only: number

  /** @param holds reads nothing but the values of `fields`. */
  constructor(fields: readonly number[], holds: (scanner: MemberScanner) => boolean) {
    this.#fields = fields
    this.#holds = holds
    this.#only = fields.length === 1 ? (fields[0] as number) : -1
  }

  read(scanner: MemberScanner): number {
    const { kinds } = scanner
    if (this.#only >= 0 && kinds[this.#only] !== ABSENT && kinds[this.#only] !== NESTED) {
      return this.#remembered(scanner, this.#only)
    }
    for (let index = 0; index < this.#fields.length; index++) {
      if (kinds[this.#fields[index] as number] === NESTED) return UNDECIDED
    }
    return this.#holds(scanner) ? TRUE_OF_RECORD : FALSE_OF_RECORD
  }

  #remembered(scanner: MemberScanner, field: number): number {
    const from = scanner.from[field] as number
    const to = scanner.to[field] as number
    const kind = scanner.kinds[field] as number
    const known = this.#outcomes.find(scanner.record, from, to, kind)
    if (known !== UNKNOWN) return known
    const outcome = this.#holds(scanner) ? TRUE_OF_RECORD : FALSE_OF_RECORD
    this.#outcomes.remember(scanner.record, from, to, kind, outcome)
    return outcome
  }
}
