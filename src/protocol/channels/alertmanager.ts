import { alertLabels } from '../../alerts/alert-labels.ts'
import type { Json } from '../../event/json.ts'
import type { Labels } from '../../model/label-matcher.ts'
import type { Alert } from '../alert.ts'
import type { Notification } from '../notification.ts'
import { type About, alertText, pageOf } from './alert-text.ts'
import { channelWords, type TextLanguage } from './words.ts'

/** Alertmanager's word for an end that is not known. */
const NEVER = '0001-01-01T00:00:00Z'

/**
 * The body that Alertmanager's webhook receivers take, version 4, so that relays written for it work unchanged.
 *
 * An alert without data is a firing one, with the annotation `state`: labels are what an alert is told apart by. What is not
 * told in a group of its own is one by itself: `groupKey` is the episode's id, and of a digest the message's. Source: prometheus/alertmanager, `notify/webhook`, and its documentation on `webhook_config`.
 */
export function alertmanagerBody(notification: Notification, language: TextLanguage): Json {
  const { data, contactpoint } = notification
  const alerts = 'alert' in data ? [data.alert] : data.alerts
  const count = 'alert' in data ? 1 : data.count
  const written = alerts.map(alert => ({
    status: alert.state === 'resolved' ? 'resolved' : 'firing',
    labels: labelsOf(alert),
    annotations: annotationsOf(alert, data, language),
    startsAt: alert.fired_at ?? alert.since,
    endsAt: alert.state === 'resolved' ? alert.at : NEVER,
    generatorURL: data.page === null ? '' : pageOf(alert, data.page, language),
    fingerprint: alert.id,
  }))
  return {
    version: '4',
    groupKey: 'group' in data ? data.group.key : 'alert' in data ? data.alert.id : notification.id,
    truncatedAlerts: count - alerts.length,
    status: written.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    receiver: contactpoint,
    groupLabels: 'group' in data ? data.group.labels : { process: data.process },
    commonLabels: common(written.map(({ labels }) => labels)),
    commonAnnotations: common(written.map(({ annotations }) => annotations)),
    externalURL: data.page ?? '',
    alerts: written,
  }
}

const labelsOf = (alert: Alert): Labels =>
  alertLabels({ ...alert, stage: alert.stage ?? undefined, measure: alert.measure ?? undefined })

function annotationsOf(alert: Alert, about: About, language: TextLanguage): Labels {
  const { summary, facts } = alertText(alert, about, language)
  const { colon } = channelWords[language]
  return {
    summary,
    state: alert.state,
    description: facts.map(({ label, text }) => `${label}${colon}${text}`).join('\n'),
    ...(alert.runbook !== null && { runbook_url: alert.runbook }),
  }
}

/** What all of them have. */
function common(all: readonly Labels[]): Labels {
  const [first = {}, ...others] = all
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every(labels => labels[name] === value)),
  )
}

/**
 * An alert as Alertmanager's API v2 takes it (`POST /api/v2/alerts`).
 *
 * @param endsAt when it is over, or when Alertmanager may take it to be so, unless it is told again before.
 */
export const postableAlert = (alert: Alert, about: About, language: TextLanguage, endsAt: string): Json => ({
  labels: labelsOf(alert),
  annotations: annotationsOf(alert, about, language),
  startsAt: alert.fired_at ?? alert.since,
  endsAt,
  ...(about.page !== null && { generatorURL: pageOf(alert, about.page, language) }),
})
