import {
  CLOSE_OBJECT,
  COLON,
  COMMA,
  LETTER_N,
  NOWHERE,
  OPEN_OBJECT,
  QUOTE,
  spaceEnd,
  textEnd,
  wordEnd,
} from './json-bytes.ts'
import { RECORD_END, type StepEnd, UNWANTED } from './learned-steps.ts'
import type { RecordBytes } from './record-bytes.ts'
import type { WantedMember, WantedObject } from './wanted-members.ts'

/**
 * Reads the bytes between one value and the next by the grammar, whatever order, space and objects there are.
 *
 * It follows members into the objects that hold wanted ones, and out again, until it stands before a value or at the
 * end of the record. Refused are names with escapes (`"\u0061"` might be a wanted name) and members met twice.
 */
export class StepReader implements StepEnd {
  field = UNWANTED
  met = 0
  object = 0
  isCertain = true
  readonly #objects: readonly WantedObject[]
  readonly #maxDepth: number

  /** @param maxDepth of objects inside each other; deeper ones are refused. */
  constructor(objects: readonly WantedObject[], maxDepth: number) {
    this.#objects = objects
    this.#maxDepth = maxDepth
  }

  /**
   * @param at behind a value of `object`, or at the beginning of the record.
   * @param met the bits of the members met before.
   * @returns where the next value begins, or `NOWHERE`.
   */
  read(record: RecordBytes, at: number, object: number, met: number): number {
    const { bytes } = record
    this.met = met
    this.object = object
    this.field = UNWANTED
    this.isCertain = true
    let place = spaceEnd(bytes, at)
    let isFirst = at === 0
    if (isFirst) {
      if (bytes[place] !== OPEN_OBJECT) return NOWHERE
      place = spaceEnd(bytes, place + 1)
    }
    for (;;) {
      if (bytes[place] === CLOSE_OBJECT) {
        place = spaceEnd(bytes, place + 1)
        const { parent } = this.#objects[this.object] as WantedObject
        if (parent < 0) {
          this.field = RECORD_END
          return place === record.length ? place : NOWHERE
        }
        this.object = parent
        isFirst = false
        continue
      }
      if (!isFirst) {
        if (bytes[place] !== COMMA) return NOWHERE
        place = spaceEnd(bytes, place + 1)
      }
      if (bytes[place] !== QUOTE) return NOWHERE
      const nameFrom = place + 1
      const nameTo = textEnd(record, nameFrom, false)
      if (nameTo === NOWHERE) return NOWHERE
      place = spaceEnd(bytes, nameTo + 1)
      if (bytes[place] !== COLON) return NOWHERE
      place = spaceEnd(bytes, place + 1)

      const member = this.#wanted(bytes, nameFrom, nameTo)
      if (member === undefined) return place
      if ((this.met & member.bit) !== 0) return NOWHERE
      this.met |= member.bit
      if (member.object < 0) {
        this.field = member.field
        return place
      }
      if (bytes[place] === OPEN_OBJECT) {
        this.object = member.object
        if ((this.#objects[this.object] as WantedObject).depth > this.#maxDepth) return NOWHERE
        place = spaceEnd(bytes, place + 1)
        isFirst = true
      } else if (bytes[place] === LETTER_N) {
        // `null` for an object is usual; as part of the step it can be learned.
        place = wordEnd(bytes, place)
        if (place === NOWHERE) return NOWHERE
        place = spaceEnd(bytes, place)
        isFirst = false
      } else {
        this.isCertain = false
        return place
      }
    }
  }

  #wanted(bytes: Uint8Array, from: number, to: number): WantedMember | undefined {
    const { members } = this.#objects[this.object] as WantedObject
    for (let index = 0; index < members.length; index++) {
      const member = members[index] as WantedMember
      if (member.name.length === to - from && startsAt(bytes, from, member.name)) return member
    }
    return undefined
  }
}

function startsAt(bytes: Uint8Array, from: number, name: Uint8Array): boolean {
  for (let index = 0; index < name.length; index++) if (bytes[from + index] !== name[index]) return false
  return true
}
