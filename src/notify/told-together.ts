import type { OutboxMessage } from '../journal/outbox.ts'
import type { Lane, Waiting } from './lane.ts'
import type { Target } from './target.ts'

/** How urgent a message is: 0, 1 or 2. */
export type Urgency = (message: OutboxMessage) => number

/** What would wait longer for the rate of its target is told together with others. */
const LONGEST_WAIT_MS = 60_000

const MOST_URGENT = 2

/**
 * What is sent at a turn of a target: the most urgent message; or, where not all that are ready can be sent within a minute,
 * all of its contact point as one, so that a storm is one message and not an hour of them. Critical ones still go one by one
 * as long as these alone fit in.
 *
 * @param lanes those that lead to the target.
 * @returns undefined: nothing is ready.
 */
export function toldTogether(
  lanes: readonly Lane[],
  target: Pick<Target, 'countWithin'>,
): { readonly lane: Lane; readonly together: readonly Waiting[] } | undefined {
  const ready = lanes.flatMap(lane => [...lane.ready].map(waiting => ({ lane, waiting })))
  const first = ready.reduce<(typeof ready)[number] | undefined>(
    (best, each) => (best === undefined || goesBefore(each.waiting, best.waiting) ? each : best),
    undefined,
  )
  if (first === undefined) return undefined
  const { lane, waiting } = first
  const alone = { lane, together: [waiting] }
  if (lane.receiver?.sendTogether === undefined || waiting.isAlone) return alone
  const fits = target.countWithin(LONGEST_WAIT_MS, ready.length)
  if (fits >= ready.length) return alone
  const critical = ready.filter(({ waiting: { urgency } }) => urgency === MOST_URGENT).length
  // One is left for the message that tells the others.
  if (waiting.urgency === MOST_URGENT && critical < fits) return alone
  return { lane, together: [waiting, ...[...lane.ready].filter(other => other !== waiting && !other.isAlone)] }
}

/** Of two that are as urgent the older one: else one contact point would wait for all of another that shares the target. */
const goesBefore = (one: Waiting, other: Waiting): boolean =>
  priorityOf(one) > priorityOf(other) || (priorityOf(one) === priorityOf(other) && one.message.at < other.message.at)

/** Each failure costs a quarter of a step: what a receiver chokes on soon goes behind what is fresh. */
const priorityOf = ({ urgency, attempts }: Waiting): number => urgency * 4 - attempts
