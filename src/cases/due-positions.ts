import type { PlannedDeadline, ProcessPlan } from './process-plan.ts'
import type { Run } from './run.ts'
import type { VisitSlots } from './visit-slots.ts'

/** Takes signed changes of where open cases with a due instant stand; the sum of all changes is how it is now. */
export type DueSink = {
  /** When a visit without a due instant of its own is due; NaN: never. @param labels tuple of its labels. */
  fallbackDue(stage: number, start: number, labels: number): number
  /**
   * @param deadline which of the plan's deadlines.
   * @param ownSlot segment of the visit of the deadline's stage.
   * @param position stage, or rest of one, that the case is in.
   * @param slot segment of that visit.
   * @param entry its start.
   */
  stands(
    deadline: number,
    ownSlot: number,
    position: number,
    slot: number,
    entry: number,
    due: number,
    sign: 1 | -1,
  ): void
}

/** Where a case stands within a deadline. */
export type DuePosition = {
  /** -1: it does not, since the deadline's stage is not open or nobody knows when it is due. */
  position: number
  ownSlot: number
  slot: number
  entry: number
  due: number
}

/**
 * Where the cases of a book stand within the deadlines of its process: computed from a case's run before a change and
 * after it, so that nothing is kept of a case, and what was counted is taken back from where it was counted.
 */
export class DuePositions {
  readonly #deadlines: readonly PlannedDeadline[]
  readonly #slots: VisitSlots
  readonly #sink: DueSink
  /** By deadline. */
  readonly #before: readonly DuePosition[]
  readonly #after: DuePosition = nowhere()

  constructor({ deadlines }: Pick<ProcessPlan, 'deadlines'>, slots: VisitSlots, sink: DueSink) {
    this.#deadlines = deadlines
    this.#slots = slots
    this.#sink = sink
    this.#before = deadlines.map(nowhere)
  }

  /** A case is about to change; its visits are not expired. */
  before(handle: number, run: Run): void {
    for (let index = 0; index < this.#deadlines.length; index++) {
      this.find(index, handle, run, this.#before[index] as DuePosition)
    }
  }

  /** It has changed into this. */
  after(handle: number, run: Run): void {
    const now = this.#after
    for (let index = 0; index < this.#deadlines.length; index++) {
      const was = this.#before[index] as DuePosition
      this.find(index, handle, run, now)
      if (isSame(was, now)) continue
      // In this order what is counted of its segment does not fall to nothing in between.
      if (now.position >= 0) this.#tell(index, now, 1)
      if (was.position >= 0) this.#tell(index, was, -1)
    }
  }

  /** Its open visits have expired: it stands nowhere. */
  afterExpiry(): void {
    this.#before.forEach((was, index) => {
      if (was.position >= 0) this.#tell(index, was, -1)
    })
  }

  /** It has stood nowhere until now. */
  afterReopening(handle: number, run: Run): void {
    const now = this.#after
    for (let index = 0; index < this.#deadlines.length; index++) {
      this.find(index, handle, run, now)
      if (now.position >= 0) this.#tell(index, now, 1)
    }
  }

  /** Where a case stands within one of the deadlines; its visits are not expired. */
  find(index: number, handle: number, run: Run, into: DuePosition): void {
    into.position = -1
    const { stage, number, positions } = this.#deadlines[index] as PlannedDeadline
    if (run.isOpen[stage] === 0) return
    const start = run.starts[stage] as number
    const due = this.dueOf(stage, number, run)
    if (Number.isNaN(due)) return
    let position = stage
    let entry = start
    // The first is the stage itself.
    for (let place = 1; place < positions.length; place++) {
      const other = positions[place] as number
      if (run.isOpen[other] === 0 || (run.starts[other] as number) < entry) continue
      position = other
      entry = run.starts[other] as number
    }
    into.due = due
    into.entry = entry
    into.ownSlot = this.slotOf(handle, run, stage)
    into.slot = position === stage ? into.ownSlot : this.slotOf(handle, run, position)
    into.position = position
  }

  /** When the open visit of a stage is due; NaN: never, or nobody knows. @param number as `plan.dueNumbers`. */
  dueOf(stage: number, number: number, run: Run): number {
    const named = number < 0 ? Number.NaN : (run.numbers[number] as number)
    return Number.isNaN(named) ? this.#sink.fallbackDue(stage, run.starts[stage] as number, run.carried) : named
  }

  /** The segment of the open visit of a stage. */
  slotOf(handle: number, run: Run, stage: number): number {
    const ordinal = run.ordinals[stage] as number
    return this.#slots.present(handle, stage, run.starts[stage] as number, ordinal, run.carried)
  }

  #tell(index: number, { ownSlot, position, slot, entry, due }: DuePosition, sign: 1 | -1): void {
    this.#sink.stands(index, ownSlot, position, slot, entry, due, sign)
  }
}

export const nowhere = (): DuePosition => ({ position: -1, ownSlot: -1, slot: -1, entry: 0, due: 0 })

function isSame(left: DuePosition, right: DuePosition): boolean {
  if (left.position !== right.position) return false
  if (left.position < 0) return true
  return (
    left.entry === right.entry && left.due === right.due && left.slot === right.slot && left.ownSlot === right.ownSlot
  )
}
