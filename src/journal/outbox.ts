import type { Instant } from '../event/instant.ts'
import type { Json } from '../event/json.ts'
import { type FirstTelling, FirstTold } from './first-told.ts'
import { OpenTasks, type Task } from './open-tasks.ts'
import { type GroupName, type ToldGroup, ToldGroups } from './told-groups.ts'
import { type Telling, type Told, ToldStates } from './told-states.ts'

/** A message that has to reach somebody. */
export type OutboxMessage = {
  /** The same on every attempt, and on a repeat, which is queued once. */
  readonly id: string
  /** To whom, as `owner/name`. Where that is stands in the owners' file, so that no secret gets into the journal. */
  readonly contactPoint: string
  /** The alerts that it tells together; absent: it tells one, or what was held back. */
  readonly group?: GroupName
  /** Messages to one contact point on the same alert are delivered in the order in which they were queued. Never empty. */
  readonly tells: readonly Telling[]
  readonly body: Json
  /** When it was queued, by the wall clock. */
  readonly at: Instant
}

/** What became of a message. */
export type Settlement = {
  /** Of the message. */
  readonly id: string
  /** By the wall clock. */
  readonly at: Instant
  /** Since the last start. */
  readonly attempts: number
} & (Delivered | DeadEnd)

export type Delivered = {
  readonly outcome: 'delivered'
  /** Ids of the tasks that its alerts have now, by alert; absent: its channel makes none. */
  readonly tasks?: Readonly<Record<string, string>>
}

/** It will not be tried again, and so people have to be told what it was. */
export type DeadEnd = {
  readonly outcome: 'dead'
  readonly reason: string
  /** Whole, so that it can be sent again. */
  readonly message: Omit<OutboxMessage, 'id'>
}

/** How long it is remembered that a message was settled, counted back from the newest message or settlement. */
export const rememberedMs = 24 * 3_600_000

/** Dead messages that are kept whole; of older ones the body is forgotten. */
const MOST_WHOLE = 1_000

/** The messages that are under way, those that were settled lately, and what all messages have told so far. */
export class Outbox {
  readonly #queued = new Map<string, OutboxMessage>()
  readonly #settled = new Map<string, Settlement>()
  /** Ids of the dead messages that are whole, oldest first. */
  #whole: string[] = []
  #told = new ToldStates()
  #groups = new ToldGroups()
  #firstTold = new FirstTold()
  #tasks = new OpenTasks()
  #newest = -Infinity

  /** One whose id was queued or settled before counts for nothing. */
  queue(message: OutboxMessage): void {
    this.#newest = Math.max(this.#newest, message.at)
    if (this.#queued.has(message.id) || this.#settled.has(message.id)) return
    this.#queued.set(message.id, message)
    for (const telling of message.tells) this.#told.tell(message.contactPoint, telling)
    this.#groups.tell(message)
    this.#firstTold.tell(message, this.#told)
  }

  /** One that was settled as dead is to be delivered after all. What it tells counts as told already. */
  queueAgain(message: OutboxMessage): void {
    this.#newest = Math.max(this.#newest, message.at)
    this.#settled.delete(message.id)
    this.#queued.set(message.id, message)
  }

  /** The first settlement of a message counts. */
  settle(settlement: Settlement): void {
    this.#newest = Math.max(this.#newest, settlement.at)
    const message = this.#queued.get(settlement.id)
    this.#queued.delete(settlement.id)
    if (message !== undefined) this.#tasks.settled(message, settlement)
    if (this.#settled.has(settlement.id)) return
    this.#settled.set(settlement.id, settlement)
    if (settlement.outcome === 'dead') this.#keepWhole(settlement.id)
  }

  /** Puts in what a former segment had: the messages that told it may be gone. */
  restoreTold(told: readonly Told[]): void {
    this.#told = new ToldStates(told)
  }

  /** Puts in what a former segment had. */
  restoreGroups(groups: readonly ToldGroup[]): void {
    this.#groups = new ToldGroups(groups)
  }

  /** Puts in what a former segment had. */
  restoreFirstTold(tellings: readonly FirstTelling[]): void {
    this.#firstTold = new FirstTold(tellings)
  }

  firstTold(): FirstTelling[] {
    return this.#firstTold.all()
  }

  groups(): ToldGroup[] {
    return this.#groups.all()
  }

  /** In the order in which they were made. */
  tasks(): Task[] {
    return this.#tasks.all()
  }

  /** Puts in what a former segment had. */
  restoreTasks(tasks: readonly Task[]): void {
    this.#tasks = new OpenTasks(tasks)
  }

  #keepWhole(id: string): void {
    this.#whole.push(id)
    if (this.#whole.length <= MOST_WHOLE) return
    const [oldest = ''] = this.#whole.splice(0, 1)
    const dead = this.#settled.get(oldest)
    if (dead?.outcome === 'dead') this.#settled.set(oldest, { ...dead, message: { ...dead.message, body: null } })
  }

  /** In the order in which they were queued. */
  queued(): OutboxMessage[] {
    return [...this.#queued.values()]
  }

  /** By id of the message. */
  settled(): Map<string, Settlement> {
    for (const [id, { at }] of this.#settled) if (at < this.#newest - rememberedMs) this.#settled.delete(id)
    return new Map(this.#settled)
  }

  told(): Told[] {
    return this.#told.all()
  }
}
