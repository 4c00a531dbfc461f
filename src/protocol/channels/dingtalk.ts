import type { JsonFields } from '../../event/json.ts'
import type { Notification } from '../notification.ts'
import { inert, markdownOf } from './chat-markdown.ts'
import { blocksWithin, cutTo, notificationText } from './notification-text.ts'
import type { TextLanguage } from './words.ts'

const MOST_ALERTS = 10
/** DingTalk takes 20,000 bytes. */
const MOST_BYTES = 18_000

/** The body for a custom bot of DingTalk. It mentions nobody. */
export function dingtalkBody(notifications: readonly Notification[], language: TextLanguage): JsonFields {
  const { title, alerts, more } = notificationText(notifications, language, MOST_ALERTS)
  const heading = `### ${inert(cutTo(title, 200))}`
  const blocks = alerts.map(alert => markdownOf(alert, language, '\n\n', 1_500))
  const text = blocksWithin([heading, ...blocks], more, '\n\n---\n\n', MOST_BYTES)
  return {
    msgtype: 'markdown',
    markdown: { title: inert(cutTo(title, 100)), text },
    at: { isAtAll: false },
  }
}
