import type { Notification } from '../notification.ts'
import { alertsIn } from '../urgency.ts'
import type { AlertText } from './alert-text.ts'
import { cutTo, notificationText } from './notification-text.ts'
import { channelWords, type TextLanguage } from './words.ts'

const MOST_ALERTS = 50
/** Threads that a message belongs to: the header has its bounds. */
const MOST_EPISODES = 20

/** What a mail says, and to which episodes it belongs: programs show those of one episode as one thread. */
export type Mail = {
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly episodes: readonly string[]
}

export function mailOf(notifications: readonly Notification[], language: TextLanguage): Mail {
  const { title, alerts, more: moreThan } = notificationText(notifications, language, MOST_ALERTS)
  const more = moreThan(0)
  const last = more === undefined ? [] : [more]
  const episodes = [...new Set(notifications.flatMap(alertsIn).map(({ id }) => id))]
  return {
    subject: cutTo(title, 250),
    text: [...alerts.map(alert => plain(alert, language)), ...last].join('\n\n'),
    html: [...alerts.map(alert => marked(alert, language)), ...last.map(text => `<p>${escaped(text)}</p>`)].join('\n'),
    episodes: episodes.slice(0, MOST_EPISODES),
  }
}

function plain({ status, summary, facts, links }: AlertText, language: TextLanguage): string {
  const { colon } = channelWords[language]
  const lines = facts.map(({ label, text }) => `${label}${colon}${text}`)
  return [status, summary, '', ...lines, ...links.map(({ label, url }) => `${label}${colon}${url}`)].join('\n')
}

function marked({ status, summary, facts, links }: AlertText, language: TextLanguage): string {
  const rows = facts.map(
    ({ label, text }) => `<tr><th align="left">${escaped(label)}</th><td>${escaped(text)}</td></tr>`,
  )
  const written = links.map(({ label, url }) => `<a href="${escaped(url)}">${escaped(label)}</a>`)
  return [
    `<div lang="${language === 'zh' ? 'zh-CN' : 'en'}">`,
    `<p><strong>${escaped(status)}</strong><br>${escaped(summary)}</p>`,
    `<table>${rows.join('')}</table>`,
    ...(written.length === 0 ? [] : [`<p>${written.join(' · ')}</p>`]),
    '</div>',
  ].join('\n')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, character => entities[character] ?? character)
