import type { AttributeTable } from '../../event/attribute-table.ts'
import { FALSE, type MemberScanner, NUMBER, TEXT_VALUE, TRUE } from './member-scanner.ts'
import { TokenCache, UNKNOWN } from './token-cache.ts'
import { attributeAt } from './token-value.ts'

const ENTRIES = 512

/** A field that the source does not have. */
export const NO_FIELD = -1

/** Tuples of labels by the bytes of the fields that hold them. */
export class LabelTokens {
  readonly #fields: readonly number[]
  readonly #table: AttributeTable
  readonly #tokens = new TokenCache(ENTRIES)
  readonly #codes: Int32Array
  #generation: number

  /** @param fields by label; `NO_FIELD` where the source has none. */
  constructor(fields: readonly number[], table: AttributeTable) {
    this.#fields = fields
    this.#table = table
    this.#codes = new Int32Array(fields.length)
    this.#generation = table.generation
  }

  /** @returns the tuple, not retained. */
  read(scanner: MemberScanner): number {
    // Codes are remembered without being retained, and given away when the table is swept.
    if (this.#table.generation !== this.#generation) {
      this.#generation = this.#table.generation
      this.#tokens.clear()
    }
    for (let label = 0; label < this.#codes.length; label++) {
      const field = this.#fields[label] as number
      this.#codes[label] = field === NO_FIELD ? 0 : this.#code(scanner, field)
    }
    return this.#table.tupleOf(this.#codes)
  }

  #code(scanner: MemberScanner, field: number): number {
    const kind = scanner.kinds[field] as number
    if (kind !== TEXT_VALUE && kind !== NUMBER && kind !== TRUE && kind !== FALSE) return 0
    const from = scanner.from[field] as number
    const to = scanner.to[field] as number
    const known = this.#tokens.find(scanner.record, from, to, kind)
    if (known !== UNKNOWN) return known
    const code = this.#table.codeOf(attributeAt(scanner, field))
    this.#tokens.remember(scanner.record, from, to, kind, code)
    return code
  }
}
