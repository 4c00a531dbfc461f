import { failureOf, KafkaProblem } from './failure.ts'
import type { RdkafkaError } from './rdkafka-module.ts'

/** Of librdkafka's own codes (negative) and the protocol's those that we tell apart. */
export const rdkafkaCodes = { assign: -175, revoke: -174, offsetReset: -140, logTruncation: -139 } as const

const kinds: ReadonlyMap<number, Parameters<typeof failureOf>[0]> = new Map([
  [-195, 'unreachable'], // the connection broke
  [-193, 'unreachable'], // no such host
  [-187, 'unreachable'], // all brokers are down
  [-185, 'unreachable'], // timed out
  [-181, 'tls'],
  [-169, 'sign-in'],
  [58, 'sign-in'],
  [23, 'group'],
  [29, 'access'],
  [30, 'access'],
  [31, 'access'],
])

/** @param brokers as configured, for the text. */
export function describeRdkafkaError(
  { code, message }: Omit<RdkafkaError, 'name'>,
  brokers: readonly string[],
): KafkaProblem {
  return new KafkaProblem(failureOf(kinds.get(code) ?? 'other', brokers.join(', '), message))
}
