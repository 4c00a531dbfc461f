import type { Alert } from '../alert.ts'
import type { Notification } from '../notification.ts'
import { urgencyOf } from '../urgency.ts'
import { type About, type AlertText, alertText } from './alert-text.ts'
import { channelWords, type TextLanguage } from './words.ts'

/** What people are told by one message, in whatever form. */
export type NotificationText = {
  /** One line: the most urgent alert, and how many more there are. It begins with the product's name, which bots may ask for. */
  readonly title: string
  /** The most urgent first. */
  readonly alerts: readonly AlertText[]
  /** Stands below them where the last `left` of them are left out; undefined: it tells of no others. */
  readonly more: (left: number) => string | undefined
}

/**
 * @param notifications one, or several that are told together; never none.
 * @param most alerts that are listed.
 */
export function notificationText(
  notifications: readonly Notification[],
  language: TextLanguage,
  most: number,
): NotificationText {
  const words = channelWords[language]
  const alerts = notifications.flatMap(alertsAbout).sort(mostUrgentFirst)
  const count = notifications.reduce((sum, { data }) => sum + ('alert' in data ? 1 : data.count), 0)
  const listed = alerts.slice(0, most).map(({ alert, about }) => alertText(alert, about, language))
  const [first] = listed
  if (first === undefined) throw new Error('a message tells of no alert')
  const others = count > 1 ? ` (${words.andMore(count - 1)})` : ''
  return {
    title: `Stagewatch · ${first.status}${words.colon}${oneLine(first.summary)}${others}`,
    alerts: listed,
    more: left => (count - listed.length + left > 0 ? words.notListed(count - listed.length + left) : undefined),
  }
}

type AlertAbout = { readonly alert: Alert; readonly about: About }

const alertsAbout = ({ data }: Notification): AlertAbout[] =>
  ('alert' in data ? [data.alert] : data.alerts).map(alert => ({ alert, about: data }))

/** What is over is the least urgent; of two alike the older comes first. */
function mostUrgentFirst({ alert: left }: AlertAbout, { alert: right }: AlertAbout): number {
  const urgency = ({ state, severity }: Alert) => (state === 'resolved' ? -1 : urgencyOf[severity])
  return urgency(right) - urgency(left) || (left.since < right.since ? -1 : left.since > right.since ? 1 : 0)
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** A text cut to so many characters, and an ellipsis where something is missing; never within a character. */
export function cutTo(text: string, most: number): string {
  const characters = [...text]
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}

/** As many of the blocks as fit into so many bytes of UTF-8, and what stands below them. */
export function blocksWithin(
  blocks: readonly string[],
  more: NotificationText['more'],
  separator: string,
  most: number,
): string {
  for (let count = blocks.length; count > 0; count--) {
    const end = more(blocks.length - count)
    const text = [...blocks.slice(0, count), ...(end === undefined ? [] : [end])].join(separator)
    if (new TextEncoder().encode(text).length <= most) return text
  }
  throw new Error(`not even one block fits into ${most} bytes`)
}
