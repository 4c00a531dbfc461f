import type { KafkaConnection } from '../source/kafka/client.ts'
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
    ...(sasl === undefined ? {} : { sasl: saslOf(sasl) }),
    log,
  }
}

/** kafkajs has one type for each mechanism; told apart here, since a union of mechanisms is none of them. */
function saslOf({
  mechanism,
  username,
  password,
}: NonNullable<KafkaConfig['sasl']>): NonNullable<KafkaConnection['sasl']> {
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password }
    case 'scram-sha-256':
      return { mechanism, username, password }
    case 'scram-sha-512':
      return { mechanism, username, password }
  }
}
