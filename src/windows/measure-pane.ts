import { distinctFrom } from './distinct.ts'
import { exactSumOf, SUM_WIDTH } from './exact-sum.ts'
import { BucketList } from './pane.ts'

/**
 * What was counted of one measure and segment in the smallest slice of time: the form in which panes are read.
 *
 * As a stage's `Pane` it is filled again and again, and means a pane only until the next one is read. All values are
 * whole numbers at the scale of the measure.
 */
export class MeasurePane {
  /** Which pane: [index · P, (index + 1) · P). */
  index = 0
  /** Events that were counted. */
  count = 0
  /** See `exact-sum.ts`. */
  readonly sum = new Float64Array(SUM_WIDTH)
  /** Meaningless where nothing was counted. */
  least = 0
  most = 0
  /** By `measureBucketOf`. */
  readonly buckets = new BucketList()
  /** See `distinct.ts`; 0 where distinct values are not kept. */
  level = 0
  kept = 0
  /** The values that are kept, in no order; filled only where they are asked for. */
  readonly values = new ValueList()

  get exactSum(): bigint {
    return exactSumOf(this.sum, 0)
  }

  get distinct(): number {
    return distinctFrom(this.kept, this.level)
  }

  clear(): void {
    this.count = 0
    this.sum.fill(0)
    this.buckets.clear()
    this.level = 0
    this.kept = 0
    this.values.clear()
  }
}

/** Numbers in a list that is filled again and again. */
export class ValueList {
  size = 0
  numbers = new Float64Array(16)

  clear(): void {
    this.size = 0
  }

  push(value: number): void {
    if (this.size === this.numbers.length) {
      const longer = new Float64Array(this.numbers.length * 2)
      longer.set(this.numbers)
      this.numbers = longer
    }
    this.numbers[this.size++] = value
  }

  /** By size, the lowest first. */
  sort(): void {
    this.numbers.subarray(0, this.size).sort()
  }
}
