import type { AlertTransition } from '../../src/alerts/transition.ts'
import type { EvaluatorState } from '../../src/engine/evaluator-state.ts'
import type { EngineWorld } from '../../src/engine/world.ts'
import { transitionKey } from '../../src/journal/entry.ts'
import type { ShardState } from '../../src/shard/shard-state.ts'
import { messageIdOf } from './channel.ts'
import type { Log } from './logs.ts'

/**
 * What must hold at every moment, whatever befalls the program. What is durable is known from outside: the journal said
 * so, and the next life has to find it.
 */
export class Safety {
  readonly violations: string[] = []
  /** In the journal, in its order. */
  readonly durable: AlertTransition[] = []
  readonly #keys = new Set<string>()
  readonly #messages = new Set<string>()
  /** By rule and segment: the latest transition of the episode that is open. */
  readonly #open = new Map<string, AlertTransition>()
  /** Ids of alerts that were over when what they fired by became otherwise. */
  readonly #corrected = new Set<string>()
  readonly #logs: readonly Log[]
  /** How far the partitions had been folded at an evaluation that is durable. */
  #seen: EvaluatorState['offsets'] = {}

  constructor(logs: readonly Log[]) {
    this.#logs = logs
  }

  /** Watches what a life makes durable and tells. @param isOwner whether the disk is still its own. */
  around(world: EngineWorld, isOwner: () => boolean): EngineWorld {
    return {
      ...world,
      record: async (process, at, transitions, state, hours) => {
        const { offsets } = state
        await world.record(process, at, transitions, state, hours)
        // What it had written before its disk was taken, the next life has found.
        if (!isOwner()) return
        this.#checkSeen(offsets, transitions.length === 0 ? 'saved' : 'evaluated')
        for (const transition of transitions) this.#add(transition)
        this.#seen = offsets
      },
      publish: (process, transitions) => {
        for (const transition of transitions) {
          // What one tells whose disk was taken is on a disk that nobody reads any more.
          if (isOwner() && !this.#keys.has(transitionKey(transition)))
            this.#say(`${nameOf(transition)} was told before it was durable`)
        }
        world.publish(process, transitions)
      },
    }
  }

  /** The next life has read the journal. */
  recovered(transitions: readonly AlertTransition[], evaluated: EvaluatorState | undefined): void {
    const found = new Set(transitions.map(transitionKey))
    for (const transition of this.durable) {
      if (!found.has(transitionKey(transition))) this.#say(`${nameOf(transition)} was durable and is gone`)
    }
    // The end may have come between the disk and the answer.
    for (const transition of transitions) if (!this.#keys.has(transitionKey(transition))) this.#add(transition)
    this.#seen = evaluated?.offsets ?? {}
  }

  received(id: string): void {
    if (!this.#messages.has(id)) this.#say(`message ${id} left before its transition was durable`)
  }

  #add(transition: AlertTransition): void {
    const { rule, segment, id, from, state } = transition
    const place = JSON.stringify([rule, segment])
    const open = this.#open.get(place)
    const isCorrection = from === state
    const goesOn = isCorrection
      ? this.#isCorrectionOf(open, transition)
      : open === undefined
        ? from === 'inactive'
        : open.id === id && open.state === from
    if (!goesOn) this.#say(`${nameOf(transition)} does not go on from ${open === undefined ? 'nothing' : nameOf(open)}`)
    if (isCorrection && state === 'resolved') this.#corrected.add(id)
    else if (state === 'resolved' || state === 'inactive') this.#open.delete(place)
    else this.#open.set(place, transition)
    this.durable.push(transition)
    this.#keys.add(transitionKey(transition))
    const message = messageIdOf(transition)
    if (message !== undefined) this.#messages.add(message)
  }

  /** Of one that is open, or once of one that is over. */
  #isCorrectionOf(open: AlertTransition | undefined, { id, state, because }: AlertTransition): boolean {
    if (because !== 'revised' && because !== 'withdrawn') return false
    if (open?.id === id) return open.state === state
    const isOver = this.durable.some(before => before.id === id && before.state === 'resolved')
    return state === 'resolved' && isOver && !this.#corrected.has(id)
  }

  /** The evaluator has seen at least what a saved shard holds: its next T must not see more than it would have. */
  loaded(partition: number, { topics, nextOffsets }: ShardState): void {
    for (const [index, topic] of topics.entries()) {
      const seen = this.#seen[`${topic}:${partition}`]
      const next = nextOffsets[index] as number
      // What lies behind the last record is nothing to see: markers of transactions, say.
      if (seen !== undefined && this.#isRecordIn(topic, partition, seen, next))
        this.#say(`${topic}:${partition} was saved at ${next}, evaluated at ${seen}`)
    }
  }

  #isRecordIn(topic: string, partition: number, from: number, before: number): boolean {
    const log = this.#logs.find(each => each.topic === topic && each.partition === partition)
    return log?.records.some(({ offset }) => offset >= from && offset < before) ?? false
  }

  #checkSeen(offsets: EvaluatorState['offsets'], what: string): void {
    for (const [partition, offset] of Object.entries(this.#seen)) {
      const now = offsets[partition]
      if (now === undefined || now < offset)
        this.#say(`${what} at ${now} of ${partition}, which had been seen up to ${offset}`)
    }
  }

  #say(violation: string): void {
    this.violations.push(violation)
  }
}

const nameOf = ({ rule, segment, id, from, state, at }: AlertTransition): string =>
  `${rule} ${JSON.stringify(segment)} ${from} → ${state} at ${at} (${id})`
