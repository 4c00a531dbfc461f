// Node sees only some of the names that this CommonJS module exports; test runners see all of them.
import kafkajs, { type Kafka, type RetryOptions } from 'kafkajs'
import { type KafkaConnection, type KafkaLogLevel, kafkajsConnection } from './connection.ts'
import { fetchingSocketFactory } from './kafkajs-fetch.ts'

const CONNECTION_TIMEOUT_MS = 3_000
const REQUEST_TIMEOUT_MS = 10_000

export function clientOf({ log, ...connection }: KafkaConnection, retry: RetryOptions): Kafka {
  return new kafkajs.Kafka({
    ...kafkajsConnection(connection),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    socketFactory: fetchingSocketFactory(),
    retry,
    logLevel: kafkajs.logLevel.INFO,
    logCreator:
      () =>
      ({ level, log: { message, timestamp: _, logger: __, ...details } }) =>
        log(levelNames[level] ?? 'info', message, details),
  })
}

const levelNames: Readonly<Record<number, KafkaLogLevel>> = {
  [kafkajs.logLevel.ERROR]: 'error',
  [kafkajs.logLevel.WARN]: 'warn',
  [kafkajs.logLevel.INFO]: 'info',
  [kafkajs.logLevel.DEBUG]: 'debug',
}
