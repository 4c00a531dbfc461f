import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { RecordingListener } from '../../../test/support/source/recording-listener.ts'
import { describeFailure } from './failure.ts'
import { openKafkaSource } from './kafka-source.ts'

// What needs a broker that answers is in test/kafka.

const sockets = new Set<Socket>()
let server: Server | undefined

afterEach(() => {
  for (const socket of sockets) socket.destroy()
  server?.close()
})

/** Takes connections and never says anything. */
async function silentPort(): Promise<number> {
  const listening = createServer(socket => sockets.add(socket))
  server = listening
  await new Promise<void>(resolve => listening.listen(0, '127.0.0.1', resolve))
  const address = listening.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

test('a host that takes connections and does not answer is reported within two seconds, and stopping does not wait', async () => {
  const broker = `127.0.0.1:${await silentPort()}`
  const listener = new RecordingListener()
  const logged: string[] = []
  const source = openKafkaSource({
    brokers: [broker],
    topics: ['orders'],
    groupId: 'tests',
    sharedGroup: false,
    clientId: 'tests',
    fromBeginning: true,
    now: Date.now,
    log: (_, message) => logged.push(message),
  })
  const startedAt = performance.now()
  await source.start(listener)
  await listener.until(() => listener.failures().length > 0)
  expect(performance.now() - startedAt).toBeLessThan(2_000)
  expect(listener.states).toEqual([
    { kind: 'connecting', to: broker },
    {
      kind: 'failed',
      reason: `no Kafka broker answers at ${broker}: no answer within 1.5 s`,
      remedy: 'check `kafka.brokers`',
      retrying: true,
    },
  ])
  const stoppedAt = performance.now()
  await source.stop()
  await source.finished
  expect(performance.now() - stoppedAt).toBeLessThan(3_000)
})

const named = (name: string, message: string, more: object = {}) => Object.assign(new Error(message), { name, ...more })

test.each([
  [
    named('KafkaJSConnectionError', 'Connection error: connect ECONNREFUSED 10.0.0.1:9092'),
    'no Kafka broker answers at a:1, b:2: connect ECONNREFUSED 10.0.0.1:9092',
    'check `kafka.brokers`',
  ],
  [
    named('KafkaJSNumberOfRetriesExceeded', 'gave up', {
      cause: named('KafkaJSConnectionClosedError', 'Closed connection'),
    }),
    'no Kafka broker answers at a:1, b:2: Closed connection',
    'check `kafka.brokers`',
  ],
  [
    named('KafkaJSSASLAuthenticationError', 'SASL PLAIN authentication failed: bad password'),
    'Kafka at a:1, b:2 refuses the sign-in: SASL PLAIN authentication failed: bad password',
    'check `kafka.sasl`',
  ],
  [
    named('KafkaJSConnectionError', 'Connection error: self-signed certificate'),
    'Kafka at a:1, b:2: Connection error: self-signed certificate',
    'check `kafka.ssl`',
  ],
  [
    named('KafkaJSProtocolError', 'Not authorized to access topics', { type: 'TOPIC_AUTHORIZATION_FAILED' }),
    'Kafka at a:1, b:2 denies access: Not authorized to access topics',
    'allow this user to read and describe the topics and the consumer group',
  ],
])('a failure is told with its reason and remedy: %s', (error, reason, remedy) => {
  expect(describeFailure(error, ['a:1', 'b:2'])).toEqual({ reason, remedy, retrying: true })
})
