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

/** How durations are written: what stands after a number, and between two of them. */
const writtenUnits = {
  en: { d: 'd', h: 'h', m: 'm', s: 's', ms: 'ms' },
  zh: { d: ' 天', h: ' 小时', m: ' 分钟', s: ' 秒', ms: ' 毫秒' },
} as const

/** For people to read, and so rounded: the shortest text with at most two units: `1h 30m`, `4.2s`, `850ms`; `1 小时 30 分钟`. */
export function formatDuration(ms: number, language: keyof typeof writtenUnits = 'en'): string {
  const units = writtenUnits[language]
  return largestUnits(ms)
    .map(([count, unit]) => `${count}${units[unit]}`)
    .join(' ')
}

type Counted = readonly [count: number, unit: 'd' | 'h' | 'm' | 's' | 'ms']

/** One or two units, the larger first. */
function largestUnits(ms: number): readonly Counted[] {
  if (ms < 1_000) return [[Math.round(ms), 'ms']]
  const tenths = Math.round(ms / 100)
  if (tenths < 600) return [[tenths / 10, 's']]
  const minutes = Math.round(ms / 60_000)
  if (minutes < 60) return pair(Math.round(ms / 1_000), 60, 'm', 's')
  if (minutes < 1_440) return pair(minutes, 60, 'h', 'm')
  return pair(Math.round(ms / 3_600_000), 24, 'd', 'h')
}

function pair(count: number, inLarger: number, larger: Counted[1], smaller: Counted[1]): readonly Counted[] {
  const whole: Counted = [Math.floor(count / inLarger), larger]
  return count % inLarger === 0 ? [whole] : [whole, [count % inLarger, smaller]]
}
