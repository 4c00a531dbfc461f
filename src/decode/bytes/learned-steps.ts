/**
 * What stands between one value of a record and the next, as learned from records before: `,"carrier":`.
 *
 * A *step* is the bytes from behind a value to where the next one begins: commas, brackets, space and a name. Producers
 * write the same ones over and over, so a record is mostly a walk along known steps: four bytes are compared at a time,
 * and neither space nor name is looked at. Which steps may follow does not depend on the values, only on the step
 * before: the known steps are a tree, so a step knows all the steps that led to it, in which object it ends, and which
 * wanted members have been met by then. What was well-formed once is well-formed whenever it is met behind that step.
 *
 * Steps stand in one array, each in `STRIDE` numbers, and are named by where they begin in it. The first is the
 * beginning of a record. At most `MAX_FOLLOWERS` are learned behind one step; where records keep bringing others,
 * everything is forgotten now and then and learned anew, so that a change of producers does not slow a reader forever.
 */
import type { RecordBytes } from './record-bytes.ts'

/** What a step leads to. */
export type StepEnd = {
  /** Number of the wanted field whose value comes next, or one of the below. */
  readonly field: number
  /** Bits of the wanted members met since the record's beginning. */
  readonly met: number
  /** Position of the wanted object in which the next value stands. */
  readonly object: number
  /** Whether the same bytes always lead here. They do not where the value behind them decided. */
  readonly isCertain: boolean
}

/** The next value is not wanted. */
export const UNWANTED = -1
/** There is no next value: the record has ended. */
export const RECORD_END = -2

export const FIELD = 0
export const MET = 1
export const OBJECT = 2
/** First of the steps that may follow, and the next one beside this; 0: none. */
export const FOLLOWER = 3
export const SIBLING = 4
export const LENGTH = 5
/** Whole words of text, and what of the word behind them belongs to it. */
export const WORDS = 6
export const REST_MASK = 7
export const TEXT = 8
const STRIDE = 24
const MAX_LENGTH = (STRIDE - TEXT) * 4

export const BEGINNING = 0
/** The number of no step. */
export const NONE = 0
/** A step that is walked without having been learned; nothing is learned behind it. */
const PASSING = STRIDE

const MAX_STEPS = 256
const MAX_FOLLOWERS = 8
const FORGET_AFTER = 2_000

export class LearnedSteps {
  readonly numbers = new Int32Array((MAX_STEPS + 2) * STRIDE)
  #size = 2
  #passed = 0

  /** Forgets everything where learning has come to a halt; not to be called in the midst of a record. */
  refresh(): void {
    if (this.#passed < FORGET_AFTER) return
    this.numbers.fill(0)
    this.#size = 2
    this.#passed = 0
  }

  /** How many steps are known. */
  get size(): number {
    return this.#size - 2
  }

  /**
   * Takes a step that was found to be well-formed, and learns it if it may.
   *
   * @param after the step before it; `from` and `to` the bytes of the new one.
   * @returns the step to go on from; it means something until the next call.
   */
  take(after: number, record: RecordBytes, from: number, to: number, end: StepEnd): number {
    const isLearned =
      end.isCertain && after !== PASSING && to - from < MAX_LENGTH && this.#size < MAX_STEPS && this.#hasRoom(after)
    const step = isLearned ? this.#size++ * STRIDE : PASSING
    const { numbers } = this
    numbers[step + FIELD] = end.field
    numbers[step + MET] = end.met
    numbers[step + OBJECT] = end.object
    if (!isLearned) {
      this.#passed++
      return step
    }
    const words = (to - from) >> 2
    const rest = (to - from) & 3
    numbers[step + LENGTH] = to - from
    numbers[step + WORDS] = words
    numbers[step + REST_MASK] = (1 << (8 * rest)) - 1
    for (let word = 0; word <= words; word++) {
      const mask = word < words ? -1 : (numbers[step + REST_MASK] as number)
      numbers[step + TEXT + word] = record.view.getInt32(from + word * 4, true) & mask
    }
    numbers[step + SIBLING] = numbers[after + FOLLOWER] as number
    numbers[after + FOLLOWER] = step
    return step
  }

  #hasRoom(after: number): boolean {
    let followers = 0
    for (let step = this.numbers[after + FOLLOWER] as number; step !== NONE; followers++) {
      step = this.numbers[step + SIBLING] as number
    }
    return followers < MAX_FOLLOWERS
  }
}
