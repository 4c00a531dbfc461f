import { createHash } from 'node:crypto'
import type { AlertTransition } from '../alerts/transition.ts'
import { CATCHING_UP_MS } from '../engine/process-engine.ts'
import type { DurationMs } from '../event/duration.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { Json } from '../event/json.ts'
import { type FirstTelling, FirstTold } from '../journal/first-told.ts'
import type { OutboxMessage } from '../journal/outbox.ts'
import { type GroupName, type ToldGroup, ToldGroups } from '../journal/told-groups.ts'
import { type Told, type ToldState, ToldStates } from '../journal/told-states.ts'
import { type AlertGroup, dueAt, listed } from './alert-groups.ts'
import { Audience, type AudienceOptions } from './audience.ts'
import type { Destination, Grouping } from './destinations.ts'

/** What a message is about. */
export type MessageSubject = {
  readonly id: string
  readonly contactPoint: string
  /** By the wall clock. */
  readonly at: Instant
  readonly process: string
  /** It is told by a step of the escalation, so long after somebody was told first; undefined: for another reason. */
  readonly escalatedAfterMs?: DurationMs | undefined
} & (
  | { readonly kind: 'alert'; readonly state: ToldState; readonly transition: AlertTransition }
  /** Alerts that are open and of which the contact point has heard nothing yet. */
  | { readonly kind: 'digest'; readonly transitions: readonly AlertTransition[] }
  /** Alerts that are told together. */
  | {
      readonly kind: 'group'
      readonly group: GroupName
      /** How many alerts it has, listed or not. */
      readonly count: number
      /** Those that are listed, first those that have changed. */
      readonly transitions: readonly AlertTransition[]
      /** Ids of those that are in another state than the contact point was told last. */
      readonly changed: readonly string[]
    }
)

export type NotifierOptions = AudienceOptions & {
  /** By name. At first nothing is known of what their alerts have come to. */
  readonly processes: readonly string[]
  /** What the messages that are in the journal have told. */
  readonly told: readonly Told[]
  /** And told together. Default: nothing. */
  readonly groups?: readonly ToldGroup[]
  /** When somebody was told first of alerts that are not over. Default: nobody knows. */
  readonly firstTold?: readonly FirstTelling[]
  /** Alerts that are over, of which a group has to be told. Default: none. */
  readonly ended?: readonly AlertTransition[]
  /** Whether one more message may wait for a contact point. */
  readonly hasRoom: (contactPoint: string) => boolean
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
 * digest tells it. Who was told before is told the end at once, snoozed or not. Quiet hours are the same for a contact point.
 *
 * Where alerts are told together (`notifications.yaml`) nothing is told with its transition: groups are looked at after each
 * evaluation. What is in a group follows from the open alerts, what was told of it from the journal's messages, and with the
 * time of the last one it follows when it is told next (`alert-groups.ts`). An alert stays in the group in which it was told first.
 *
 * Whom an alert is for depends on the instant, and on what was told (`audience.ts`): on turns of a rota, and on whether somebody has
 * taken it. So it is looked at with each transition, and after each evaluation.
 *
 * Messages count as told as soon as they are made, so they must reach the journal in this order, or the process must end.
 */
export class Notifier {
  readonly #audience: Audience
  readonly #told: ToldStates
  readonly #groups: ToldGroups
  readonly #firstTold: FirstTold
  /** By process, by id: alerts that are over, of which a group has to be told. */
  readonly #ended = new Map<string, Map<string, AlertTransition>>()
  /** Ids of the alerts whose latest transition came in the present, however long time stands still from then on. */
  readonly #ofPresent = new Set<string>()
  readonly #hasRoom: NotifierOptions['hasRoom']
  readonly #write: NotifierOptions['write']
  /** Processes with open alerts of which somebody may not have heard. */
  readonly #heldBack: Set<string>

  constructor({
    processes,
    told,
    groups = [],
    firstTold = [],
    ended = [],
    hasRoom,
    write,
    ...audience
  }: NotifierOptions) {
    this.#heldBack = new Set(processes)
    this.#told = new ToldStates(told)
    this.#groups = new ToldGroups(groups)
    this.#firstTold = new FirstTold(firstTold)
    this.#audience = new Audience(audience, this.#told, this.#firstTold)
    for (const alert of ended) this.#noteEnd(alert)
    this.#hasRoom = hasRoom
    this.#write = write
  }

  /** The messages that these transitions cause, in their order; to be made durable together with them. */
  messagesOf(process: string, transitions: readonly AlertTransition[], now: Instant): OutboxMessage[] {
    return transitions.flatMap(transition => {
      this.#noteTime(transition, now)
      const state = toldStateOf(transition)
      if (state === undefined) return []
      if (state === 'resolved') this.#noteEnd(transition)
      return this.#receiversOf(process, transition, state, now).map(receiver =>
        this.#alertMessage(process, transition, state, receiver, now),
      )
    })
  }

  /**
   * Alerts that nobody has taken, for whom they are to be told then; to be made durable before anything that follows. Arguments as
   * those of `digestsOf`. Where they are told together groups tell it.
   */
  escalationsOf(
    process: string,
    evaluatedAt: Instant | undefined,
    openAlerts: readonly AlertTransition[],
    now: Instant,
  ): OutboxMessage[] {
    const isOfPast = evaluatedAt === undefined || isPast(evaluatedAt, now)
    return openAlerts.flatMap(alert => {
      const state = toldStateOf(alert)
      if (state === undefined || (isOfPast && !this.#ofPresent.has(alert.id))) return []
      const escalated = this.#untoldOf(alert, state, now).filter(
        ({ escalatedAfterMs }) => escalatedAfterMs !== undefined,
      )
      const receivers = escalated.filter(
        each => !this.#audience.isQuietFor(each, alert, now) && this.#hasRoom(each.contactPoint),
      )
      if (receivers.length < escalated.length) this.#heldBack.add(process)
      return receivers.map(receiver => this.#alertMessage(process, alert, state, receiver, now))
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
    const { told, isHeld } = this.#untold(openAlerts(), now)
    if (isHeld) this.#heldBack.add(process)
    return [...told].flatMap(([contactPoint, transitions]) => {
      if (!this.#hasRoom(contactPoint)) {
        this.#heldBack.add(process)
        return []
      }
      const alerts = transitions.map(({ id, state, at }) => [id, state, at])
      const id = messageId(['digest', alerts, contactPoint])
      return [this.#message({ kind: 'digest', id, contactPoint, at: now, process, transitions })]
    })
  }

  /**
   * What there is to tell of groups; to be made durable before anything that follows. Arguments as those of `digestsOf`.
   *
   * What is over is told also while T is of the past, and so is what fired before T began to stand still.
   */
  groupMessagesOf(
    process: string,
    evaluatedAt: Instant | undefined,
    openAlerts: readonly AlertTransition[],
    now: Instant,
  ): OutboxMessage[] {
    const isOfPast = evaluatedAt === undefined || isPast(evaluatedAt, now)
    const messages: OutboxMessage[] = []
    for (const found of this.#alertGroups(process, openAlerts, now)) {
      const hasRoom = this.#hasRoom(found.contactPoint)
      const news = hasRoom ? found.news.filter(({ id }) => !isOfPast || this.#ofPresent.has(id)) : []
      const group = { ...found, news, standing: hasRoom ? found.standing : [] }
      const due = dueAt(group)
      if (due !== undefined && now >= due) messages.push(...this.#groupMessages(process, group, now))
    }
    this.#forgetEnded(process)
    return messages
  }

  /**
   * When there may be something to tell next, as things stand: a group is due, quiet hours end, or nobody has taken an alert.
   *
   * @returns never before `now`; undefined: never.
   */
  nextLookAt(process: string, openAlerts: readonly AlertTransition[], now: Instant): Instant | undefined {
    const groups = this.#alertGroups(process, openAlerts, now).map(group => dueAt(group) ?? Infinity)
    const changes = openAlerts.map(alert => this.#audience.nextChangeAt(alert, now))
    const next = [...groups, ...changes].reduce((first, at) => Math.min(first, at), Infinity)
    return next === Infinity ? undefined : instant(Math.max(next, now))
  }

  /** The processes of which something is held back, or may be. */
  get heldBack(): readonly string[] {
    return [...this.#heldBack].sort()
  }

  #receiversOf(process: string, transition: AlertTransition, state: ToldState, now: Instant): readonly ToldReceiver[] {
    const { id } = transition
    if (state === 'resolved') {
      const known = this.#told.contactPointsOf(id)
      return known.flatMap(contactPoint =>
        this.#groups.keyOf(contactPoint, id) === undefined ? [{ contactPoint }] : [],
      )
    }
    const untold = this.#untoldOf(transition, state, now)
    const waits = isPast(transition.at, now)
    const receivers = untold.filter(
      each => !waits && !this.#audience.isQuietFor(each, transition, now) && this.#hasRoom(each.contactPoint),
    )
    if (receivers.length < untold.length) this.#heldBack.add(process)
    return receivers
  }

  #alertMessage(
    process: string,
    transition: AlertTransition,
    state: ToldState,
    { contactPoint, escalatedAfterMs }: ToldReceiver,
    now: Instant,
  ): OutboxMessage {
    const id = messageId([transition.id, state, transition.at, contactPoint])
    return this.#message({ kind: 'alert', id, contactPoint, at: now, process, escalatedAfterMs, state, transition })
  }

  /** Those that are told at once, and by itself. */
  #untoldOf(alert: AlertTransition, state: ToldState, now: Instant): readonly Destination[] {
    return this.#audience
      .of(alert, now)
      .filter(
        ({ contactPoint, grouping }) => grouping === undefined && this.#told.stateOf(alert.id, contactPoint) !== state,
      )
  }

  /** All groups of a process that some contact point is to be told of, or has been. */
  #alertGroups(process: string, openAlerts: readonly AlertTransition[], now: Instant): AlertGroup[] {
    const groups = new Map<string, AlertGroup>()
    const groupOf = (contactPoint: string, key: string, of: Partial<Destination> = {}): AlertGroup => {
      const name = JSON.stringify([contactPoint, key])
      const found = groups.get(name)
      if (found !== undefined) return found
      const known = this.#groups.get(contactPoint, key)
      const { grouping, escalatedAfterMs } = of
      const group = { contactPoint, grouping, escalatedAfterMs, known, news: [], ended: [], standing: [] }
      groups.set(name, group)
      return group
    }
    for (const alert of openAlerts) {
      const state = toldStateOf(alert)
      for (const destination of this.#audience.of(alert, now)) {
        const { contactPoint, grouping } = destination
        if (grouping === undefined) continue
        const told = this.#told.stateOf(alert.id, contactPoint)
        const isNews = state !== undefined && state !== told
        if ((!isNews && told === undefined) || this.#audience.isQuietFor(destination, alert, now)) continue
        const key = this.#groups.keyOf(contactPoint, alert.id) ?? grouping.key
        const group = groupOf(contactPoint, key, destination)
        if (isNews) group.news.push(alert)
        else group.standing.push(alert)
      }
    }
    for (const alert of this.#ended.get(process)?.values() ?? []) {
      for (const contactPoint of this.#told.contactPointsOf(alert.id)) {
        const key = this.#groups.keyOf(contactPoint, alert.id)
        if (key === undefined) continue
        const destination = this.#audience.of(alert, now).find(each => each.contactPoint === contactPoint)
        groupOf(contactPoint, key, destination).ended.push(alert)
      }
    }
    return [...groups.values()]
  }

  #groupMessages(process: string, group: AlertGroup, now: Instant): OutboxMessage[] {
    const { contactPoint, known, grouping, escalatedAfterMs, news, ended, standing } = group
    const { key, labels } = known ?? (grouping as Grouping)
    const count = news.length + ended.length + standing.length
    return listed(group).map((list, nth) => {
      const transitions = [...list.changed, ...list.standing]
      const alerts = transitions.map(({ id, state, at }) => [id, state, at])
      const id = messageId(['group', key, known?.toldAt ?? null, nth, alerts, contactPoint])
      const changed = list.changed.map(alert => alert.id)
      const about = { contactPoint, at: now, process, escalatedAfterMs, group: { key, labels } }
      return this.#message({ ...about, kind: 'group', id, count, transitions, changed })
    })
  }

  /** Keeps an alert that is over until all groups have been told. */
  #noteEnd(alert: AlertTransition): void {
    const { id, process } = alert
    const isInGroup = this.#told
      .contactPointsOf(id)
      .some(contactPoint => this.#groups.keyOf(contactPoint, id) !== undefined)
    if (!isInGroup) return
    const own = this.#ended.get(process) ?? new Map<string, AlertTransition>()
    this.#ended.set(process, own.set(id, alert))
  }

  #forgetEnded(process: string): void {
    const own = this.#ended.get(process)
    for (const id of own?.keys() ?? []) if (this.#told.contactPointsOf(id).length === 0) own?.delete(id)
  }

  #noteTime({ id, at, state }: AlertTransition, now: Instant): void {
    if (isPast(at, now) || state === 'resolved' || state === 'inactive') this.#ofPresent.delete(id)
    else this.#ofPresent.add(id)
  }

  /** The alerts that are open in a state that a contact point has not heard of, by contact point, and whether others have to wait. */
  #untold(openAlerts: readonly AlertTransition[], now: Instant) {
    const told = new Map<string, AlertTransition[]>()
    let isHeld = false
    for (const transition of openAlerts) {
      const state = toldStateOf(transition)
      if (state === undefined) continue
      for (const destination of this.#untoldOf(transition, state, now)) {
        const { contactPoint } = destination
        if (this.#audience.isQuietFor(destination, transition, now)) isHeld = true
        else told.set(contactPoint, [...(told.get(contactPoint) ?? []), transition])
      }
    }
    return { told, isHeld }
  }

  #message(subject: MessageSubject): OutboxMessage {
    const { id, contactPoint, at } = subject
    const transitions = subject.kind === 'alert' ? [subject.transition] : subject.transitions
    const tells = transitions.flatMap(transition => {
      // What recovers is told on as it was told last.
      const state = toldStateOf(transition) ?? this.#told.stateOf(transition.id, contactPoint)
      return state === undefined ? [] : [{ alert: transition.id, state }]
    })
    for (const telling of tells) this.#told.tell(contactPoint, telling)
    const group = subject.kind === 'group' ? { group: subject.group } : {}
    const message = { id, contactPoint, ...group, tells, body: this.#write(subject), at }
    this.#groups.tell(message)
    this.#firstTold.tell(message, this.#told)
    return message
  }
}

type ToldReceiver = Pick<Destination, 'contactPoint' | 'escalatedAfterMs'>

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
