import type { Json } from '../../event/json.ts'
import type { OutboxMessage } from '../../journal/outbox.ts'
import { type HttpOptions, JSON_TYPE, jsonBytes, outcomeOfStatus, post } from '../http/post.ts'
import { type Receiver, type SendOutcome, unreadable, type Write } from '../receiver.ts'
import type { Rate } from '../send-rate.ts'

export type PagerdutyOptions = HttpOptions & {
  readonly url: URL
  readonly routingKey: string
  /** The events of a message; with the routing key in them. */
  readonly write: Write<readonly Json[]>
  readonly rates: readonly Rate[]
}

/**
 * A service of PagerDuty, by its Events API v2. A message of several alerts is several events, which are sent one after the
 * other; where one fails all are sent again, which their `dedup_key` makes harmless.
 */
export function pagerduty(options: PagerdutyOptions): Receiver {
  const { url, routingKey, rates } = options
  const send = async (message: OutboxMessage, signal: AbortSignal): Promise<SendOutcome> => {
    const events = options.write([message])
    if (events === undefined) return unreadable
    for (const event of events) {
      const headers = { 'content-type': JSON_TYPE }
      const answer = await post({ url, body: jsonBytes(event), headers, readsAnswer: false }, options, signal)
      if ('problem' in answer) return { kind: 'failed', problem: answer.problem }
      const outcome = outcomeOfStatus(answer)
      // A front that answers 200 has not taken anything: PagerDuty says 202.
      if (outcome.kind === 'acknowledged' && answer.status !== 202) {
        return { kind: 'failed', problem: `HTTP ${answer.status} in place of PagerDuty's 202` }
      }
      if (outcome.kind !== 'acknowledged') return outcome
    }
    return { kind: 'acknowledged' }
  }
  return { kind: 'pagerduty', target: `${url.href} ${routingKey}`, rates, send }
}
