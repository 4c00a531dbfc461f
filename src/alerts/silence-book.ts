import type { Instant } from '../event/instant.ts'
import { compileMatchers, type Labels } from '../model/label-matcher.ts'
import { type Labelled, labelsToMatch } from './alert-labels.ts'
import { KeptSilences } from './kept-silences.ts'
import { type KeptSilence, type Silence, type SilenceEnd, silenceEndsAt, silenceState } from './silence.ts'

/** What of the silences up to one matches an alert's labels; which of these are in force the clock says. */
type Matching = { readonly upTo: number; readonly silences: readonly string[] }

/**
 * The silences, in the order in which they were made. An alert is looked at once for each silence, however often it is
 * asked about: its labels do not change.
 */
export class SilenceBook {
  readonly #silences: KeptSilences
  /** By id: its place in their order. */
  readonly #places = new Map<string, number>()
  /** Compiled when an alert is first looked at. */
  readonly #compiled = new Map<string, (labels: Labels) => boolean>()
  readonly #known = new WeakMap<Labelled, Matching>()
  #nextPlace = 0

  constructor(silences: Iterable<KeptSilence> = []) {
    this.#silences = new KeptSilences(silences)
    for (const { id } of this.all()) this.#places.set(id, this.#nextPlace++)
  }

  /** Its matchers have been compiled before: what is no pattern is refused where it is asked for. */
  add(silence: Silence): void {
    this.#silences.add(silence)
    this.#places.set(silence.id, this.#nextPlace++)
  }

  /** Ends it early; one that is not there any more has ended long ago. */
  end(end: SilenceEnd): void {
    this.#silences.end(end)
  }

  get(id: string): KeptSilence | undefined {
    return this.#silences.get(id)
  }

  all(): KeptSilence[] {
    return this.#silences.all()
  }

  /** Forgets what ended long ago. */
  forget(now: Instant): void {
    for (const id of this.#silences.forget(now)) {
      this.#places.delete(id)
      this.#compiled.delete(id)
    }
  }

  /** Those that match an alert, whether in force or not. */
  matching(alert: Labelled): KeptSilence[] {
    const known = this.#known.get(alert) ?? { upTo: 0, silences: [] }
    let { silences } = known
    if (known.upTo < this.#nextPlace) {
      const labels = labelsToMatch(alert)
      const added = [...this.#places].flatMap(([id, place]) =>
        place >= known.upTo && this.#matches(id, labels) ? [id] : [],
      )
      silences = [...silences.filter(id => this.#places.has(id)), ...added]
      this.#known.set(alert, { upTo: this.#nextPlace, silences })
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
    for (const silence of this.all()) {
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
