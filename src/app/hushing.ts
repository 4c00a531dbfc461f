import type { Labelled } from '../alerts/alert-labels.ts'
import type { AlertMarks } from '../alerts/alert-marks.ts'
import { FlapBook, type Flapping } from '../alerts/flap-book.ts'
import { InhibitionBook } from '../alerts/inhibition-book.ts'
import type { AlertOverlay } from '../alerts/overlay.ts'
import { isSnoozed } from '../alerts/overlay.ts'
import { silenceEndsAt } from '../alerts/silence.ts'
import type { SilenceBook } from '../alerts/silence-book.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { Hush } from '../engine/hush.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { InhibitRule } from '../model/inhibit-rule.ts'
import type { QuietReason } from '../rules/quiet-reasons.ts'

export type HushingParts = {
  readonly silences: SilenceBook
  /** What people have made of an alert. */
  readonly overlayOf: (alert: string) => AlertOverlay
  readonly processes: readonly ProcessDefinition[]
  readonly inhibitRules: readonly InhibitRule[]
  /** Those of before, in their order. */
  readonly transitions: readonly AlertTransition[]
  readonly now: () => number
}

/*
 * Joins all that keeps people from being told of an alert.
 *
 * What follows from transitions is kept twice: as of those that messages are made of, which are on their way into the journal,
 * and as of those that are durable, which is what is shown.
 */
export class Hushing implements Hush {
  readonly #parts: HushingParts
  readonly #deciding: Books
  readonly #shown: Books
  /** Alerts that were shown to flap. */
  readonly #flapping = new Map<string, AlertTransition>()
  /** The inhibitor that each alert was shown with. */
  readonly #inhibitors = new Map<string, string>()

  constructor(parts: HushingParts) {
    this.#parts = parts
    this.#deciding = booksOf(parts)
    this.#shown = booksOf(parts)
    this.#noteInhibitors()
    this.#noteFlapping(parts.transitions)
  }

  /** Transitions on their way into the journal, before anybody asks who is told of them. */
  take(transitions: readonly AlertTransition[]): void {
    this.#deciding.inhibition.take(transitions)
    this.#deciding.flaps.take(transitions)
  }

  /** Transitions that are durable, before they are shown. @returns other alerts on which other marks lie now. */
  published(transitions: readonly AlertTransition[]): AlertTransition[] {
    this.#shown.inhibition.take(transitions)
    this.#shown.flaps.take(transitions)
    this.#noteFlapping(transitions)
    const own = new Set(transitions.map(({ id }) => id))
    return this.#noteInhibitors().filter(({ id }) => !own.has(id))
  }

  /** @returns alerts that were shown to flap, and do not any more. */
  calmed(): AlertTransition[] {
    const calm = [...this.#flapping.values()].filter(alert => !this.#isFlapping(alert))
    for (const { id } of calm) this.#flapping.delete(id)
    return calm
  }

  marksOf(alert: AlertTransition): AlertMarks {
    const { silences } = this.#parts
    const now = instant(this.#parts.now())
    return {
      silencedBy: silences.silencing(alert, now).map(({ id }) => id),
      inhibitedBy: this.#shown.inhibition.inhibitorOf(alert)?.id,
      flapping: this.#shown.flaps.flappingOf(alert, now),
    }
  }

  /** What a message says of an alert that flaps. */
  flappingOf(alert: AlertTransition, now: Instant): Flapping | undefined {
    return this.#deciding.flaps.flappingOf(alert, now)
  }

  /** Whether nobody is told that an alert is over. */
  holdsEnd(alert: AlertTransition, now: Instant): boolean {
    return this.#deciding.flaps.holdsEnd(alert, now)
  }

  /** Whether nobody is told that an alert is open; its end is told to whoever knows of it, unless it is held as well. */
  isQuiet(alert: AlertTransition, now: Instant): boolean {
    const { silences, overlayOf } = this.#parts
    return (
      isSnoozed(overlayOf(alert.id), now) ||
      silences.silencing(alert, now).length > 0 ||
      this.#deciding.inhibition.inhibitorOf(alert) !== undefined ||
      this.#deciding.flaps.isQuiet(alert, now)
    )
  }

  reasons(labelled: Labelled, alert: AlertTransition | undefined): readonly QuietReason[] {
    const { silences, overlayOf } = this.#parts
    const now = instant(this.#parts.now())
    const overlay = alert && overlayOf(alert.id)
    const until = overlay && isSnoozed(overlay, now) ? overlay.snoozedUntil : undefined
    const inhibitor = alert && this.#shown.inhibition.inhibitorOf(alert)
    const flapping = alert && this.#shown.flaps.flappingOf(alert, now)
    return [
      ...(until === undefined ? [] : [{ kind: 'snoozed', until } as const]),
      ...silences.silencing(labelled, now).map(silence => {
        return { kind: 'silenced', silence: silence.id, by: silence.createdBy, until: silenceEndsAt(silence) } as const
      }),
      ...(inhibitor === undefined ? [] : [{ kind: 'inhibited', alert: inhibitor.id, rule: inhibitor.rule } as const]),
      ...(flapping === undefined ? [] : [{ kind: 'flapping', ...flapping } as const]),
    ]
  }

  #noteFlapping(transitions: readonly AlertTransition[]): void {
    for (const alert of transitions) {
      if (this.#isFlapping(alert)) this.#flapping.set(alert.id, alert)
      else this.#flapping.delete(alert.id)
    }
  }

  #isFlapping(alert: AlertTransition): boolean {
    return this.#shown.flaps.flappingOf(alert, instant(this.#parts.now())) !== undefined
  }

  /** @returns the alerts that are shown with another inhibitor than before. */
  #noteInhibitors(): AlertTransition[] {
    const open = this.#shown.inhibition.openAlerts()
    const changed = open.filter(
      alert => this.#shown.inhibition.inhibitorOf(alert)?.id !== this.#inhibitors.get(alert.id),
    )
    this.#inhibitors.clear()
    for (const alert of open) {
      const inhibitor = this.#shown.inhibition.inhibitorOf(alert)
      if (inhibitor !== undefined) this.#inhibitors.set(alert.id, inhibitor.id)
    }
    return changed
  }
}

type Books = { readonly inhibition: InhibitionBook; readonly flaps: FlapBook }

const booksOf = ({ processes, inhibitRules, transitions }: HushingParts): Books => ({
  inhibition: new InhibitionBook(processes, inhibitRules, transitions),
  flaps: new FlapBook(transitions),
})
