import type { Json } from '../../event/json.ts'
import type { Notification } from '../notification.ts'
import type { AlertText } from './alert-text.ts'
import { cutTo, notificationText } from './notification-text.ts'
import { channelWords, type TextLanguage } from './words.ts'

/** Slack takes 50 blocks; an alert takes one or two, and a message that long is read by nobody. */
const MOST_ALERTS = 10
/** Of the text of a section Slack takes 3,000 characters. */
const MOST_CHARACTERS = 2_900

/** The body for an incoming webhook of Slack: `text` is what notifications and readers of screens show. */
export function slackBody(notifications: readonly Notification[], language: TextLanguage): Json {
  const { title, alerts, more: moreThan } = notificationText(notifications, language, MOST_ALERTS)
  const more = moreThan(0)
  const last = more === undefined ? [] : [{ color: '#888888', blocks: [section(escaped(more))] }]
  return {
    text: escaped(cutTo(title, 500)),
    attachments: [...alerts.map(alert => ({ color: colourOf(alert), blocks: blocksOf(alert, language) })), ...last],
  }
}

/** The colour repeats what the words say. */
const colourOf = ({ isOver, severity }: AlertText): string =>
  isOver ? '#2e7d32' : { critical: '#c62828', warning: '#e67e00', info: '#1565c0' }[severity]

function blocksOf({ status, summary, facts, links }: AlertText, language: TextLanguage): Json[] {
  const { colon } = channelWords[language]
  const lines = facts.map(({ label, text }) => `*${label}*${colon}${escaped(text)}`)
  const text = [`*${status}*`, `*${escaped(cutTo(summary, 500))}*`, ...lines].join('\n')
  const written = links.map(({ label, url }) => `<${linkTarget(url)}|${label}>`).join('  ·  ')
  return [section(cutTo(text, MOST_CHARACTERS)), ...(written === '' ? [] : [section(written)])]
}

/** Verbatim: nothing in it becomes a link or a mention of itself. */
const section = (text: string): Json => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } })

/** Segments come from events: without this one of them could mention a whole channel. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const linkTarget = (url: string): string => escaped(url).replaceAll('|', '%7C')
