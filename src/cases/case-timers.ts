import { ENDED_ONCE, EXPIRED, NOT_QUEUED } from './case-layout.ts'
import type { CaseRunner } from './case-runner.ts'
import type { CaseStore } from './case-store.ts'
import type { FoldTime } from './fold-time.ts'
import type { ProcessPlan } from './process-plan.ts'
import { ENDED, expiryOf, leavesMemoryAfter, type Run } from './run.ts'
import { TimerQueue } from './timer-queue.ts'

/** When cases have to be looked at again: to expire, to shrink, to leave memory; and which of them may leave first. */
export class CaseTimers {
  readonly #store: CaseStore
  readonly #time: FoldTime
  readonly #plan: ProcessPlan
  readonly #runner: CaseRunner
  readonly #queue: TimerQueue
  /** Cases with a run that has ended, by its end. */
  readonly #ended: TimerQueue

  constructor(store: CaseStore, plan: ProcessPlan, runner: CaseRunner, time: FoldTime) {
    this.#store = store
    this.#time = time
    this.#plan = plan
    this.#runner = runner
    this.#queue = new TimerQueue(plan.caseTimeoutMs)
    this.#ended = new TimerQueue(3 * plan.settleMs)
  }

  /** Puts the present case into the queue; `run` is what its events have left. */
  schedule(handle: number, run: Run): void {
    const isNoted = (this.#store.flags & ENDED_ONCE) !== 0
    if (run.phase === ENDED && !isNoted) {
      this.#store.flag = this.#store.flags | ENDED_ONCE
      this.#ended.add(run.endedAt, handle)
    } else if (run.phase !== ENDED && isNoted) this.#store.flag = this.#store.flags & ~ENDED_ONCE
    const due = this.#due(run)
    const tick = this.#queue.tickOf(due)
    const { queued } = this.#store
    if (queued !== NOT_QUEUED && tick > queued) return
    this.#store.queued = tick
    this.#queue.add(due, handle)
  }

  /** Whether `take` may have something to give: a cheap question for every event. */
  mayBeDue(): boolean {
    const { watermark } = this.#time
    return watermark >= this.#queue.earliest || watermark >= this.#ended.earliest + 3 * this.#plan.settleMs
  }

  /** A case whose time has come, which becomes the present one and stands in no queue; -1: there is none. */
  take(): number {
    const { watermark } = this.#time
    // Those runs leave memory by themselves.
    this.#ended.forgetUntil(watermark - 3 * this.#plan.settleMs)
    for (;;) {
      const handle = this.#queue.take(watermark)
      if (handle < 0) return -1
      if (!this.#stands(handle, this.#queue.takenFrom)) continue
      const due = this.#due(this.#runner.through())
      if (due <= watermark) {
        this.#store.queued = NOT_QUEUED
        return handle
      }
      this.#store.queued = this.#queue.tickOf(due)
      this.#queue.add(due, handle)
    }
  }

  /** The case whose run ended first, which becomes the present one; -1: no run has ended. */
  takeOldestEnd(): number {
    for (;;) {
      const handle = this.#ended.takeFirst()
      if (handle < 0) return -1
      const end = this.#endOf(handle)
      if (end === this.#ended.takenAt) return handle
      // Another run of it has ended since.
      if (end !== Infinity) this.#ended.add(end, handle)
    }
  }

  /** Whether the case, which becomes the present one, is here and stands in that tick: else an entry is stale. */
  #stands(handle: number, tick: number): boolean {
    if (!this.#store.has(handle)) return false
    this.#store.open(handle)
    return this.#store.queued === tick
  }

  #due(run: Run): number {
    const leaves = leavesMemoryAfter(this.#plan, run) + 1
    const isExpired = (this.#store.flags & EXPIRED) !== 0
    const expires = isExpired ? Infinity : expiryOf(this.#plan, run)
    // A run that has ended shrinks to its end as soon as its events are folded.
    const shrinks = run.phase === ENDED && this.#store.count > 0 ? run.last + this.#plan.settleMs + 1 : Infinity
    return Math.min(leaves, expires, shrinks)
  }

  /** When the run of a case ended; `Infinity` where it has not, or the case has left. */
  #endOf(handle: number): number {
    if (!this.#store.has(handle)) return Infinity
    this.#store.open(handle)
    const run = this.#runner.through()
    return run.phase === ENDED ? run.endedAt : Infinity
  }
}
