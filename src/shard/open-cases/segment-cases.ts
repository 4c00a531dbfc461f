import type { SegmentKey } from '../../event/segment.ts'
import { addValue, exactSumOf, SUM_WIDTH } from '../../windows/exact-sum.ts'
import { EntryQueue } from './entry-queue.ts'
import type { AtStake } from './view.ts'

/** The open cases of one segment of a stage, in one shard. */
export class SegmentCases {
  readonly slot: number
  /** undefined: the stage is not cut. */
  readonly key: SegmentKey | undefined
  open = 0
  readonly queue = new EntryQueue()
  readonly #sum = new Float64Array(SUM_WIDTH)
  #valued = 0
  /** The queue holds much more than is open, though all of it seems to be. */
  isUntidy = false
  /** What may have become another since it was told, and whether it waits to be told. */
  isOldestNew = false
  isStakeNew = false
  /** No younger visit is among those that were told. */
  toldUntil = Infinity

  constructor(slot: number, key: SegmentKey | undefined) {
    this.slot = slot
    this.key = key
  }

  /** @param value NaN: nobody says. */
  count(value: number, sign: 1 | -1): void {
    if (Number.isNaN(value)) return
    addValue(this.#sum, 0, value, sign)
    this.#valued += sign
  }

  get atStake(): AtStake {
    return { sum: exactSumOf(this.#sum, 0), cases: this.#valued }
  }
}
