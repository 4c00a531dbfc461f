import type { Json, JsonFields } from '../../event/json.ts'
import type { Alert } from '../alert.ts'
import type { Notification } from '../notification.ts'
import { type About, alertText } from './alert-text.ts'
import { cutTo } from './notification-text.ts'
import { channelWords, type TextLanguage } from './words.ts'

/** PagerDuty takes summaries of 1,024 characters. */
const MOST_CHARACTERS = 1_000

/**
 * The events of PagerDuty's Events API v2 that a message stands for: one for each alert, under the episode's id, which
 * makes one incident of it from trigger to resolve, and a repeat harmless.
 *
 * What a group does not list is told by another of its messages, or was. What a digest does not list gets an incident of its own, which a person has to close: nothing will tell that it is over.
 */
export function pagerdutyEvents(notification: Notification, routingKey: string, language: TextLanguage): Json[] {
  const { id, data } = notification
  if ('alert' in data) return [eventOf(data.alert, data, routingKey, language)]
  const notListed = 'group' in data ? 0 : data.count - data.alerts.length
  const rest = {
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: id,
    payload: { summary: channelWords[language].notListed(notListed), source: data.process, severity: 'warning' },
    ...client(data),
  }
  return [...data.alerts.map(alert => eventOf(alert, data, routingKey, language)), ...(notListed > 0 ? [rest] : [])]
}

function eventOf(alert: Alert, about: About, routingKey: string, language: TextLanguage): JsonFields {
  const { summary, facts, links, isOver } = alertText(alert, about, language)
  if (isOver) return { routing_key: routingKey, event_action: 'resolve', dedup_key: alert.id }
  const details: Record<string, string> = {}
  for (const { label, text } of facts) details[label] = label in details ? `${details[label]}\n${text}` : text
  return {
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: alert.id,
    payload: {
      summary: cutTo(summary, MOST_CHARACTERS),
      source: alert.process,
      severity: alert.severity,
      timestamp: alert.at,
      component: alert.stage ?? alert.measure ?? alert.process,
      group: alert.owner,
      class: alert.rule,
      custom_details: details,
    },
    links: links.map(({ label, url }) => ({ href: url, text: label })),
    ...client(about),
  }
}

const client = ({ page }: About): JsonFields => ({ client: 'Stagewatch', ...(page !== null && { client_url: page }) })
