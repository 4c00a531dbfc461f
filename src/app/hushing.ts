import type { Labelled } from '../alerts/alert-labels.ts'
import type { AlertMarks } from '../alerts/alert-marks.ts'
import type { AlertOverlay } from '../alerts/overlay.ts'
import { isSnoozed } from '../alerts/overlay.ts'
import { silenceEndsAt } from '../alerts/silence.ts'
import type { SilenceBook } from '../alerts/silence-book.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import type { Hush } from '../engine/hush.ts'
import { type Instant, instant } from '../event/instant.ts'
import type { QuietReason } from '../rules/quiet-reasons.ts'

export type HushingParts = {
  readonly silences: SilenceBook
  /** What people have made of an alert. */
  readonly overlayOf: (alert: string) => AlertOverlay
  readonly now: () => number
}

/** Joins all that keeps people from being told of an alert. */
export class Hushing implements Hush {
  readonly #parts: HushingParts

  constructor(parts: HushingParts) {
    this.#parts = parts
  }

  marksOf(alert: AlertTransition): AlertMarks {
    const { silences, now } = this.#parts
    return { silencedBy: silences.silencing(alert, instant(now())).map(({ id }) => id) }
  }

  /** Whether nobody is told that an alert is open; its end is told to whoever knows of it. */
  isQuiet(alert: AlertTransition, now: Instant): boolean {
    const { silences, overlayOf } = this.#parts
    return isSnoozed(overlayOf(alert.id), now) || silences.silencing(alert, now).length > 0
  }

  reasons(labelled: Labelled, alert: AlertTransition | undefined): readonly QuietReason[] {
    const { silences, overlayOf } = this.#parts
    const now = instant(this.#parts.now())
    const overlay = alert && overlayOf(alert.id)
    const until = overlay && isSnoozed(overlay, now) ? overlay.snoozedUntil : undefined
    return [
      ...(until === undefined ? [] : [{ kind: 'snoozed', until } as const]),
      ...silences.silencing(labelled, now).map(silence => {
        return { kind: 'silenced', silence: silence.id, by: silence.createdBy, until: silenceEndsAt(silence) } as const
      }),
    ]
  }
}
