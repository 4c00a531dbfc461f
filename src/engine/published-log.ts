import type { Shard } from '../shard/shard.ts'
import type { PublishedStep } from './published-partition.ts'

/** Bytes of steps of a shard that may be on their way before its records wait. */
const MOST_UNDER_WAY = 4 * 1_048_576
/** What a step costs beside its entries. */
const STEP_OVERHEAD_BYTES = 2_000

/**
 * The steps of one shard, as they leave.
 *
 * A step holds what some records changed that lift no watermark from one slice of time to another: so whoever evaluates
 * may take it in before T or after it, and never has to take it apart.
 *
 *     records  ──●──●──●─┊─●──●─┊──●──────    ┊ edges of slices, by the instant that a record lifts the watermark to
 *     steps     └────────┘└────┘ └──…
 */
export class PublishedLog {
  readonly shard: Shard
  readonly #sliceMs: number
  #steps: PublishedStep[] = []
  /** Of the first record since the last step; the others lift to the same slice at most. undefined: there was none. */
  #lifts: number | undefined
  #number = 0
  readonly #underWay: { readonly number: number; readonly bytes: number }[] = []
  #bytesUnderWay = 0

  /** @param sliceMs T of the past is a multiple of it. */
  constructor(shard: Shard, sliceMs: number) {
    this.shard = shard
    this.#sliceMs = sliceMs
  }

  /** The newest step. */
  get number(): number {
    return this.#number
  }

  /** Whether something was folded since the last step. */
  get hasFolded(): boolean {
    return this.#lifts !== undefined
  }

  get isFull(): boolean {
    return this.#bytesUnderWay > MOST_UNDER_WAY
  }

  /** To be called before a record is folded. @param lifts of it. */
  beforeRecord(lifts: number): void {
    const former = this.#lifts
    if (former !== undefined && this.#sliceOf(lifts) > this.#sliceOf(former)) this.cut()
    this.#lifts ??= lifts
  }

  /** Ends the step, if there is any. */
  cut(): void {
    if (this.#lifts === undefined) return
    const publication = this.shard.publish()
    const bytes = publication.entries.length + STEP_OVERHEAD_BYTES
    this.#number++
    this.#steps.push({ publication, lifts: this.#lifts, number: this.#number })
    this.#underWay.push({ number: this.#number, bytes })
    this.#bytesUnderWay += bytes
    this.#lifts = undefined
  }

  takeSteps(): readonly PublishedStep[] {
    const steps = this.#steps
    this.#steps = []
    return steps
  }

  /** Steps up to this one have been taken in. */
  taken(number: number): void {
    for (let oldest = this.#underWay[0]; oldest !== undefined && oldest.number <= number; oldest = this.#underWay[0]) {
      this.#bytesUnderWay -= oldest.bytes
      this.#underWay.shift()
    }
  }

  #sliceOf(lifts: number): number {
    return Math.floor(lifts / this.#sliceMs)
  }
}
