/** How far clocks in the zone are ahead of UTC at an instant, in ms; to the second. */
export function aheadOfUtcMs(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at)
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find(one => one.type === type)?.value)
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return shown - Math.floor(at / 1_000) * 1_000
}

/** What clocks in the zone show, to the minute, as an input of date and time wants it: `2026-03-01T11:00`. */
export const zonedText = (at: number, timeZone: string): string =>
  new Date(at + aheadOfUtcMs(at, timeZone)).toISOString().slice(0, 16)

/** The instant at which clocks in the zone show this; of an hour that comes twice the earlier. undefined: no time. */
export function zonedInstant(text: string, timeZone: string): number | undefined {
  const asUtc = Date.parse(`${text}Z`)
  if (Number.isNaN(asUtc)) return undefined
  const offsets = [asUtc - 86_400_000, asUtc + 86_400_000].map(near => aheadOfUtcMs(near, timeZone))
  const meant = offsets.map(ahead => asUtc - ahead)
  const exact = meant.filter((at, index) => aheadOfUtcMs(at, timeZone) === offsets[index])
  // Within the hour that is left out in spring no clock shows it: the instant as if the clocks had not been put forward.
  return Math.min(...(exact.length === 0 ? meant : exact))
}
