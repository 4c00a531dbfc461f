import { matcherText } from '../model/label-matcher.ts'
import { type SilenceAnswer, type SilenceView, silenceAnswerSchema, silenceListSchema } from '../protocol/silence.ts'
import { getFrom, postTo } from './api-request.ts'

/** A silence that somebody wants, as the API takes it. */
export type WantedSilence = {
  readonly matchers: readonly string[]
  readonly starts_at?: string
  readonly ends_at?: string
  readonly duration?: string
  /** Whoever the token belongs to, where one is sent. */
  readonly created_by?: string
  readonly comment: string
  readonly id: string
}

/** @throws CouldNotRun where it is refused, with the reason. */
export const addSilence = async (url: URL, wanted: WantedSilence): Promise<SilenceAnswer> =>
  silenceAnswerSchema.parse(await postTo(new URL('/api/v1/silences', url), wanted))

export async function listSilences(url: URL, state: SilenceView['state'] | 'all'): Promise<readonly SilenceView[]> {
  const place = new URL('/api/v1/silences', url)
  if (state !== 'all') place.searchParams.set('state', state)
  return silenceListSchema.parse(await getFrom(place)).silences
}

/** @throws CouldNotRun where there is none, or it is over. */
export const expireSilence = async (
  url: URL,
  silence: string,
  by: string | undefined,
  id: string,
): Promise<SilenceAnswer> =>
  silenceAnswerSchema.parse(
    await postTo(new URL(`/api/v1/silences/${encodeURIComponent(silence)}/expire`, url), { by, id }),
  )

export const silenceListText = (silences: readonly SilenceView[]): string =>
  silences.length === 0 ? 'no silences\n' : silences.map(silenceText).join('')

export function silenceText({ id, state, matchers, starts_at: from, ends_at: to, ...rest }: SilenceView): string {
  const { created_by: by, comment, alerts, expired } = rest
  return [
    `${id}  ${state}  ${matchers.map(matcherText).join(' ')}\n`,
    `    from ${from} to ${to}, ${by}: ${comment}\n`,
    ...(expired === undefined ? [] : [`    ended by ${expired.by}, ${expired.at}\n`]),
    ...(alerts.length === 0 ? [] : [`    alerts under way: ${alerts.join(', ')}\n`]),
  ].join('')
}
