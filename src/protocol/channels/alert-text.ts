import { formatDuration } from '../../event/duration.ts'
import { instant } from '../../event/instant.ts'
import { zoneOffsetMs } from '../../event/zone-offset.ts'
import type { Alert } from '../alert.ts'
import type { Notification } from '../notification.ts'
import type { LocalText, Severity, Unit } from '../vocabulary.ts'
import { type ChannelWords, channelWords, type TextLanguage } from './words.ts'

/** What people are told of one alert; every channel puts it into its own form. */
export type AlertText = {
  /** `Critical · Firing`. */
  readonly status: string
  readonly severity: Severity
  readonly isOver: boolean
  readonly summary: string
  /** What is known beside it, in the order in which it is read. */
  readonly facts: readonly { readonly label: string; readonly text: string }[]
  readonly links: readonly { readonly label: string; readonly url: string }[]
}

/** What the message says of the process that an alert is of. */
export type About = Pick<Notification['data'], 'timezone' | 'page' | 'process_title' | 'escalated_after_ms'>

export function alertText(alert: Alert, about: About, language: TextLanguage): AlertText {
  const words = channelWords[language]
  const say = (text: LocalText) => inWritten(text, language)
  const state = alert.state === 'resolved' || alert.state === 'no_data' ? alert.state : 'firing'
  const { runbook, action } = alert
  const { escalated_after_ms: waitedMs } = about
  const runbookUrl = runbook !== null && /^https?:\/\//.test(runbook) ? runbook : undefined
  return {
    status: `${words.severity[alert.severity]} · ${words.state[state]}`,
    severity: alert.severity,
    isOver: state === 'resolved',
    summary: say(alert.summary),
    facts: [
      ...(waitedMs === undefined || state === 'resolved'
        ? []
        : [{ label: words.escalated, text: words.after(formatDuration(waitedMs, language)) }]),
      { label: alert.measure === null ? words.stage : words.measure, text: subjectText(alert, about, say) },
      { label: words.segment, text: segmentText(alert, words) },
      { label: words.since, text: localTime(alert.since, about.timezone) },
      ...(state === 'resolved' ? [{ label: words.until, text: localTime(alert.at, about.timezone) }] : []),
      { label: words.owner, text: say(alert.owner_title) },
      ...alert.explanation.terms.map(term => ({ label: words.measured, text: termText(term, language) })),
      ...(action === null ? [] : [{ label: words.action, text: say(action) }]),
      ...(runbook === null || runbookUrl !== undefined ? [] : [{ label: words.runbook, text: runbook }]),
    ],
    links: [
      ...(about.page === null ? [] : [{ label: words.open, url: pageOf(alert, about.page, language) }]),
      ...(runbookUrl === undefined ? [] : [{ label: words.runbook, url: runbookUrl }]),
    ],
  }
}

/** The text in the language, English where there is none. */
const inWritten = (text: LocalText, language: TextLanguage): string => text[language] ?? text.en

function subjectText({ subject_title }: Alert, { process_title }: About, say: (text: LocalText) => string): string {
  const [subject, process] = [say(subject_title), say(process_title)]
  return subject === process ? process : `${subject} (${process})`
}

function segmentText({ segment }: Alert, words: ChannelWords): string {
  const labels = Object.entries(segment).map(([dimension, value]) => `${dimension}: ${value ?? words.unknown}`)
  return labels.length === 0 ? words.all : labels.join(', ')
}

/** `live_p90 = 5h 12m (live_p90 > duration("4h"))`. */
function termText({ text, values }: Alert['explanation']['terms'][number], language: TextLanguage): string {
  const measured = values.map(value => `${value.statistic} = ${valueText(value, language)}`)
  return `${measured.join(', ')} (${text})`
}

type Value = Alert['explanation']['terms'][number]['values'][number]

function valueText({ value, unit, at_least, at_most }: Value, language: TextLanguage): string {
  if (value === null) return '–'
  const written = numberText(value, unit, language)
  if (at_most !== undefined) return `${written}–${numberText(at_most, unit, language)}`
  return at_least === true ? `≥ ${written}` : written
}

function numberText(value: number, unit: Unit, language: TextLanguage): string {
  switch (unit) {
    case 'duration':
      return formatDuration(value, language)
    case 'ratio':
      return `${Number((value * 100).toFixed(1))} %`
    case 'rate':
      return `${rounded(value)}/h`
    case 'count':
    case 'amount':
      return rounded(value)
  }
}

const rounded = (value: number): string => String(Number(value.toFixed(Math.abs(value) >= 100 ? 0 : 2)))

/** `2026-11-23 14:59:57 (Asia/Shanghai)`: what the clocks there show, with the zone by its name. */
export function localTime(iso: string, timezone: string): string {
  const at = Date.parse(iso)
  const shown = new Date(instant(at + zoneOffsetMs(at, timezone))).toISOString()
  return `${shown.slice(0, 10)} ${shown.slice(11, 19)} (${timezone})`
}

/** The page with the alert open. */
export function pageOf({ id, process }: Alert, page: string, language: TextLanguage): string {
  const url = new URL(page)
  for (const [key, value] of Object.entries({ lang: language, process, alert: id })) url.searchParams.set(key, value)
  return url.href
}
