import type { Logger } from 'pino'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { KafkaConnection } from '../source/kafka/client.ts'
import type { KafkaSourceSettings } from '../source/kafka/kafka-source.ts'
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

/** Where a process is read, and how; the group is its reader's to name. */
export function kafkaSettingsOf(
  config: KafkaConfig,
  process: ProcessDefinition,
  logger: Logger,
): Omit<KafkaSourceSettings, 'groupId'> {
  return {
    // What matters of its log reaches ours as the source's state, in words of our own and once.
    ...connectionOf(config, (_level, message, details) => logger.debug({ process: process.name, ...details }, message)),
    topics: [...new Set(process.sources.flatMap(({ topics }) => topics))],
    sharedGroup: false,
    fromBeginning: true,
    // Costs nothing where records have none; a record that cannot be counted must be able to go back as it came.
    withHeaders: true,
    now: Date.now,
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
