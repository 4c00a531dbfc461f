import type { AttributeTable } from '../event/attribute-table.ts'
import type { AttributeValue } from '../event/event.ts'
import type { AttributeSplit } from '../model/attribute-split.ts'
import { compileEventCondition } from '../model/event-condition.ts'
import type { CaseEvent } from './kept-event.ts'

/** Whether an event, known to be of the right activity, is meant. */
export type EventTest = { holds(event: CaseEvent): boolean }

export const always: EventTest = { holds: () => true }

/**
 * A condition (`where`) on an event's own attributes.
 *
 * Most conditions read labels only, and labels repeat: the answer is remembered by tuple.
 */
export class AttributeTest implements EventTest {
  readonly #table: AttributeTable
  readonly #split: AttributeSplit
  readonly #test: (values: readonly AttributeValue[]) => boolean
  readonly #readsNumbers: boolean
  /** By tuple: 0 not known, 1 false, 2 true. */
  #known = new Uint8Array(64)
  #generation = 0

  /** @param names of the process's attributes, in their order. */
  constructor(where: string, names: readonly string[], split: AttributeSplit, table: AttributeTable) {
    this.#table = table
    this.#split = split
    this.#test = compileEventCondition(where, names)
    this.#readsNumbers = split.numbers.length > 0
  }

  holds(event: CaseEvent): boolean {
    if (this.#readsNumbers) return this.#test(attributesOf(event, this.#split, this.#table))
    const { tuple } = event
    if (this.#generation !== this.#table.generation) {
      this.#known.fill(0)
      this.#generation = this.#table.generation
    }
    if (tuple >= this.#known.length) {
      const larger = new Uint8Array(tuple * 2)
      larger.set(this.#known)
      this.#known = larger
    }
    const known = this.#known[tuple] as number
    if (known !== 0) return known === 2
    const answer = this.#test(attributesOf(event, this.#split, this.#table))
    this.#known[tuple] = answer ? 2 : 1
    return answer
  }
}

/** The attributes of an event as values, in the process's order; of a run, which has only the numbers that are carried. */
export const attributesOf = (
  { tuple, numbers }: { readonly tuple: number; readonly numbers: ArrayLike<number> },
  split: AttributeSplit,
  table: AttributeTable,
): AttributeValue[] => {
  const values: AttributeValue[] = []
  split.labels.forEach((position, index) => {
    values[position] = table.valueAt(tuple, index)
  })
  split.numbers.forEach((position, index) => {
    const number = numbers[index]
    values[position] = number === undefined || Number.isNaN(number) ? null : number
  })
  return values
}
