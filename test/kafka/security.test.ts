import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { rdkafkaConnection } from '../../src/source/kafka/connection.ts'
import type { KafkaSourceSettings } from '../../src/source/kafka/kafka-source.ts'
import { loadRdkafka } from '../../src/source/kafka/rdkafka-module.ts'
import type { Source } from '../../src/source/source.ts'
import { newCertificates } from '../support/certificates.ts'
import { describeClients } from '../support/kafka/describe-clients.ts'
import { type SecuredBroker, startSecuredBroker } from '../support/kafka/secured-broker.ts'
import { RecordingListener } from '../support/source/recording-listener.ts'
import { createTopics, openSource, produce } from './topics.ts'

let started: Promise<SecuredBroker> | undefined
/** One for both clients. */
const securedBroker = (): Promise<SecuredBroker> => {
  started ??= startSecuredBroker()
  return started
}

afterAll(async () => {
  await (await started)?.stop()
})

describeClients('a Kafka broker that asks who we are', 'ours', client => {
  let broker: SecuredBroker
  let topic = ''
  const open: Source[] = []

  beforeAll(async () => {
    broker = await securedBroker()
    ;[topic = ''] = await createTopics(broker.brokers, {})
    await produce(broker.brokers, topic, { count: 10 })
  }, 200_000)

  afterAll(async () => {
    await Promise.all(open.map(source => source.stop()))
  })

  async function reading(at: string, how: Partial<KafkaSourceSettings>): Promise<RecordingListener> {
    const source = openSource(at, [topic], { client, ...how })
    open.push(source)
    const listener = new RecordingListener()
    await source.start(listener)
    return listener
  }

  async function refusal(listener: RecordingListener) {
    await listener.until(() => listener.failures().length > 0)
    const { reason, remedy, retrying } = listener.failures()[0]!
    expect(listener.records).toEqual([])
    expect(retrying).toBe(true)
    return { reason, remedy }
  }

  const ssl = () => ({ ca: broker.ca, ...broker.client })
  const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const

  test('is read by TLS with a certificate of our own', async () => {
    const listener = await reading(broker.byCertificate, { ssl: ssl() })
    await listener.until(() => listener.records.length === 10)
    expect(listener.failures()).toEqual([])
  })

  test.each(mechanisms)('is read by a sign-in with %s', async mechanism => {
    const sasl = { mechanism, ...broker.user }
    // As a member of a group, so that its coordinator, too, is reached in this way.
    const listener = await reading(broker.bySignIn, { ssl: { ca: broker.ca }, sasl, sharedGroup: true })
    await listener.until(() => listener.records.length === 10)
    expect(listener.failures()).toEqual([])
  })

  test.each(mechanisms)('refuses a wrong password by %s, which is told without it', async mechanism => {
    const sasl = { mechanism, ...broker.user, password: 'a-guess' }
    const { reason, remedy } = await refusal(await reading(broker.bySignIn, { ssl: { ca: broker.ca }, sasl }))
    expect(reason).toContain(`Kafka at ${broker.bySignIn} refuses the sign-in: `)
    expect(reason).not.toContain('a-guess')
    expect(remedy).toBe('check `kafka.sasl`')
  })

  test('is not trusted when its certificate comes from another authority', async () => {
    const { ca } = newCertificates('somebody')
    const { reason, remedy } = await refusal(await reading(broker.bySignIn, { ssl: { ca } }))
    expect(reason).toMatch(new RegExp(`^Kafka at ${broker.bySignIn}: .*certificate`))
    expect(remedy).toBe('check `kafka.ssl`')
  })

  test('is not trusted by the authorities that Node knows', async () => {
    const { reason } = await refusal(await reading(broker.bySignIn, { ssl: {} }))
    expect(reason).toMatch(/certificate/)
  })

  test('refuses who shows no certificate', async () => {
    const { reason, remedy } = await refusal(await reading(broker.byCertificate, { ssl: { ca: broker.ca } }))
    expect(reason).toMatch(/certificate/)
    expect(remedy).toBe('check `kafka.ssl`')
  })

  // kafkajs takes them from Node, which reads the file only when it starts.
  test.runIf(client === 'node-rdkafka')('is trusted by NODE_EXTRA_CA_CERTS, beside those that Node knows', async () => {
    const { KafkaConsumer } = await loadRdkafka()
    const folder = mkdtempSync(join(tmpdir(), 'stagewatch-authorities-'))
    const file = join(folder, 'ca.pem')
    writeFileSync(file, broker.ca)
    vi.stubEnv('NODE_EXTRA_CA_CERTS', file)
    const connection = rdkafkaConnection({ brokers: [broker.byCertificate], clientId: 'tests', ssl: broker.client })
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
    const consumer = new KafkaConsumer({ ...connection, 'group.id': 'tests' }, {})
    try {
      await new Promise<void>((resolve, reject) =>
        consumer.connect({ topic, timeout: 30_000 }, error => (error ? reject(error) : resolve())),
      )
    } finally {
      await new Promise<void>(resolve => consumer.disconnect(resolve))
    }
  })
})
