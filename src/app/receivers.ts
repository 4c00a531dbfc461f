import type { OutboxMessage } from '../journal/outbox.ts'
import { dingtalk, dingtalkRates } from '../notify/channels/dingtalk.ts'
import { email } from '../notify/channels/email.ts'
import { feishu, feishuRates } from '../notify/channels/feishu.ts'
import { pagerduty } from '../notify/channels/pagerduty.ts'
import { slack } from '../notify/channels/slack.ts'
import { taskReceiver } from '../notify/channels/task.ts'
import { webhook } from '../notify/channels/webhook.ts'
import { wecom, wecomRates } from '../notify/channels/wecom.ts'
import { AddressPolicy } from '../notify/http/address-policy.ts'
import { type HttpOptions, JSON_TYPE } from '../notify/http/post.ts'
import type { Receiver, Write } from '../notify/receiver.ts'
import type { Rate } from '../notify/send-rate.ts'
import { alertmanagerBody } from '../protocol/channels/alertmanager.ts'
import { dingtalkBody } from '../protocol/channels/dingtalk.ts'
import { mailOf } from '../protocol/channels/email.ts'
import { feishuBody } from '../protocol/channels/feishu.ts'
import { pagerdutyEvents } from '../protocol/channels/pagerduty.ts'
import { slackBody } from '../protocol/channels/slack.ts'
import { taskWords } from '../protocol/channels/task.ts'
import { wecomBody } from '../protocol/channels/wecom.ts'
import { type Notification, notificationSchema } from '../protocol/notification.ts'
import { urgencyOfNotification } from '../protocol/urgency.ts'
import type { NotifyConfig } from './config/notify.ts'
import type { ResolvedContactPoint } from './contact-points.ts'

/** Source: CloudEvents 1.0.2, HTTP protocol binding, structured content mode. */
const CLOUD_EVENT_TYPE = 'application/cloudevents+json; charset=utf-8'

/** Requests in a minute where the contact point says nothing else. Slack documents one a second, PagerDuty two. */
const usualPerMinute = { webhook: 600, slack: 60, pagerduty: 60, email: 60, task: 60 } as const

/** The task that an alert has at a contact point, as far as that is durable. */
export type TaskOf = (contactPoint: string, alert: string) => string | undefined

/** The receivers behind contact points: what each is written, and how it is sent. */
export function receiversOf(
  contactPoints: ReadonlyMap<string, ResolvedContactPoint>,
  { allow, timeLimitMs, email: server }: Pick<NotifyConfig, 'allow' | 'timeLimitMs' | 'email'>,
  userAgent: string,
  taskOf: TaskOf = () => undefined,
): Map<string, Receiver> {
  const http: HttpOptions = { policy: new AddressPolicy(allow), timeLimitMs, userAgent, now: Date.now }
  return new Map(
    [...contactPoints].map(([name, contactPoint]) => {
      const own = (alert: string) => taskOf(name, alert)
      return [name, receiverOf(contactPoint, http, server, own)]
    }),
  )
}

function receiverOf(
  contactPoint: ResolvedContactPoint,
  http: HttpOptions,
  server: NotifyConfig['email'],
  taskOf: (alert: string) => string | undefined,
): Receiver {
  const { kind, language } = contactPoint
  switch (kind) {
    case 'webhook': {
      const isAlertmanager = contactPoint.format === 'alertmanager'
      return webhook({
        ...http,
        url: contactPoint.url,
        key: contactPoint.key,
        contentType: isAlertmanager ? JSON_TYPE : CLOUD_EVENT_TYPE,
        write: isAlertmanager ? writing(([notification]) => alertmanagerBody(notification, language)) : asItIs,
        rates: perMinute(contactPoint, usualPerMinute.webhook),
      })
    }
    case 'slack': {
      const rates = perMinute(contactPoint, usualPerMinute.slack)
      return slack({ ...http, url: contactPoint.url, write: writing(all => slackBody(all, language)), rates })
    }
    case 'feishu': {
      const { url, secret } = contactPoint
      return feishu({ ...http, url, secret, write: writing(all => feishuBody(all, language)), rates: feishuRates })
    }
    case 'dingtalk': {
      const { url, secret } = contactPoint
      return dingtalk({
        ...http,
        url,
        secret,
        write: writing(all => dingtalkBody(all, language)),
        rates: dingtalkRates,
      })
    }
    case 'wecom': {
      const write = writing(all => wecomBody(all, language))
      return wecom({ ...http, url: contactPoint.url, write, rates: wecomRates })
    }
    case 'pagerduty': {
      const { url, routingKey } = contactPoint
      const write = writing(([notification]) => pagerdutyEvents(notification, routingKey, language))
      return pagerduty({ ...http, url, routingKey, write, rates: perMinute(contactPoint, usualPerMinute.pagerduty) })
    }
    case 'task': {
      const { url, headers, create, update, close } = contactPoint
      const write = writing(([notification]) => taskWords(notification, language))
      const rates = perMinute(contactPoint, usualPerMinute.task)
      return taskReceiver({ ...http, url, headers, create, update, close, write, taskOf, rates })
    }
    case 'email': {
      if (server === undefined) throw new Error('a contact point of e-mail was resolved without a mail server')
      const { to } = contactPoint
      const { timeLimitMs } = http
      const rates = perMinute(contactPoint, usualPerMinute.email)
      return email({ server, to, write: writing(all => mailOf(all, language)), rates, timeLimitMs })
    }
  }
}

const perMinute = ({ perMinute: given }: ResolvedContactPoint, usual: number): readonly Rate[] => [
  { count: given ?? usual, everyMs: 60_000 },
]

type OneOrMore = readonly [Notification, ...Notification[]]

/** Reads what the journal has kept of messages, and writes it in a channel's form. */
const writing =
  <Body>(write: (notifications: OneOrMore) => Body): Write<Body> =>
  messages => {
    const [first, ...others] = messages.map(notificationIn)
    if (first === undefined || others.some(other => other === undefined)) return undefined
    return write([first, ...others.filter(other => other !== undefined)])
  }

/** Byte for byte as it was written: what a newer release had put in would be lost by reading it. */
const asItIs: Write = ([message]) =>
  message === undefined || notificationIn(message) === undefined ? undefined : message.body

/** undefined: it is in no form that this release knows. */
const notificationIn = ({ body }: OutboxMessage): Notification | undefined => notificationSchema.safeParse(body).data

/** A message that nobody can read is not urgent. */
export function urgencyOf(message: OutboxMessage): number {
  const notification = notificationIn(message)
  return notification === undefined ? 0 : urgencyOfNotification(notification)
}
