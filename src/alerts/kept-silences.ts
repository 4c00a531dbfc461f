import type { Instant } from '../event/instant.ts'
import { type KeptSilence, type Silence, type SilenceEnd, silenceEndsAt, silenceState } from './silence.ts'

/** How long those are kept that have ended. */
const KEEPS_ENDED_MS = 86_400_000
/** And how many of them at most; the oldest leave first. */
const MOST_ENDED = 1_000

/** The silences, in the order in which they were made. */
export class KeptSilences {
  readonly #silences = new Map<string, KeptSilence>()

  constructor(silences: Iterable<KeptSilence> = []) {
    for (const { expired, ...silence } of silences) {
      this.add(silence)
      if (expired !== undefined) this.end(expired)
    }
  }

  add(silence: Silence): void {
    this.#silences.set(silence.id, { ...silence, expired: undefined })
  }

  /** Ends it early; one that is not there any more has ended long ago. */
  end(end: SilenceEnd): void {
    const kept = this.#silences.get(end.silence)
    if (kept !== undefined) this.#silences.set(kept.id, { ...kept, expired: end })
  }

  get(id: string): KeptSilence | undefined {
    return this.#silences.get(id)
  }

  all(): KeptSilence[] {
    return [...this.#silences.values()]
  }

  /** Forgets what ended long ago. @returns the ids of these. */
  forget(now: Instant): string[] {
    const ended = this.all().filter(silence => silenceState(silence, now) === 'expired')
    const byEnd = ended.toSorted((left, right) => silenceEndsAt(right) - silenceEndsAt(left))
    const forgotten = byEnd.flatMap((silence, index) =>
      index < MOST_ENDED && silenceEndsAt(silence) >= now - KEEPS_ENDED_MS ? [] : [silence.id],
    )
    for (const id of forgotten) this.#silences.delete(id)
    return forgotten
  }
}
