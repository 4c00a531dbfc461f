import type { VisitEffectParts, VisitLog } from './live-effects.ts'
import type { OpenCaseSink } from './open-case-sink.ts'
import { OPEN, outcomeNames } from './run.ts'
import type { Leaving, VisitSink } from './visit.ts'
import { FOLDED_ENTRY, type VisitList } from './visit-list.ts'
import type { VisitSlots } from './visit-slots.ts'

/** What came out differently when a case's events were run through once more, as changes of the windows. */
export class VisitDifference {
  readonly #sinks: readonly VisitSink[]
  readonly #slots: VisitSlots
  readonly #log: VisitLog
  /** By stage, as the plan's. */
  readonly #dueNumbers: Int32Array
  readonly #valueNumber: number
  /** By stage; undefined: nobody asks. */
  readonly #openCases: readonly (OpenCaseSink | undefined)[]

  constructor({ sinks, openCases, slots, log, plan }: VisitEffectParts) {
    this.#sinks = sinks
    this.#slots = slots
    this.#log = log
    this.#dueNumbers = plan.dueNumbers
    this.#valueNumber = plan.valueNumber
    this.#openCases = openCases
  }

  /** Takes back what is no longer so, then counts what is new. */
  report(handle: number, before: VisitList, after: VisitList): void {
    for (let row = 0; row < before.length; row++) {
      const now = rowOf(after, before, row)
      if (now >= 0 && before.isSame(row, after, now)) continue
      this.#count(handle, before, row, -1)
      if (before.outcomes[row] === OPEN)
        this.#log.changed(before.stages[row]!, before.starts[row]!, before.ordinals[row]!)
      else this.#log.corrected(before.stages[row]!, before.starts[row]!, before.ordinals[row]!)
      if (now >= 0) continue
      this.#slots.forgetVisit(handle, before.stages[row]!, before.starts[row]!, before.ordinals[row]!)
    }
    for (let row = 0; row < after.length; row++) {
      const was = rowOf(before, after, row)
      if (was >= 0 && after.isSame(row, before, was)) continue
      this.#count(handle, after, row, 1)
      this.#log.changed(after.stages[row]!, after.starts[row]!, after.ordinals[row]!)
    }
  }

  #count(handle: number, list: VisitList, row: number, sign: 1 | -1): void {
    const stage = list.stages[row] as number
    const start = list.starts[row] as number
    const ordinal = list.ordinals[row] as number
    const sink = this.#sinks[stage] as VisitSink
    const entryTuple = list.entryTuples[row] as number
    if (entryTuple !== FOLDED_ENTRY) {
      const slot = this.#slots.entry(handle, stage, start, ordinal, entryTuple)
      sink.enter(slot, start, (list.visits[row] as number) > 1, sign)
    }
    const outcome = list.outcomes[row] as number
    const tuple = list.tuples[row] as number
    if (outcome === OPEN) {
      const slot = this.#slots.present(handle, stage, start, ordinal, tuple)
      sink.appear(slot, start, sign)
      const value = list.numberOf(row, this.#valueNumber)
      if (sign === 1) this.#openCases[stage]?.opened(handle, slot, start, value)
      else this.#openCases[stage]?.closed(handle, slot, start, value)
      return
    }
    const before = this.#slots.present(handle, stage, start, ordinal, list.tuplesBefore[row] as number)
    const slot = this.#slots.leaving(handle, stage, start, ordinal, tuple)
    const due = list.numberOf(row, this.#dueNumbers[stage] as number)
    sink.leave(slot, before, start, list.ends[row] as number, outcomeNames[outcome] as Leaving, sign, tuple, due)
  }
}

/** The row of the same visit in another list. Where nothing moved it stands at the same place or near. */
function rowOf(list: VisitList, other: VisitList, row: number): number {
  const stage = other.stages[row] as number
  const start = other.starts[row] as number
  const ordinal = other.ordinals[row] as number
  for (let near = Math.max(0, row - 2); near < Math.min(list.length, row + 3); near++) {
    if (list.starts[near] === start && list.stages[near] === stage && list.ordinals[near] === ordinal) return near
  }
  return list.find(stage, start, ordinal)
}
