// Node sees only some of the names that this CommonJS module exports; test runners see all of them.
import kafkajs, { type Kafka, type KafkaConfig, type RetryOptions } from 'kafkajs'
import { fetchingSocketFactory } from './kafkajs-fetch.ts'

const CONNECTION_TIMEOUT_MS = 3_000
const REQUEST_TIMEOUT_MS = 10_000

export type KafkaLogLevel = 'error' | 'warn' | 'info' | 'debug'

/** How brokers are reached. */
export type KafkaConnection = {
  /** `host:port` each. */
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly ssl?: KafkaConfig['ssl']
  readonly sasl?: KafkaConfig['sasl']
  /** Takes kafkajs's own log. */
  readonly log: (level: KafkaLogLevel, message: string, details: Readonly<Record<string, unknown>>) => void
}

export function clientOf({ brokers, clientId, ssl, sasl, log }: KafkaConnection, retry: RetryOptions): Kafka {
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    socketFactory: fetchingSocketFactory(),
    retry,
    logLevel: kafkajs.logLevel.INFO,
    logCreator:
      () =>
      ({ level, log: { message, timestamp: _, logger: __, ...details } }) =>
        log(levelNames[level] ?? 'info', message, details),
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
  })
}

const levelNames: Readonly<Record<number, KafkaLogLevel>> = {
  [kafkajs.logLevel.ERROR]: 'error',
  [kafkajs.logLevel.WARN]: 'warn',
  [kafkajs.logLevel.INFO]: 'info',
  [kafkajs.logLevel.DEBUG]: 'debug',
}
