import { type KeptSilence, silenceState } from '../alerts/silence.ts'
import { formatInstant, type Instant } from '../event/instant.ts'
import type { SilenceView } from './silence.ts'

/** @param alerts ids of the alerts under way that it matches. */
export function silenceView(silence: KeptSilence, now: Instant, alerts: readonly string[]): SilenceView {
  const { id, matchers, startsAt, endsAt, createdBy, createdAt, comment, expired } = silence
  return {
    id,
    state: silenceState(silence, now),
    matchers: matchers.map(({ name, value, isRegex, isEqual }) => ({ name, value, isRegex, isEqual })),
    starts_at: formatInstant(startsAt),
    ends_at: formatInstant(endsAt),
    created_by: createdBy,
    created_at: formatInstant(createdAt),
    comment,
    ...(expired !== undefined && { expired: { by: expired.by, at: formatInstant(expired.at) } }),
    alerts: [...alerts],
  }
}
