import type { JsonFields } from '../../event/json.ts'
import type { Notification } from '../notification.ts'
import type { AlertText } from './alert-text.ts'
import { cutTo, notificationText } from './notification-text.ts'
import { channelWords, type TextLanguage } from './words.ts'

/** Feishu takes bodies of 20 KB; each alert is cut to less than a tenth of that. */
const MOST_ALERTS = 8
const MOST_CHARACTERS = 600

/**
 * The card for a custom bot of Feishu or Lark, without its signature. All of it is plain text: segments come from events, and
 * a markdown one could mention everybody.
 */
export function feishuBody(notifications: readonly Notification[], language: TextLanguage): JsonFields {
  const { title, alerts, more: moreThan } = notificationText(notifications, language, MOST_ALERTS)
  const more = moreThan(0)
  const [first] = alerts
  return {
    msg_type: 'interactive',
    card: {
      config: { wide_screen_mode: true },
      header: { template: first === undefined ? 'grey' : colourOf(first), title: plain(cutTo(title, 200)) },
      elements: [
        ...alerts.flatMap(alert => [...elementsOf(alert, language), { tag: 'hr' }]).slice(0, -1),
        ...(more === undefined ? [] : [{ tag: 'hr' }, { tag: 'div', text: plain(more) }]),
      ],
    },
  }
}

const colourOf = ({ isOver, severity }: AlertText): string =>
  isOver ? 'green' : { critical: 'red', warning: 'orange', info: 'blue' }[severity]

function elementsOf({ status, summary, facts, links }: AlertText, language: TextLanguage): JsonFields[] {
  const { colon } = channelWords[language]
  const lines = facts.map(({ label, text }) => `${label}${colon}${text}`)
  const text = cutTo([status, summary, ...lines].join('\n'), MOST_CHARACTERS)
  const buttons = links.map(({ label, url }) => ({ tag: 'button', text: plain(label), type: 'default', url }))
  return [{ tag: 'div', text: plain(text) }, ...(buttons.length === 0 ? [] : [{ tag: 'action', actions: buttons }])]
}

const plain = (content: string) => ({ tag: 'plain_text', content })
