import type { JsonFields } from '../../event/json.ts'
import type { Notification } from '../notification.ts'
import { inert, markdownOf } from './chat-markdown.ts'
import { blocksWithin, cutTo, notificationText } from './notification-text.ts'
import type { TextLanguage } from './words.ts'

const MOST_ALERTS = 10
/** WeCom takes 4,096 bytes of markdown, a Chinese character being three. */
const MOST_BYTES = 4_000

/** The body for a group bot of WeCom. It mentions nobody. */
export function wecomBody(notifications: readonly Notification[], language: TextLanguage): JsonFields {
  const { title, alerts, more } = notificationText(notifications, language, MOST_ALERTS)
  const heading = `**${inert(cutTo(title, 120))}**`
  const blocks = alerts.map(alert => `> ${markdownOf(alert, language, '\n> ', 700)}`)
  return {
    msgtype: 'markdown',
    markdown: { content: blocksWithin([heading, ...blocks], more, '\n\n', MOST_BYTES) },
  }
}
