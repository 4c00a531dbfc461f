import type { CaseEvent } from './kept-event.ts'
import type { OpenCaseSink } from './open-case-sink.ts'
import type { ProcessPlan } from './process-plan.ts'
import { type EndOutcome, outcomeNames, type Run, type RunListener } from './run.ts'
import type { Leaving, VisitSink } from './visit.ts'
import type { VisitSlots } from './visit-slots.ts'

/** Is told which visits changed, so that their rows can be written. */
export type VisitLog = {
  changed(stage: number, start: number, ordinal: number): void
  /** As `changed`, of a visit that had ended: it is another one now, open again, or no longer so. */
  corrected(stage: number, start: number, ordinal: number): void
}

export type VisitEffectParts = {
  /** By stage. */
  readonly sinks: readonly VisitSink[]
  /** By stage; undefined: nobody asks. */
  readonly openCases: readonly (OpenCaseSink | undefined)[]
  readonly slots: VisitSlots
  readonly log: VisitLog
  readonly plan: Pick<ProcessPlan, 'dueNumbers' | 'valueNumber'>
}

/**
 * Turns what an event does to its run into changes of the windows, while it does it: the common way, where the event is
 * the newest of its case and nothing has to be compared.
 */
export class LiveEffects implements RunListener {
  readonly #sinks: readonly VisitSink[]
  readonly #slots: VisitSlots
  readonly #log: VisitLog
  /** By stage, as the plan's. */
  readonly #dueNumbers: Int32Array
  readonly #valueNumber: number
  /** By stage; undefined: nobody asks. */
  readonly #openCases: readonly (OpenCaseSink | undefined)[]
  #handle = 0
  /** The event changes labels or numbers: then `#before` and `#values` hold, by stage, what open visits had before. */
  #isCarrying = false
  readonly #before: Int32Array
  readonly #values: Float64Array

  constructor(parts: VisitEffectParts) {
    const { sinks, openCases, slots, log, plan } = parts
    this.#sinks = sinks
    this.#slots = slots
    this.#log = log
    this.#dueNumbers = plan.dueNumbers
    this.#valueNumber = plan.valueNumber
    this.#openCases = openCases
    this.#before = new Int32Array(sinks.length)
    this.#values = new Float64Array(sinks.length)
  }

  begin(handle: number): void {
    this.#handle = handle
    this.#isCarrying = false
  }

  carrying(run: Run, _tuple: number): void {
    if (run.openCount === 0) return
    this.#isCarrying = true
    for (let stage = 0; stage < run.isOpen.length; stage++) {
      if (run.isOpen[stage] === 0) continue
      this.#before[stage] = this.#present(run, stage)
      this.#values[stage] = this.#valueOf(run)
      this.#log.changed(stage, run.starts[stage] as number, run.ordinals[stage] as number)
    }
  }

  opened(run: Run, stage: number, event: CaseEvent): void {
    const ordinal = run.ordinals[stage] as number
    const slot = this.#slots.entry(this.#handle, stage, event.at, ordinal, run.carried)
    const sink = this.#sinks[stage] as VisitSink
    sink.enter(slot, event.at, (run.visits[stage] as number) > 1, 1)
    sink.appear(slot, event.at, 1)
    const value = this.#valueOf(run)
    this.#openCases[stage]?.opened(this.#handle, slot, event.at, value)
    this.#before[stage] = slot
    this.#values[stage] = value
    this.#log.changed(stage, event.at, ordinal)
  }

  ended(run: Run, stage: number, outcome: EndOutcome, end: number, _group: number): void {
    const start = run.starts[stage] as number
    const ordinal = run.ordinals[stage] as number
    const before = this.#isCarrying ? (this.#before[stage] as number) : this.#present(run, stage)
    const slot = this.#isCarrying ? this.#slots.leaving(this.#handle, stage, start, ordinal, run.carried) : before
    const sink = this.#sinks[stage] as VisitSink
    sink.appear(before, start, -1)
    const value = this.#isCarrying ? (this.#values[stage] as number) : this.#valueOf(run)
    this.#openCases[stage]?.closed(this.#handle, before, start, value)
    sink.leave(slot, before, start, end, outcomeNames[outcome] as Leaving, 1, run.carried, this.#dueOf(run, stage))
    this.#log.changed(stage, start, ordinal)
  }

  /** To be called after the event: visits that are still open may have moved to another segment. */
  finish(run: Run): void {
    if (!this.#isCarrying) return
    for (let stage = 0; stage < run.isOpen.length; stage++) {
      if (run.isOpen[stage] === 0) continue
      const slot = this.#present(run, stage)
      const before = this.#before[stage] as number
      const start = run.starts[stage] as number
      if (slot !== before) (this.#sinks[stage] as VisitSink).move(before, slot, start)
      const valueBefore = this.#values[stage] as number
      this.#openCases[stage]?.changed(this.#handle, before, slot, start, valueBefore, this.#valueOf(run))
    }
  }

  /** The open visits of a run expire at an instant, or (sign -1) do so no longer. */
  expire(run: Run, expiredAt: number, sign: 1 | -1): void {
    for (let stage = 0; stage < run.isOpen.length; stage++) {
      if (run.isOpen[stage] === 0) continue
      const start = run.starts[stage] as number
      const slot = this.#present(run, stage)
      const sink = this.#sinks[stage] as VisitSink
      sink.appear(slot, start, sign === 1 ? -1 : 1)
      if (sign === 1) this.#openCases[stage]?.closed(this.#handle, slot, start, this.#valueOf(run))
      else this.#openCases[stage]?.opened(this.#handle, slot, start, this.#valueOf(run))
      sink.leave(slot, slot, start, expiredAt, 'expired', sign, run.carried, Number.NaN)
      const ordinal = run.ordinals[stage] as number
      if (sign === 1) this.#log.changed(stage, start, ordinal)
      else this.#log.corrected(stage, start, ordinal)
    }
  }

  /** A case of a snapshot, whose visits the windows have already; they are not expired. */
  restored(handle: number, run: Run): void {
    if (run.openCount === 0) return
    this.#handle = handle
    this.#openCases.forEach((cases, stage) => {
      if (cases === undefined || run.isOpen[stage] === 0) return
      cases.opened(handle, this.#present(run, stage), run.starts[stage] as number, this.#valueOf(run))
    })
  }

  #valueOf(run: Run): number {
    return this.#valueNumber < 0 ? Number.NaN : (run.numbers[this.#valueNumber] as number)
  }

  #dueOf(run: Run, stage: number): number {
    const number = this.#dueNumbers[stage] as number
    return number < 0 ? Number.NaN : (run.numbers[number] as number)
  }

  #present(run: Run, stage: number): number {
    const ordinal = run.ordinals[stage] as number
    return this.#slots.present(this.#handle, stage, run.starts[stage] as number, ordinal, run.carried)
  }
}
