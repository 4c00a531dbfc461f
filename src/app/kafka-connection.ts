import type { KafkaConnection } from '../source/kafka/connection.ts'
import type { KafkaConfig } from './config/kafka.ts'

/** How the brokers of a configuration are reached. @param log takes the client's own log. */
export function connectionOf(
  { brokers, clientId, ssl, sasl }: KafkaConfig,
  log: KafkaConnection['log'],
): KafkaConnection {
  return {
    brokers,
    clientId,
    ...(ssl === false ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    log,
  }
}
