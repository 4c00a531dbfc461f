import type { AlertAction } from '../alerts/alert-action.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { failpoint } from '../event/failpoint.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { ProcessEngine } from './process-engine.ts'
import type { EvaluationWorld } from './world.ts'

/** Work is done in slices of this length, so that the page and the sockets are served in between. */
export const SLICE_MS = 12

/** When the oldest of the records was read that were judged, and that are told of, for the first time. */
type Reads = { readonly judged?: Instant | undefined; readonly told?: Instant | undefined }

/** Gives an engine its time, and passes on what comes out of its evaluations. */
export class EvaluationTurns {
  readonly #engine: ProcessEngine
  readonly #world: Omit<EvaluationWorld, 'failed'>
  readonly #now: () => number
  /** Since when records wait to be judged, and since when they wait to be told of; undefined: there are none. */
  #unjudgedSince: Instant | undefined
  #untoldSince: Instant | undefined

  /** @param now the wall clock, in ms since the epoch. */
  constructor(engine: ProcessEngine, world: Omit<EvaluationWorld, 'failed'>, now: () => number = Date.now) {
    this.#engine = engine
    this.#world = world
    this.#now = now
  }

  /** Records have been read, or what was made of them elsewhere has come. */
  heard(): void {
    const now = instant(this.#now())
    this.#unjudgedSince ??= now
    this.#untoldSince ??= now
  }

  /** @param hasRoom whether records are taken at all. */
  async lookAtTime(hasRoom: boolean): Promise<void> {
    const held = this.#engine.lookAtTime(hasRoom)
    if (held !== undefined) await this.#pass(held.at, held.transitions, {})
  }

  /** @returns whether there is more to do at once. */
  async step(): Promise<boolean> {
    const { evaluations, hasMore } = this.#engine.step(SLICE_MS)
    const last = evaluations.at(-1)
    const reads = this.#takeReads(last !== undefined, hasMore)
    if (last !== undefined) {
      const transitions = evaluations.flatMap(evaluation => evaluation.transitions)
      await this.#pass(last.at, transitions, reads)
    }
    return hasMore
  }

  /** Since when what the step has judged, and what it tells of, had waited. Before anything is awaited: more may come then. */
  #takeReads(isTold: boolean, hasMore: boolean): Reads {
    const judged = this.#unjudgedSince
    const told = this.#untoldSince
    const isOfThePast = this.#engine.isCatchingUp
    // Live an evaluation is of all that was there; what was folded behind it in the same slice has waited since now.
    const rest = this.#engine.hasTouched || hasMore ? instant(this.#now()) : undefined
    if (isTold || isOfThePast) this.#untoldSince = rest
    if (isTold || isOfThePast || rest === undefined) this.#unjudgedSince = rest
    return isOfThePast ? {} : { judged, told }
  }

  /** Makes the evaluator's state durable as it is now. */
  async record(): Promise<void> {
    const { evaluatedAt } = this.#engine
    if (evaluatedAt !== undefined) await this.#record(evaluatedAt, [])
  }

  /**
   * Ends an alert because a person says so; at any time, also while an evaluation is being made durable: what follows on it
   * is recorded behind it.
   *
   * @returns false: it is not open.
   */
  async resolve(action: AlertAction): Promise<boolean> {
    const transition = this.#engine.resolve(action.alert)
    if (transition === undefined) return false
    await this.#record(transition.at, [transition], action)
    this.#world.publish(this.#engine.process.name, [transition])
    return true
  }

  async #pass(at: Instant, transitions: readonly AlertTransition[], { judged, told }: Reads): Promise<void> {
    const { name } = this.#engine.process
    if (transitions.length > 0) {
      failpoint('transition-before-record')
      await this.#record(at, transitions)
      failpoint('transition-recorded')
      this.#world.publish(name, transitions, judged)
    }
    this.#world.evaluated(name, told)
  }

  #record(at: Instant, transitions: readonly AlertTransition[], action?: AlertAction): Promise<void> {
    const engine = this.#engine
    return this.#world.record(engine.process.name, at, transitions, engine.snapshot(), engine.takeHours(), action)
  }
}
