import type { AlertAction } from '../alerts/alert-action.ts'
import { instant } from '../event/instant.ts'
import type { SourceState } from '../source/source.ts'
import { EvaluationTurns } from './evaluation-turns.ts'
import type { FromFold, NamedDue, ToFold } from './fold-messages.ts'
import type { ProcessEngine } from './process-engine.ts'
import { type TurnOutcome, WorkLoop } from './work-loop.ts'
import type { EvaluationWorld } from './world.ts'

/** A fold elsewhere, as the evaluation hears it. */
export type Fold = { readonly tell: (message: ToFold) => void }

/** @see FromFold */
type Save = {
  readonly fold: Fold
  readonly save: number
  readonly upTo: ReadonlyMap<number, number>
  /** It was left out, or given up: nobody has to wait for it. */
  isOver: boolean
}

export type EvaluationLoopWorld = EvaluationWorld & {
  sourceState(process: string, state: SourceState): void
  /**
   * A fold wants to save states.
   *
   * @param isOver resolves when it is over.
   * @returns whether it may now; where not it is asked again.
   */
  maySave(isOver: Promise<void>): boolean
}

/**
 * Evaluates a process whose shards are folded elsewhere: takes in what the folds tell, gives the engine time, and lets the
 * folds know how far it has come.
 */
export class EvaluationLoop {
  readonly engine: ProcessEngine
  readonly #world: EvaluationLoopWorld
  readonly #evaluation: EvaluationTurns
  readonly #loop: WorkLoop
  readonly #folds = new Set<Fold>()
  /** Those that have not said yet what they fold. */
  readonly #awaited = new Set<Fold>()
  /** By partition number: who folds it, and the newest step that has been taken in, and told to be. */
  readonly #owners = new Map<number, { readonly fold: Fold; taken: number; told: number }>()
  readonly #withoutRoom = new Set<Fold>()
  #saves: Save[] = []
  /** Who waits until a save of a fold is over. */
  readonly #underWay = new Map<Fold, Map<number, () => void>>()
  readonly #questions = new Map<
    number,
    { readonly from: Set<Fold>; readonly dues: NamedDue[]; readonly done: () => void }
  >()
  #lastQuestion = 0
  #wasCatchingUp = true

  constructor(engine: ProcessEngine, world: EvaluationLoopWorld) {
    this.engine = engine
    this.#world = world
    this.#evaluation = new EvaluationTurns(engine, world)
    this.#loop = new WorkLoop({
      turn: () => this.#turn(),
      failed: error => {
        for (const partition of engine.partitions) partition.clear()
        world.failed(engine.process.name, error)
      },
    })
  }

  start(): void {
    this.#loop.start()
  }

  /** Ends after the slice that runs, and makes the evaluator's state durable. The folds have stopped before. */
  async stop(): Promise<void> {
    await this.#loop.stop()
    if (this.#loop.failure === undefined) await this.#evaluation.record()
  }

  /** A fold that will tell something of this process; time waits until it has begun. To be called before `start`. */
  join(fold: Fold): void {
    this.#folds.add(fold)
    this.#awaited.add(fold)
  }

  hear(fold: Fold, message: FromFold): void {
    const { engine } = this
    switch (message.kind) {
      case 'assigned': {
        const { partition } = message.base.summary
        const owner = { fold, taken: 0, told: 0 }
        this.#owners.set(partition, owner)
        engine.assignPublished(message.base, step => {
          owner.taken = step.number
        })
        for (const key of message.otherLogs) engine.forgetSeen(key)
        break
      }
      case 'begun':
        this.#awaited.delete(fold)
        break
      case 'revoked':
        if (this.#owners.get(message.partition)?.fold !== fold) return
        this.#owners.delete(message.partition)
        engine.revokePublished(message.partition)
        break
      case 'steps':
        // What a former owner tells after the partition went elsewhere is nobody's any more.
        if (this.#owners.get(message.partition)?.fold !== fold) return
        for (const step of message.steps) engine.receive(message.partition, step)
        this.#evaluation.heard()
        break
      case 'ends':
        if (message.hasRoom) this.#withoutRoom.delete(fold)
        else this.#withoutRoom.add(fold)
        for (const { id, endOffset, readTo, toldAt } of message.ends) {
          if (this.#owners.get(id.partition)?.fold === fold) engine.tellEnd(id, endOffset, readTo, instant(toldAt))
        }
        break
      case 'source':
        this.#world.sourceState(engine.process.name, message.state)
        break
      case 'saving':
        this.#saves.push({ fold, save: message.save, upTo: message.upTo, isOver: false })
        break
      case 'saved':
        for (const save of this.#saves) if (save.fold === fold && save.save === message.save) save.isOver = true
        this.#underWay.get(fold)?.get(message.save)?.()
        this.#underWay.get(fold)?.delete(message.save)
        break
      case 'dues':
        this.#answered(fold, message.question, message.dues)
    }
    this.#loop.wake()
  }

  /** Where the open visits of a case stand within their deadlines, wherever it is folded. */
  async duesOf(caseId: string): Promise<readonly NamedDue[]> {
    if (this.#folds.size === 0) return []
    const question = ++this.#lastQuestion
    const dues: NamedDue[] = []
    await new Promise<void>(done => {
      this.#questions.set(question, { from: new Set(this.#folds), dues, done })
      for (const fold of this.#folds) fold.tell({ kind: 'dues', question, caseId })
    })
    return dues
  }

  /** Ends an alert because a person says so. @returns false: it is not open. @throws Error where it cannot be made durable. */
  resolve(action: AlertAction): Promise<boolean> {
    return this.#loop.outOfTurn(() => this.#evaluation.resolve(action))
  }

  async #turn(): Promise<TurnOutcome> {
    await this.#evaluation.lookAtTime(this.#withoutRoom.size === 0)
    // Over history T would run on without the partitions of a fold that comes later.
    const hasMore = this.#awaited.size === 0 && (await this.#evaluation.step())
    this.#tellPace()
    this.#tellTaken()
    await this.#allowSaves()
    return hasMore ? 'more' : 'idle'
  }

  #tellPace(): void {
    // Before the first T nobody knows yet how far it is behind.
    const isCatchingUp = this.engine.evaluatedAt === undefined || this.engine.isCatchingUp
    if (isCatchingUp === this.#wasCatchingUp) return
    this.#wasCatchingUp = isCatchingUp
    for (const fold of this.#folds) fold.tell({ kind: 'pace', isCatchingUp })
  }

  #tellTaken(): void {
    for (const [partition, owner] of this.#owners) {
      if (owner.taken === owner.told) continue
      owner.told = owner.taken
      owner.fold.tell({ kind: 'taken', partition, step: owner.taken })
    }
  }

  /** States may be saved once the evaluator's own is durable that has all that they have. */
  async #allowSaves(): Promise<void> {
    const ready = this.#saves.filter(save => this.#hasTaken(save) && this.#mayBegin(save))
    if (ready.length === 0) return
    this.#saves = this.#saves.filter(save => !ready.includes(save))
    await this.#evaluation.record()
    for (const { fold, save } of ready) fold.tell({ kind: 'maySave', save })
  }

  #mayBegin({ fold, save, isOver: isLeftOut }: Save): boolean {
    if (isLeftOut) return true
    const own = this.#underWay.get(fold) ?? new Map<number, () => void>()
    this.#underWay.set(fold, own)
    const isOver = new Promise<void>(resolve => own.set(save, resolve))
    return this.#world.maySave(isOver)
  }

  #hasTaken({ fold, upTo }: Save): boolean {
    for (const [partition, step] of upTo) {
      const owner = this.#owners.get(partition)
      if (owner?.fold === fold && owner.taken < step) return false
    }
    return true
  }

  #answered(fold: Fold, question: number, dues: readonly NamedDue[]): void {
    const asked = this.#questions.get(question)
    if (asked === undefined) return
    asked.dues.push(...dues)
    asked.from.delete(fold)
    if (asked.from.size > 0) return
    this.#questions.delete(question)
    asked.done()
  }
}
