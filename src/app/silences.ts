import { randomUUID } from 'node:crypto'
import { type KeptSilence, LONGEST_SILENCE_MS, MOST_SILENCES, type Silence, silenceState } from '../alerts/silence.ts'
import type { SilenceBook } from '../alerts/silence-book.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { LiveView } from '../engine/live-view.ts'
import { formatInstant, type Instant, instant } from '../event/instant.ts'
import { canonicalJson, type JsonFields } from '../event/json.ts'
import type { SilenceDesk, SilenceOutcome, SilenceRequest } from '../gateway/api/silences.ts'
import type { AuditRecord } from '../journal/audit.ts'
import type { Journal } from '../journal/journal.ts'
import { matcherText } from '../model/label-matcher.ts'
import type { Feed } from './feed.ts'

/** So many may wait to be made durable. */
const MOST_UNDER_WAY = 100

/** The longest that is waited for a silence to begin or end, before the clock is asked again. */
const LOOKS_EVERY_MS = 3_600_000

export type SilencesParts = {
  readonly journal: Pick<Journal, 'audit'>
  /** With those of the journal. */
  readonly book: SilenceBook
  readonly view: Pick<LiveView, 'processes' | 'alerts' | 'tellMarks'>
  readonly feed: Feed
  readonly now: () => number
}

/*
 * Silences that people make and end: request → journal, audit → book, view.
 *
 * One is in the journal together with its audit entry before it counts. When it begins or ends, pages are told of the alerts
 * under way that it matches; who is told of them then is decided where messages are made.
 */
export class Silences implements SilenceDesk {
  readonly #parts: SilencesParts
  /** By id, those that are on their way into the journal. */
  readonly #underWay = new Map<string, { readonly request: SilenceRequest; readonly kept: Promise<KeptSilence> }>()
  #timer: NodeJS.Timeout | undefined
  /** Up to when what began and ended was told. */
  #toldUpTo: Instant

  constructor(parts: SilencesParts) {
    this.#parts = parts
    this.#toldUpTo = instant(parts.now())
    this.#waitForNext()
  }

  all(): KeptSilence[] {
    return this.#parts.book.all()
  }

  /** Ids of the alerts under way that each silence matches, by its id. */
  alerts(): Map<string, string[]> {
    const alerts = new Map<string, string[]>()
    for (const alert of this.#underWayAlerts()) {
      for (const { id } of this.#parts.book.matching(alert)) alerts.set(id, [...(alerts.get(id) ?? []), alert.id])
    }
    return alerts
  }

  /** @throws JournalError where it cannot be made durable: it does not count then, and may be asked for again. */
  async create(request: SilenceRequest): Promise<SilenceOutcome> {
    const { book, now } = this.#parts
    const id = request.id ?? randomUUID()
    const underWay = this.#underWay.get(id)
    if (underWay !== undefined) {
      if (canonicalJson(asFields(underWay.request)) !== canonicalJson(asFields(request))) return { outcome: 'id-taken' }
      return { outcome: 'repeated', silence: await underWay.kept }
    }
    const former = book.get(id)
    if (former !== undefined) {
      return isSame(former, request) ? { outcome: 'repeated', silence: former } : { outcome: 'id-taken' }
    }
    const at = instant(now())
    const silence = silenceOf(request, id, at)
    if (silence.endsAt <= silence.startsAt || silence.endsAt > at + LONGEST_SILENCE_MS) {
      return { outcome: 'ends-out-of-range' }
    }
    if (this.#underWay.size >= MOST_UNDER_WAY) return { outcome: 'busy' }
    const inForce = this.all().filter(each => silenceState(each, at) !== 'expired').length
    if (inForce + this.#underWay.size >= MOST_SILENCES) return { outcome: 'too-many' }
    const kept = this.#keep(silence)
    this.#underWay.set(id, { request, kept })
    try {
      return { outcome: 'done', silence: await kept }
    } finally {
      this.#underWay.delete(id)
    }
  }

  /** Ends one before its time. @throws JournalError as `create` does. */
  async expire(silence: string, by: string, id: string | undefined): Promise<SilenceOutcome> {
    const { journal, book, feed, now } = this.#parts
    const former = book.get(silence)
    if (former === undefined) return { outcome: 'unknown-silence' }
    const isRepeat = id !== undefined && former.expired?.id === id && former.expired.by === by
    if (isRepeat) return { outcome: 'repeated', silence: former }
    const at = instant(now())
    if (silenceState(former, at) === 'expired') return { outcome: 'is-over' }
    const end = { silence, id, by, at }
    const record = {
      at,
      actor: by,
      action: 'silence-expire',
      subject: `silence/${silence}`,
      detail: { id: id ?? null },
    }
    const entry = await journal.audit(record, { kind: 'silence-ended', end })
    const meanwhile = book.get(silence)
    // Two at once: the first counts.
    if (meanwhile?.expired === undefined) book.end(end)
    feed({ audit: [entry] })
    this.#tellChanged(each => each.id === silence && former.startsAt <= at)
    return { outcome: 'done', silence: book.get(silence) ?? former }
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  async #keep(silence: Silence): Promise<KeptSilence> {
    const { journal, book, feed } = this.#parts
    const entry = await journal.audit(auditOf(silence), { kind: 'silence', silence })
    book.add(silence)
    feed({ audit: [entry] })
    this.#tellChanged(({ id }) => id === silence.id && silence.startsAt <= silence.createdAt)
    return { ...silence, expired: undefined }
  }

  /** Tells pages of alerts that one of these silences matches, and waits for the next to begin or end. */
  #tellChanged(isChanged: (silence: KeptSilence) => boolean): void {
    const { book, view } = this.#parts
    view.tellMarks(this.#underWayAlerts().filter(alert => book.matching(alert).some(isChanged)))
    this.#waitForNext()
  }

  #waitForNext(): void {
    const { book, now } = this.#parts
    clearTimeout(this.#timer)
    const at = instant(now())
    const next = book.nextChange(at)
    if (next === undefined) return
    this.#timer = setTimeout(() => this.#look(), Math.min(next - at, LOOKS_EVERY_MS))
    this.#timer.unref()
  }

  #look(): void {
    const { book, now } = this.#parts
    const [from, to] = [this.#toldUpTo, instant(now())]
    this.#toldUpTo = to
    const isWithin = (at: Instant) => at > from && at <= to
    this.#tellChanged(({ startsAt, endsAt }) => isWithin(startsAt) || isWithin(endsAt))
    book.forget(to)
  }

  #underWayAlerts(): AlertTransition[] {
    const { view } = this.#parts
    return view.processes.flatMap(({ name }) =>
      view.alerts(name).filter(({ state }) => state !== 'resolved' && state !== 'inactive'),
    )
  }
}

/** What is asked for at an instant. One that should have begun before begins then. */
function silenceOf(request: SilenceRequest, id: string, at: Instant): Silence {
  const { matchers, until, createdBy, comment } = request
  const startsAt = instant(Math.max(request.startsAt ?? at, at))
  const endsAt = 'endsAt' in until ? until.endsAt : instant(startsAt + until.duration)
  return { id, matchers, startsAt, endsAt, createdBy, comment, createdAt: at }
}

/** Whether a silence is what is asked for: it would have come out so when it was made. */
function isSame({ expired, ...silence }: KeptSilence, request: SilenceRequest): boolean {
  return canonicalJson(asFields(silence)) === canonicalJson(asFields(silenceOf(request, silence.id, silence.createdAt)))
}

const asFields = (value: object): JsonFields => JSON.parse(JSON.stringify(value)) as JsonFields

function auditOf({ id, matchers, startsAt, endsAt, createdBy, comment, createdAt }: Silence): AuditRecord {
  return {
    at: createdAt,
    actor: createdBy,
    action: 'silence-create',
    subject: `silence/${id}`,
    detail: {
      matchers: matchers.map(matcherText),
      starts_at: formatInstant(startsAt),
      ends_at: formatInstant(endsAt),
      comment,
    },
  }
}
