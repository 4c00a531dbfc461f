import type { Labelled } from '../alerts/alert-labels.ts'
import type { AlertMarks } from '../alerts/alert-marks.ts'
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
  readonly #deciding: InhibitionBook
  readonly #shown: InhibitionBook
  /** The inhibitor that each alert was shown with. */
  readonly #inhibitors = new Map<string, string>()

  constructor(parts: HushingParts) {
    const { processes, inhibitRules, transitions } = parts
    this.#parts = parts
    this.#deciding = new InhibitionBook(processes, inhibitRules, transitions)
    this.#shown = new InhibitionBook(processes, inhibitRules, transitions)
    this.#noteInhibitors()
  }

  /** Transitions on their way into the journal, before anybody asks who is told of them. */
  take(transitions: readonly AlertTransition[]): void {
    this.#deciding.take(transitions)
  }

  /** Transitions that are durable, before they are shown. @returns other alerts on which other marks lie now. */
  published(transitions: readonly AlertTransition[]): AlertTransition[] {
    this.#shown.take(transitions)
    const own = new Set(transitions.map(({ id }) => id))
    return this.#noteInhibitors().filter(({ id }) => !own.has(id))
  }

  marksOf(alert: AlertTransition): AlertMarks {
    const { silences, now } = this.#parts
    return {
      silencedBy: silences.silencing(alert, instant(now())).map(({ id }) => id),
      inhibitedBy: this.#shown.inhibitorOf(alert)?.id,
    }
  }

  /** Whether nobody is told that an alert is open; its end is told to whoever knows of it. */
  isQuiet(alert: AlertTransition, now: Instant): boolean {
    const { silences, overlayOf } = this.#parts
    return (
      isSnoozed(overlayOf(alert.id), now) ||
      silences.silencing(alert, now).length > 0 ||
      this.#deciding.inhibitorOf(alert) !== undefined
    )
  }

  reasons(labelled: Labelled, alert: AlertTransition | undefined): readonly QuietReason[] {
    const { silences, overlayOf } = this.#parts
    const now = instant(this.#parts.now())
    const overlay = alert && overlayOf(alert.id)
    const until = overlay && isSnoozed(overlay, now) ? overlay.snoozedUntil : undefined
    const inhibitor = alert && this.#shown.inhibitorOf(alert)
    return [
      ...(until === undefined ? [] : [{ kind: 'snoozed', until } as const]),
      ...silences.silencing(labelled, now).map(silence => {
        return { kind: 'silenced', silence: silence.id, by: silence.createdBy, until: silenceEndsAt(silence) } as const
      }),
      ...(inhibitor === undefined ? [] : [{ kind: 'inhibited', alert: inhibitor.id, rule: inhibitor.rule } as const]),
    ]
  }

  /** @returns the alerts that are shown with another inhibitor than before. */
  #noteInhibitors(): AlertTransition[] {
    const open = this.#shown.openAlerts()
    const changed = open.filter(alert => this.#shown.inhibitorOf(alert)?.id !== this.#inhibitors.get(alert.id))
    this.#inhibitors.clear()
    for (const alert of open) {
      const inhibitor = this.#shown.inhibitorOf(alert)
      if (inhibitor !== undefined) this.#inhibitors.set(alert.id, inhibitor.id)
    }
    return changed
  }
}
