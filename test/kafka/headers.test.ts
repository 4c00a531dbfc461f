import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Source } from '../../src/source/source.ts'
import { produceMessages } from '../integration/support/produce.ts'
import { describeClients } from '../support/kafka/describe-clients.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { RecordingListener } from '../support/source/recording-listener.ts'
import { createTopics, deleteTopics, openSource } from './topics.ts'

describeClients('headers of records', 'any', client => {
  let brokers = ''
  const open: Source[] = []

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)
  afterEach(async () => {
    for (const source of open.splice(0)) await source.stop()
  })
  afterAll(() => deleteTopics(brokers))

  async function headersOf(withHeaders: boolean) {
    const [topic = ''] = await createTopics(brokers, {})
    await produceMessages(brokers, topic, [
      { value: 'none' },
      { value: 'some', headers: { trace: [Buffer.from([0, 255]), 'two'], 名: '值', empty: '' } },
    ])
    const listener = new RecordingListener()
    const source = openSource(brokers, [topic], { client, withHeaders })
    open.push(source)
    await source.start(listener)
    await listener.until(() => listener.records.length === 2)
    return listener.records.map(({ headers }) => headers?.map(([name, value]) => [name, value && Buffer.from(value)]))
  }

  test('come where they are asked for, in their order', async () => {
    expect(await headersOf(true)).toEqual([
      undefined,
      [
        ['trace', Buffer.from([0, 255])],
        ['trace', Buffer.from('two')],
        ['名', Buffer.from('值')],
        ['empty', Buffer.alloc(0)],
      ],
    ])
  })

  test('stay out where nobody asks for them', async () => {
    expect(await headersOf(false)).toEqual([undefined, undefined])
  })
})
