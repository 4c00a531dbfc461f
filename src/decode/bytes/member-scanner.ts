/**
 * The bytes of a record → where the values of the wanted fields stand in them.
 *
 * A scan shows on its way that the whole record is one JSON object in UTF-8; what is not wanted is skipped, but read.
 * Where it meets something unusual (bad JSON, an escape in a wanted text or in a name, a wanted name twice, deep
 * nesting) it gives up, and says nothing about the record: whoever asked goes to `JSON.parse`.
 *
 * It goes from value to value along the steps that it has learned (`learned-steps.ts`), and reads a step by the grammar
 * where it meets a new one.
 */
import {
  LETTER_F,
  LETTER_T,
  MAX_NESTING,
  MINUS,
  NINE,
  NOWHERE,
  nestedEnd,
  numberEnd,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  SPACE,
  spaceEnd,
  textEnd,
  wordEnd,
  ZERO,
} from './json-bytes.ts'
import {
  BEGINNING,
  FIELD,
  FOLLOWER,
  LENGTH,
  LearnedSteps,
  MET,
  NONE,
  OBJECT,
  RECORD_END,
  REST_MASK,
  SIBLING,
  TEXT,
  WORDS,
} from './learned-steps.ts'
import { RecordBytes } from './record-bytes.ts'
import { StepReader } from './step-reader.ts'
import type { WantedMembers, WantedObject } from './wanted-members.ts'

/** What the value of a field is. */
export const ABSENT = 0
export const TEXT_VALUE = 1
export const NUMBER = 2
export const TRUE = 3
export const FALSE = 4
export const NULL = 5
/** An object or array. */
export const NESTED = 6

export class MemberScanner {
  readonly record = new RecordBytes()
  /** By field: what its value is, and from where to where it stands; of a text what is between the quotes. */
  readonly kinds: Uint8Array
  readonly from: Int32Array
  readonly to: Int32Array
  readonly #steps = new LearnedSteps()
  readonly #stepReader: StepReader
  readonly #objects: readonly WantedObject[]
  readonly #maxDepth: number

  /** @param maxDepth of objects and arrays inside each other; deeper records are given up. */
  constructor(wanted: WantedMembers, maxDepth: number) {
    this.kinds = new Uint8Array(wanted.fields)
    this.from = new Int32Array(wanted.fields)
    this.to = new Int32Array(wanted.fields)
    this.#objects = wanted.objects
    this.#maxDepth = Math.min(maxDepth, MAX_NESTING)
    this.#stepReader = new StepReader(wanted.objects, this.#maxDepth)
  }

  /** How many steps it knows. */
  get learned(): number {
    return this.#steps.size
  }

  /** @returns false where the scan gave up; nothing is known of the fields then. */
  scan(value: Uint8Array): boolean {
    const { record, kinds, from, to } = this
    record.load(value)
    this.#steps.refresh()
    for (let field = 0; field < kinds.length; field++) kinds[field] = ABSENT
    const { bytes, view, length } = record
    const { numbers } = this.#steps
    let step = BEGINNING
    let place = 0
    for (;;) {
      let next = numbers[step + FOLLOWER] as number
      while (next !== NONE) {
        const words = numbers[next + WORDS] as number
        let word = 0
        while (word < words && view.getInt32(place + word * 4, true) === numbers[next + TEXT + word]) word++
        if (word === words) {
          const rest = view.getInt32(place + words * 4, true) & (numbers[next + REST_MASK] as number)
          if (rest === numbers[next + TEXT + words]) break
        }
        next = numbers[next + SIBLING] as number
      }
      if (next === NONE) {
        const end = this.#stepReader.read(
          record,
          place,
          numbers[step + OBJECT] as number,
          numbers[step + MET] as number,
        )
        if (end === NOWHERE) return false
        step = this.#steps.take(step, record, place, end, this.#stepReader)
        place = end
      } else {
        place += numbers[next + LENGTH] as number
        step = next
      }
      const field = numbers[step + FIELD] as number
      if (field === RECORD_END) return place === length || spaceEnd(bytes, place) === length

      if ((bytes[place] as number) <= SPACE) place = spaceEnd(bytes, place)
      const start = place
      const first = bytes[place] as number
      let kind = TEXT_VALUE
      let shift = 0
      if (first === QUOTE) {
        shift = 1
        place = textEnd(record, place + 1, field < 0)
      } else if (first === MINUS || (first >= ZERO && first <= NINE)) {
        kind = NUMBER
        place = numberEnd(bytes, place)
      } else if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
        kind = NESTED
        const { depth } = this.#objects[numbers[step + OBJECT] as number] as WantedObject
        place = nestedEnd(record, place, this.#maxDepth - depth)
      } else {
        kind = first === LETTER_T ? TRUE : first === LETTER_F ? FALSE : NULL
        place = wordEnd(bytes, place)
      }
      if (place === NOWHERE) return false
      if (field >= 0) {
        kinds[field] = kind
        from[field] = start + shift
        to[field] = place
      }
      place += shift
    }
  }
}
