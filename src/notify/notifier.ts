import { createHash } from 'node:crypto'
import type { AlertTransition } from '../alerts/transition.ts'
import { CATCHING_UP_MS } from '../engine/process-engine.ts'
import type { Instant } from '../event/instant.ts'
import type { Json } from '../event/json.ts'
import type { OutboxMessage } from '../journal/outbox.ts'
import { type Told, type ToldState, ToldStates } from '../journal/told-states.ts'

/** What a message is about. */
export type MessageSubject = {
  readonly id: string
  readonly contactPoint: string
  /** By the wall clock. */
  readonly at: Instant
  readonly process: string
} & (
  | { readonly kind: 'alert'; readonly state: ToldState; readonly transition: AlertTransition }
  /** Alerts that are open and of which the contact point has heard nothing yet. */
  | { readonly kind: 'digest'; readonly transitions: readonly AlertTransition[] }
)

export type NotifierOptions = {
  /** By name. At first nothing is known of what their alerts have come to. */
  readonly processes: readonly string[]
  /** The contact points of an owner, as `owner/name`. */
  readonly contactPointsOf: (owner: string) => readonly string[]
  /** What the messages that are in the journal have told. */
  readonly told: readonly Told[]
  /** Whether one more message may wait for a contact point. */
  readonly hasRoom: (contactPoint: string) => boolean
  /** Whether nobody is to be told for now that an alert is open, by what is in the journal. It is given its latest transition. */
  readonly isQuiet: (alert: AlertTransition, now: Instant) => boolean
  /** Writes the body of a message. */
  readonly write: (subject: MessageSubject) => Json
}

/*
 * Transitions → messages: who is told what.
 *
 * A contact point is told when an alert of its owner is in another of three states than it was told last: it fires, it has
 * no data any more (where the rule makes that an alert), it is over. What was never told to begin with is not told to be
 * over; who was told that an alert fires is told its end even if it belongs to somebody else by then.
 *
 * What fires in the past (T more than a minute behind the wall clock: a first start on history, a start after a long
 * pause) is held back. When T has reached the present, whatever is open then and unsaid is told as one digest for each
 * contact point. Nothing is remembered for that: what is open is in the evaluator's state, what was said follows from the
 * journal's messages, so a crash anywhere in between changes nothing. The same look at every start tells a contact
 * point that is new in the owners' file of what has been open for long; and what found no room in a full queue comes by a
 * digest when there is room again.
 *
 * What fires while it is snoozed is held back like that, until the snooze has ended: if it is still open then and unsaid, a
 * digest tells it. Who was told before is told the end at once, snoozed or not.
 *
 * Messages count as told as soon as they are made, so they must reach the journal in this order, or the process must end.
 */
export class Notifier {
  readonly #contactPointsOf: NotifierOptions['contactPointsOf']
  readonly #told: ToldStates
  readonly #hasRoom: NotifierOptions['hasRoom']
  readonly #isQuiet: NotifierOptions['isQuiet']
  readonly #write: NotifierOptions['write']
  /** Processes with open alerts of which somebody may not have heard. */
  readonly #heldBack: Set<string>

  constructor({ processes, contactPointsOf, told, hasRoom, isQuiet, write }: NotifierOptions) {
    this.#heldBack = new Set(processes)
    this.#contactPointsOf = contactPointsOf
    this.#told = new ToldStates(told)
    this.#hasRoom = hasRoom
    this.#isQuiet = isQuiet
    this.#write = write
  }

  /** The messages that these transitions cause, in their order; to be made durable together with them. */
  messagesOf(process: string, transitions: readonly AlertTransition[], now: Instant): OutboxMessage[] {
    return transitions.flatMap(transition => {
      const state = toldStateOf(transition)
      if (state === undefined) return []
      return this.#receiversOf(process, transition, state, now).map(contactPoint => {
        const id = messageId([transition.id, state, transition.at, contactPoint])
        return this.#message({ kind: 'alert', id, contactPoint, at: now, process, state, transition })
      })
    })
  }

  /**
   * What was held back, once T has reached the present; to be made durable before anything that follows.
   *
   * @param evaluatedAt T.
   * @param openAlerts the latest transition of every alert under way, all of them durable; asked only where it matters.
   */
  digestsOf(
    process: string,
    evaluatedAt: Instant | undefined,
    openAlerts: () => readonly AlertTransition[],
    now: Instant,
  ): OutboxMessage[] {
    if (!this.#heldBack.has(process) || evaluatedAt === undefined || isPast(evaluatedAt, now)) return []
    this.#heldBack.delete(process)
    const open = openAlerts()
    if (this.#untold(open.filter(alert => this.#isQuiet(alert, now))).size > 0) this.#heldBack.add(process)
    return [...this.#untold(open.filter(alert => !this.#isQuiet(alert, now)))].flatMap(
      ([contactPoint, transitions]) => {
        if (!this.#hasRoom(contactPoint)) {
          this.#heldBack.add(process)
          return []
        }
        const alerts = transitions.map(({ id, state, at }) => [id, state, at])
        const id = messageId(['digest', alerts, contactPoint])
        return [this.#message({ kind: 'digest', id, contactPoint, at: now, process, transitions })]
      },
    )
  }

  /** The processes of which something is held back, or may be. */
  get heldBack(): readonly string[] {
    return [...this.#heldBack].sort()
  }

  #receiversOf(process: string, transition: AlertTransition, state: ToldState, now: Instant): readonly string[] {
    if (state === 'resolved') return this.#told.contactPointsOf(transition.id)
    const untold = this.#untoldOf(transition, state)
    const waits = isPast(transition.at, now) || this.#isQuiet(transition, now)
    const receivers = waits ? [] : untold.filter(this.#hasRoom)
    if (receivers.length < untold.length) this.#heldBack.add(process)
    return receivers
  }

  #untoldOf({ id, owner }: AlertTransition, state: ToldState): readonly string[] {
    return this.#contactPointsOf(owner).filter(contactPoint => this.#told.stateOf(id, contactPoint) !== state)
  }

  /** By contact point: the alerts that are open in a state that it has not heard of. */
  #untold(openAlerts: readonly AlertTransition[]): Map<string, AlertTransition[]> {
    const untold = new Map<string, AlertTransition[]>()
    for (const transition of openAlerts) {
      const state = toldStateOf(transition)
      if (state === undefined) continue
      for (const contactPoint of this.#untoldOf(transition, state)) {
        untold.set(contactPoint, [...(untold.get(contactPoint) ?? []), transition])
      }
    }
    return untold
  }

  #message(subject: MessageSubject): OutboxMessage {
    const { id, contactPoint, at } = subject
    const transitions = subject.kind === 'alert' ? [subject.transition] : subject.transitions
    const tells = transitions.flatMap(transition => {
      const state = toldStateOf(transition)
      return state === undefined ? [] : [{ alert: transition.id, state }]
    })
    for (const telling of tells) this.#told.tell(contactPoint, telling)
    return { id, contactPoint, tells, body: this.#write(subject), at }
  }
}

const isPast = (at: Instant, now: Instant): boolean => now - at > CATCHING_UP_MS

/** What there is to tell of an alert that enters a state; undefined: nothing, it fires or is quiet as before. */
function toldStateOf({ state }: AlertTransition): ToldState | undefined {
  switch (state) {
    case 'firing':
    case 'no_data':
    case 'resolved':
      return state
    case 'inactive':
    case 'pending':
    case 'recovering':
      return undefined
  }
}

/** @returns 32 hexadecimal digits: the first 128 bits of SHA-256 over the parts as JSON. */
const messageId = (parts: Json): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
