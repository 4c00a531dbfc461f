import type { Unit } from '../../protocol/vocabulary.ts'
import type { Catalogue } from './catalogue.ts'

/** The two largest units: `1h 30m`, `4.2s`, `1 小时 30 分钟`. */
export function formatDuration(ms: number, { units, locale }: Catalogue): string {
  const unit = (count: number, name: 'd' | 'h' | 'm' | 's' | 'ms') =>
    `${new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(count)}${units.gap}${units[name]}`
  const pair = (large: number, largeName: 'd' | 'h' | 'm', small: number, smallName: 'h' | 'm' | 's') =>
    small === 0 ? unit(large, largeName) : `${unit(large, largeName)} ${unit(small, smallName)}`
  if (ms < 1_000) return unit(Math.round(ms), 'ms')
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return unit(ms < 10_000 ? Math.round(ms / 100) / 10 : seconds, 's')
  if (seconds < 3_600) return pair(Math.floor(seconds / 60), 'm', seconds % 60, 's')
  const minutes = Math.round(ms / 60_000)
  if (minutes < 1_440) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'm')
  const hours = Math.round(ms / 3_600_000)
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

/** How long something has lasted, in whole seconds: it changes every second, so a fraction would only flicker. */
export const formatElapsed = (ms: number, catalogue: Catalogue): string =>
  formatDuration(Math.max(0, Math.floor(ms / 1_000) * 1_000), catalogue).replace(
    /^0\S*( \S+)?$/,
    `0${catalogue.units.gap}${catalogue.units.s}`,
  )

export const formatCount = (count: number, { locale }: Catalogue): string =>
  new Intl.NumberFormat(locale, { maximumFractionDigits: count < 10 && !Number.isInteger(count) ? 1 : 0 }).format(count)

/** `2.2×`, `14×`. */
export const formatRatio = (ratio: number, { locale }: Catalogue): string =>
  `${new Intl.NumberFormat(locale, { maximumFractionDigits: ratio < 10 ? 1 : 0 }).format(ratio)}×`

/** A change, with its sign: `+12%`, `−4%`. */
export const formatShare = (change: number, { locale }: Catalogue): string =>
  new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' })
    .format(change)
    .replace('-', '−')

/** `¥1,234.50`, or a plain number where there is no currency. */
export const formatAmount = (amount: number, currency: string | null, { locale }: Catalogue): string =>
  new Intl.NumberFormat(
    locale,
    currency === null ? { maximumFractionDigits: 2 } : { style: 'currency', currency, currencyDisplay: 'narrowSymbol' },
  ).format(amount)

/** A statistic's value in its own unit. */
export function formatValue(value: number | null | undefined, unit: Unit | null, catalogue: Catalogue): string {
  if (value === null || value === undefined) return catalogue.noValue
  switch (unit) {
    case 'duration':
      return formatDuration(value, catalogue)
    case 'ratio':
      return new Intl.NumberFormat(catalogue.locale, { style: 'percent', maximumFractionDigits: 1 }).format(value)
    case 'rate':
      return `${formatCount(value, catalogue)}/${catalogue.units.h}`
    case 'amount':
      return formatAmount(value, null, catalogue)
    case 'count':
    case null:
      return formatCount(value, catalogue)
  }
}

/** Time of day in the process's zone; with the day where that is not today's, and the year where it is not this one. */
export function formatTime(at: number, timeZone: string, now: number, { locale }: Catalogue, seconds = true): string {
  const day = new Intl.DateTimeFormat(locale, { timeZone, year: 'numeric', month: 'short', day: 'numeric' })
  const time = new Intl.DateTimeFormat(locale, {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(seconds ? { second: '2-digit' } : {}),
  })
  if (day.format(at) === day.format(now)) return time.format(at)
  const year = new Intl.DateTimeFormat(locale, { timeZone, year: 'numeric' })
  if (year.format(at) !== year.format(now)) return `${day.format(at)} ${time.format(at)}`
  return `${new Intl.DateTimeFormat(locale, { timeZone, month: 'short', day: 'numeric' }).format(at)} ${time.format(at)}`
}

/** `Asia/Shanghai (GMT+8)`. */
export function formatZone(timeZone: string, at: number, { locale }: Catalogue): string {
  const parts = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'shortOffset' }).formatToParts(at)
  return `${timeZone} (${parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC'})`
}
