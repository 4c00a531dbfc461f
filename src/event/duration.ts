import type { Branded } from './brand.ts'

/** A length of time in whole milliseconds, never negative. */
export type DurationMs = Branded<number, 'DurationMs'>

export const durationMs = (ms: number): DurationMs => ms as DurationMs

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/**
 * Reads `90s`, `1h30m`, `2d`, `250ms`: whole numbers with a unit each, the units of `unitMs`.
 *
 * @returns undefined when the text is anything else.
 */
export function parseDuration(text: string): DurationMs | undefined {
  if (!/^(\d+(ms|s|m|h|d|w))+$/.test(text)) return undefined
  let total = 0
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdw])/g)) {
    total += Number(count) * unitMs[unit as keyof typeof unitMs]
  }
  return Number.isSafeInteger(total) ? durationMs(total) : undefined
}

/** The text that `parseDuration` reads back to exactly `ms`, a whole number: `59m58s`, `36500d`, `0ms`. */
export function exactDuration(ms: number): string {
  let rest = ms
  let text = ''
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / unitMs[unit])
    if (count > 0) text += `${count}${unit}`
    rest -= count * unitMs[unit]
  }
  return text === '' ? '0ms' : text
}

/** For people to read, and so rounded: the shortest text with at most two units: `1h 30m`, `4.2s`, `850ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`
  if (ms < 60_000) return `${Math.round(ms / 100) / 10}s`
  const minutes = Math.round(ms / 60_000)
  if (minutes < 60) {
    const seconds = Math.round(ms / 1_000)
    const rest = seconds % 60
    return rest === 0 ? `${seconds / 60}m` : `${Math.floor(seconds / 60)}m ${rest}s`
  }
  if (minutes < 1_440) return minutes % 60 === 0 ? `${minutes / 60}h` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`
  const hours = Math.round(ms / 3_600_000)
  return hours % 24 === 0 ? `${hours / 24}d` : `${Math.floor(hours / 24)}d ${hours % 24}h`
}
