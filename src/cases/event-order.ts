import type { AttributeTable } from '../event/attribute-table.ts'
import type { AttributeSplit } from '../model/attribute-split.ts'
import { attributesOf } from './event-test.ts'
import { type CaseEvent, NO_ID } from './kept-event.ts'

/** Compares texts by their UTF-8 bytes; a plain `<` compares UTF-16 units, which differs beyond the basic plane. */
export function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index)
    const b = right.charCodeAt(index)
    if (a === b) continue
    // Surrogates stand for code points above every other unit, so they sort last, as their UTF-8 bytes do.
    const aIsSurrogate = a >= 0xd800 && a <= 0xdfff
    const bIsSurrogate = b >= 0xd800 && b <= 0xdfff
    if (aIsSurrogate !== bIsSurrogate) return aIsSurrogate ? 1 : -1
    return a - b
  }
  return left.length - right.length
}

/** The order of events of one case, for those whose instants are equal: asked rarely, so it may take texts apart. */
export class EventOrder {
  readonly #split: AttributeSplit
  readonly #table: AttributeTable
  readonly #idText: (block: number) => string

  constructor(split: AttributeSplit, table: AttributeTable, idText: (block: number) => string) {
    this.#split = split
    this.#table = table
    this.#idText = idText
  }

  /**
   * The order in which a case's events act: `at`, position of the activity, id (none first), bytes of the attributes.
   * The order of arrival has no part in it, which is what makes visits a function of the set of events.
   */
  compare(left: CaseEvent, right: CaseEvent): number {
    if (left.at !== right.at) return left.at - right.at
    if (left.activity !== right.activity) return left.activity - right.activity
    if (left.idBlock !== right.idBlock) {
      if (left.idBlock === NO_ID) return -1
      if (right.idBlock === NO_ID) return 1
      const byId = compareUtf8(this.#idText(left.idBlock), this.#idText(right.idBlock))
      if (byId !== 0) return byId
    }
    return this.#compareAttributes(left, right)
  }

  /** Which of several events with one identity counts: the smallest by `at`, then by the bytes of the attributes. */
  comparePrecedence(left: CaseEvent, right: CaseEvent): number {
    if (left.at !== right.at) return left.at - right.at
    return this.#compareAttributes(left, right) || left.activity - right.activity
  }

  #compareAttributes(left: CaseEvent, right: CaseEvent): number {
    if (left.tuple === right.tuple && sameNumbers(left.numbers, right.numbers)) return 0
    const text = (event: CaseEvent) => JSON.stringify(attributesOf(event, this.#split, this.#table))
    return compareUtf8(text(left), text(right))
  }
}

export function sameNumbers(left: Float64Array, right: Float64Array): boolean {
  for (let index = 0; index < left.length; index++) {
    const a = left[index] as number
    const b = right[index] as number
    if (a !== b && !(Number.isNaN(a) && Number.isNaN(b))) return false
  }
  return true
}
