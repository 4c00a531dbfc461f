import type { AlertTransition } from '../../src/alerts/transition.ts'
import { type Instant, instant } from '../../src/event/instant.ts'
import type { Journal } from '../../src/journal/journal.ts'
import type { OutboxMessage } from '../../src/journal/outbox.ts'
import type { Chance } from './chance.ts'
import { machineNow } from './timers.ts'

/** Where messages arrive, behind a bad line. */
export class Channel {
  /** How often a message does not arrive, and how often one arrives of which the sender is told that it did not. */
  faults: { readonly lost: number; readonly unacknowledged: number }
  /** How often each message has arrived, by its id. */
  readonly received = new Map<string, number>()
  /** Called when one arrives. */
  onReceived: (id: string) => void = () => {}
  readonly #chance: Chance

  constructor(chance: Chance, faults: Channel['faults']) {
    this.#chance = chance
    this.faults = faults
  }

  send(id: string): Promise<void> {
    const machine = machineNow()
    const delayMs = this.#chance.delay(20)
    const isLost = this.#chance.happens(this.faults.lost)
    const isTold = !isLost && !this.#chance.happens(this.faults.unacknowledged)
    const arrive = () => {
      this.received.set(id, (this.received.get(id) ?? 0) + 1)
      this.onReceived(id)
    }
    if (!isLost) machine.after(delayMs / 2, undefined, arrive)
    return machine.wait(delayMs, () => {
      if (!isTold) throw new Error('no answer')
    })
  }
}

/** What tells people of transitions that are durable. */
export interface Messenger {
  /** Goes on with what an earlier life has left. */
  start(): void
  tell(transitions: readonly AlertTransition[]): void
  /** Nothing is left to deliver. */
  isIdle(): boolean
  /** What is under way is left to the next life. */
  stop(): void
}

/** Which transitions make a message, and its id: the same after every restart. */
export const messageIdOf = ({ id, state, at }: AlertTransition): string | undefined =>
  state === 'firing' || state === 'resolved' ? `${id}/${state}/${at}` : undefined

const RETRY_AFTER_MS = 50

/** Of which `append` waits while the disk is full. */
export type JournalOfMessages = Pick<Journal, 'append' | 'recover'>

/** The steps of a delivery, in an order that a test may get wrong. */
export type Deliver = (message: OutboxMessage, send: () => Promise<void>, settle: () => Promise<void>) => Promise<void>

/** Sent first, and noted when it is acknowledged: at least once. */
export const sendThenSettle: Deliver = async (_message, send, settle) => {
  await send()
  await settle()
}

/** Delivers what the journal's outbox holds, each message until it is acknowledged. */
export class SmallMessenger implements Messenger {
  readonly #journal: JournalOfMessages
  readonly #channel: Channel
  readonly #now: () => Instant
  readonly #deliver: Deliver
  readonly #failed: (error: Error) => void
  #underWay = 0
  #isStopped = false

  constructor(
    journal: JournalOfMessages,
    channel: Channel,
    now: () => number,
    deliver: Deliver,
    failed: (error: Error) => void,
  ) {
    this.#journal = journal
    this.#channel = channel
    this.#now = () => instant(now())
    this.#deliver = deliver
    this.#failed = failed
  }

  start(): void {
    const { transitions, outbox } = this.#journal.recover()
    for (const message of outbox.queued) this.#begin(() => this.#send(message))
    const known = new Set([...outbox.queued.map(({ id }) => id), ...outbox.settled.keys()])
    // An end between the transition and its message leaves a transition that nobody was told of.
    this.tell(transitions.filter(transition => !known.has(messageIdOf(transition) ?? '')))
  }

  tell(transitions: readonly AlertTransition[]): void {
    for (const transition of transitions) {
      const id = messageIdOf(transition)
      if (id === undefined) continue
      const message = {
        id,
        contactPoint: 'tests/webhook',
        tells: [{ alert: transition.id, state: transition.state as 'firing' | 'resolved' }],
        body: {},
        at: this.#now(),
      }
      this.#begin(async () => {
        await this.#journal.append({ kind: 'queued', message })
        await this.#send(message)
      })
    }
  }

  isIdle(): boolean {
    return this.#underWay === 0
  }

  stop(): void {
    this.#isStopped = true
  }

  #begin(act: () => Promise<void>): void {
    this.#underWay++
    act()
      .then(() => {
        this.#underWay--
      })
      .catch(error => {
        if (!this.#isStopped) this.#failed(error as Error)
      })
  }

  async #send(message: OutboxMessage): Promise<void> {
    let attempts = 0
    const send = async () => {
      for (;;) {
        attempts++
        const isSent = await this.#channel.send(message.id).then(
          () => true,
          () => false,
        )
        if (isSent) return
        await machineNow().wait(RETRY_AFTER_MS, () => {})
      }
    }
    const settle = () => {
      const settlement = { id: message.id, at: this.#now(), attempts, outcome: 'delivered' } as const
      return this.#journal.append({ kind: 'settled', settlement })
    }
    await this.#deliver(message, send, settle)
  }
}
