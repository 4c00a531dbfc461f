/*
 * Between instants and what a date field of the browser holds, which is a local time without a zone: the page's times
 * are of the zone that it names, which need not be the browser's.
 */

/** `2026-11-23T15:04`, as `<input type="datetime-local">` wants it. */
export function localText(at: number, timeZone: string): string {
  const parts = new Map(
    new Intl.DateTimeFormat('en', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  )
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? ''
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`
}

/**
 * The instant at which the zone's clocks show this.
 *
 * A time that they skip in spring is taken for one as much later; of one that they show twice in autumn, one is taken.
 *
 * @param text as `localText` writes it.
 * @returns undefined where it is no such text.
 */
export function instantAt(text: string, timeZone: string): number | undefined {
  const asUtc = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text) ? Date.parse(`${text}Z`) : Number.NaN
  if (Number.isNaN(asUtc)) return undefined
  const aheadAt = (at: number) => Date.parse(`${localText(at, timeZone)}Z`) - Math.floor(at / 60_000) * 60_000
  // Its offset may be another one than at the first guess, on the other side of a change of clocks.
  const guess = asUtc - aheadAt(asUtc)
  return asUtc - aheadAt(guess)
}
