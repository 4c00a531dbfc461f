import { MOST_STAGES } from '../model/check-stages.ts'
import { readDouble, readWhole, writeDouble, writeWhole } from './case-layout.ts'
import { ENDED, type Run, STARTED, WAITING } from './run.ts'

/**
 * Runs as words.
 *
 *     0  words in all · 4 bits: phase
 *     1  last (2 words)
 *     3  waiting: nothing more; ended: when (2 words); started:
 *     3  tuple of the latest labels, then the latest numbers (2 words each)
 *        for each stage visited: stage · ordinal · open, start (2 words), visits
 *
 * A run that has ended needs no more than when: the events that follow have no effect or begin another run.
 */
export class RunLayout {
  readonly #stages: number
  readonly #numbersWidth: number
  readonly #stagesAt: number
  /** The most words that a run takes. */
  readonly mostWords: number

  /** @throws RangeError with more stages than `MOST_STAGES`: definitions that were loaded have been checked for it. */
  constructor(stages: number, numbersWidth: number) {
    if (stages > MOST_STAGES) throw new RangeError('too many stages for one process')
    this.#stages = stages
    this.#numbersWidth = numbersWidth
    this.#stagesAt = 4 + 2 * numbersWidth
    this.mostWords = this.#stagesAt + 4 * stages
  }

  wordsOf(run: Run): number {
    if (run.phase === WAITING) return 3
    if (run.phase === ENDED) return 5
    let words = this.#stagesAt
    for (let stage = 0; stage < this.#stages; stage++) if ((run.visits[stage] as number) > 0) words += 4
    return words
  }

  write(page: Int32Array, at: number, run: Run): void {
    page[at] = (this.wordsOf(run) << PHASE_BITS) | run.phase
    writeWhole(page, at + 1, run.last)
    if (run.phase === WAITING) return
    if (run.phase === ENDED) {
      writeWhole(page, at + 3, run.endedAt)
      return
    }
    page[at + 3] = run.carried
    for (let index = 0; index < this.#numbersWidth; index++)
      writeDouble(page, at + 4 + 2 * index, run.numbers[index] as number)
    let to = at + this.#stagesAt
    for (let stage = 0; stage < this.#stages; stage++) {
      const visits = run.visits[stage] as number
      if (visits === 0) continue
      page[to] = (stage << STAGE_SHIFT) | ((run.ordinals[stage] as number) << 1) | (run.isOpen[stage] as number)
      writeWhole(page, to + 1, run.starts[stage] as number)
      page[to + 3] = visits
      to += 4
    }
  }

  read(page: Int32Array, at: number, into: Run): void {
    const head = page[at] as number
    into.reset()
    into.phase = (head & PHASE_MASK) as typeof into.phase
    into.last = readWhole(page, at + 1)
    if (into.phase === WAITING) return
    if (into.phase === ENDED) {
      into.endedAt = readWhole(page, at + 3)
      return
    }
    into.carried = page[at + 3] as number
    for (let index = 0; index < this.#numbersWidth; index++) into.numbers[index] = readDouble(page, at + 4 + 2 * index)
    const end = at + (head >> PHASE_BITS)
    for (let from = at + this.#stagesAt; from < end; from += 4) {
      const word = page[from] as number
      const stage = word >>> STAGE_SHIFT
      into.ordinals[stage] = (word >> 1) & ORDINAL_MASK
      into.isOpen[stage] = word & 1
      into.openCount += word & 1
      into.starts[stage] = readWhole(page, from + 1)
      into.visits[stage] = page[from + 3] as number
    }
  }

  /** Words that the run at `at` takes. */
  wordsAt(page: Int32Array, at: number): number {
    return (page[at] as number) >> PHASE_BITS
  }

  /** The tuple that the run at `at` keeps; 0 where it keeps none. */
  tupleAt(page: Int32Array, at: number): number {
    return ((page[at] as number) & PHASE_MASK) === STARTED ? (page[at + 3] as number) : 0
  }
}

const PHASE_BITS = 4
const PHASE_MASK = 15
const STAGE_SHIFT = 21
const ORDINAL_MASK = (1 << 20) - 1

/** The first word of a run that keeps nothing: waiting, 3 words. */
export const EMPTY_RUN = 3 << PHASE_BITS
