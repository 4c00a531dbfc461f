import type { CaseEvent } from './kept-event.ts'
import { type EndOutcome, EXPIRED_VISIT, OPEN, type Run, type RunListener } from './run.ts'

/** The tuple at entry of a visit that a folded event opened: nobody can change its entry any more. */
export const FOLDED_ENTRY = -1

/**
 * The visits that come out when a case's kept events are run through: those that ended among them, and the open ones.
 *
 * In columns, and used again and again. Visits of former runs that no kept event touched are not among them.
 */
export class VisitList implements RunListener {
  length = 0
  stages = new Int32Array(16)
  starts = new Float64Array(16)
  ordinals = new Int32Array(16)
  visits = new Int32Array(16)
  /** One of `outcomeNames`. */
  outcomes = new Uint8Array(16)
  ends = new Float64Array(16)
  groups = new Int32Array(16)
  /** Labels at entry; `FOLDED_ENTRY` where that is history. */
  entryTuples = new Int32Array(16)
  /** Labels at leaving, or the latest known; and just before the event that closed it. */
  tuples = new Int32Array(16)
  tuplesBefore = new Int32Array(16)
  /** Numbers at leaving, or the latest known. */
  numbers: Float64Array
  readonly #numbersWidth: number
  /** By stage: row of the open visit. */
  readonly #openRow: Int32Array
  /** By row: the event, counted, that changed its labels last. */
  #changedBy = new Int32Array(16)
  #event = 0

  constructor(stages: number, numbersWidth: number) {
    this.#numbersWidth = numbersWidth
    this.numbers = new Float64Array(16 * numbersWidth)
    this.#openRow = new Int32Array(stages)
  }

  /** Begins with the visits that are open in `base`. */
  begin(base: Run): void {
    this.length = 0
    this.#event = 0
    if (base.openCount === 0) return
    for (let stage = 0; stage < base.isOpen.length; stage++) {
      if (base.isOpen[stage] === 1) this.#add(base, stage, FOLDED_ENTRY)
    }
  }

  /** To be called before each event. */
  nextEvent(): void {
    this.#event++
  }

  /** To be called after the last event. @param expiredAt the open visits expired then; NaN: they did not. */
  end(tip: Run, expiredAt: number): void {
    for (let stage = 0; stage < tip.isOpen.length; stage++) {
      if (tip.isOpen[stage] === 0) continue
      const row = this.#openRow[stage] as number
      this.#setNumbers(row, tip)
      if (Number.isNaN(expiredAt)) continue
      this.outcomes[row] = EXPIRED_VISIT
      this.ends[row] = expiredAt
      this.tuplesBefore[row] = this.tuples[row] as number
    }
  }

  carrying(run: Run, tuple: number): void {
    if (run.openCount === 0) return
    for (let stage = 0; stage < run.isOpen.length; stage++) {
      if (run.isOpen[stage] === 0) continue
      const row = this.#openRow[stage] as number
      this.tuplesBefore[row] = this.tuples[row] as number
      this.tuples[row] = tuple
      this.#changedBy[row] = this.#event
    }
  }

  opened(run: Run, stage: number, _event: CaseEvent): void {
    this.#add(run, stage, run.carried)
  }

  ended(run: Run, stage: number, outcome: EndOutcome, end: number, group: number): void {
    const row = this.#openRow[stage] as number
    this.outcomes[row] = outcome
    this.ends[row] = end
    this.groups[row] = group
    if (this.#changedBy[row] !== this.#event) this.tuplesBefore[row] = this.tuples[row] as number
    this.#setNumbers(row, run)
  }

  /** The row of a visit, -1 where it is not there. */
  find(stage: number, start: number, ordinal: number): number {
    for (let row = 0; row < this.length; row++) {
      if (this.starts[row] === start && this.stages[row] === stage && this.ordinals[row] === ordinal) return row
    }
    return -1
  }

  /** One of its numbers; NaN where it is not known, or there is none (-1). */
  numberOf(row: number, number: number): number {
    return number < 0 ? Number.NaN : (this.numbers[row * this.#numbersWidth + number] as number)
  }

  /** Whether a row says the same as one of another list, of the same visit. */
  isSame(row: number, other: VisitList, otherRow: number): boolean {
    const outcome = this.outcomes[row]
    if (outcome !== other.outcomes[otherRow] || this.visits[row] !== other.visits[otherRow]) return false
    if (this.tuples[row] !== other.tuples[otherRow] || this.entryTuples[row] !== other.entryTuples[otherRow])
      return false
    for (let index = 0; index < this.#numbersWidth; index++) {
      const left = this.numbers[row * this.#numbersWidth + index] as number
      const right = other.numbers[otherRow * this.#numbersWidth + index] as number
      if (left !== right && !(Number.isNaN(left) && Number.isNaN(right))) return false
    }
    if (outcome === OPEN) return true
    return (
      this.ends[row] === other.ends[otherRow] &&
      this.groups[row] === other.groups[otherRow] &&
      this.tuplesBefore[row] === other.tuplesBefore[otherRow]
    )
  }

  #add(run: Run, stage: number, entryTuple: number): void {
    const row = this.length++
    if (row >= this.stages.length) this.#grow()
    this.stages[row] = stage
    this.starts[row] = run.starts[stage] as number
    this.ordinals[row] = run.ordinals[stage] as number
    this.visits[row] = run.visits[stage] as number
    this.outcomes[row] = OPEN
    this.ends[row] = 0
    this.groups[row] = -1
    this.entryTuples[row] = entryTuple
    this.tuples[row] = run.carried
    this.tuplesBefore[row] = run.carried
    this.#changedBy[row] = -1
    this.#openRow[stage] = row
  }

  #setNumbers(row: number, run: Run): void {
    for (let index = 0; index < this.#numbersWidth; index++)
      this.numbers[row * this.#numbersWidth + index] = run.numbers[index] as number
  }

  #grow(): void {
    this.stages = doubled(this.stages)
    this.ordinals = doubled(this.ordinals)
    this.visits = doubled(this.visits)
    this.groups = doubled(this.groups)
    this.entryTuples = doubled(this.entryTuples)
    this.tuples = doubled(this.tuples)
    this.tuplesBefore = doubled(this.tuplesBefore)
    this.#changedBy = doubled(this.#changedBy)
    const outcomes = new Uint8Array(this.outcomes.length * 2)
    outcomes.set(this.outcomes)
    this.outcomes = outcomes
    this.starts = doubledDoubles(this.starts)
    this.ends = doubledDoubles(this.ends)
    this.numbers = doubledDoubles(this.numbers)
  }
}

function doubled(column: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(column.length * 2)
  larger.set(column)
  return larger
}

function doubledDoubles(column: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 2)
  larger.set(column)
  return larger
}
