import type { SegmentKey } from '../../event/segment.ts'
import { EntryQueue } from './entry-queue.ts'

/** The open cases of one segment of a stage, in one shard, and some that are open no longer. */
export class SegmentCases extends EntryQueue {
  readonly slot: number
  /** undefined: the stage is not cut. */
  readonly key: SegmentKey | undefined
  open = 0
  /** The queue holds much more than is open, though all of it seems to be. */
  isUntidy = false
  /** What may have become another since it was told, and whether it waits to be told. */
  isOldestNew = false
  isStakeNew = false
  /** No younger visit is among those that were told. */
  toldUntil = Infinity

  constructor(slot: number, key: SegmentKey | undefined) {
    super()
    this.slot = slot
    this.key = key
  }
}
