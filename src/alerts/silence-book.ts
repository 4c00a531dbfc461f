import type { Instant } from '../event/instant.ts'
import { compileMatchers, type Labels } from '../model/label-matcher.ts'
import { type Labelled, labelsToMatch } from './alert-labels.ts'
import { type KeptSilence, type Silence, type SilenceEnd, silenceEndsAt, silenceState } from './silence.ts'

/** How long those are kept that have ended. */
const KEEPS_ENDED_MS = 86_400_000
/** And how many of them at most; the oldest leave first. */
const MOST_ENDED = 1_000

/** What of the silences up to one matches an alert's labels; which of these are in force the clock says. */
type Matching = { readonly upTo: number; readonly silences: readonly string[] }

/**
 * The silences, in the order in which they were made. An alert is looked at once for each silence, however often it is
 * asked about: its labels do not change.
 */
export class SilenceBook {
  /** With the place of each in their order. */
  readonly #silences = new Map<string, { silence: KeptSilence; readonly place: number }>()
  /** Compiled when an alert is first looked at. */
  readonly #compiled = new Map<string, (labels: Labels) => boolean>()
  readonly #known = new WeakMap<Labelled, Matching>()
  #places = 0

  constructor(silences: Iterable<KeptSilence> = []) {
    for (const { expired, ...silence } of silences) {
      this.add(silence)
      if (expired !== undefined) this.end(expired)
    }
  }

  /** Its matchers have been compiled before: what is no pattern is refused where it is asked for. */
  add(silence: Silence): void {
    this.#silences.set(silence.id, { silence: { ...silence, expired: undefined }, place: this.#places++ })
  }

  /** Ends it early; one that is not there any more has ended long ago. */
  end(end: SilenceEnd): void {
    const kept = this.#silences.get(end.silence)
    if (kept !== undefined) kept.silence = { ...kept.silence, expired: end }
  }

  get(id: string): KeptSilence | undefined {
    return this.#silences.get(id)?.silence
  }

  all(): KeptSilence[] {
    return [...this.#silences.values()].map(({ silence }) => silence)
  }

  /** Forgets what ended long ago. */
  forget(now: Instant): void {
    const ended = this.all().filter(silence => silenceState(silence, now) === 'expired')
    const byEnd = ended.toSorted((left, right) => silenceEndsAt(right) - silenceEndsAt(left))
    for (const [index, silence] of byEnd.entries()) {
      if (index < MOST_ENDED && silenceEndsAt(silence) >= now - KEEPS_ENDED_MS) continue
      this.#silences.delete(silence.id)
      this.#compiled.delete(silence.id)
    }
  }

  /** Those that match an alert, whether in force or not. */
  matching(alert: Labelled): KeptSilence[] {
    const known = this.#known.get(alert) ?? { upTo: 0, silences: [] }
    let { silences } = known
    if (known.upTo < this.#places) {
      const labels = labelsToMatch(alert)
      const added = [...this.#silences].flatMap(([id, { place }]) =>
        place >= known.upTo && this.#matches(id, labels) ? [id] : [],
      )
      silences = [...silences.filter(id => this.#silences.has(id)), ...added]
      this.#known.set(alert, { upTo: this.#places, silences })
    }
    return silences.flatMap(id => this.get(id) ?? [])
  }

  /** Those because of which nobody is told of an alert now. */
  silencing(alert: Labelled, now: Instant): KeptSilence[] {
    return this.matching(alert).filter(silence => silenceState(silence, now) === 'active')
  }

  /** When the next one begins or ends; undefined: none does. */
  nextChange(now: Instant): Instant | undefined {
    let next: Instant | undefined
    for (const { silence } of this.#silences.values()) {
      for (const at of [silence.startsAt, silenceEndsAt(silence)]) {
        const isOver = silenceState(silence, now) === 'expired'
        if (!isOver && at > now && (next === undefined || at < next)) next = at
      }
    }
    return next
  }

  #matches(id: string, labels: Labels): boolean {
    const matches = this.#compiled.get(id) ?? compileMatchers(this.get(id)?.matchers ?? [])
    this.#compiled.set(id, matches)
    return matches(labels)
  }
}
