import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { addPartitions, createTopics, deleteTopics, forgetAll, forgetBefore, newTopicName } from './topics.ts'

/* The broker may be a user's own: what the tests of Kafka do not to it. */

describeKafka('a topic that no test has made', 'any', () => {
  let brokers = ''
  /** The same broker under another name, so that what is made through it counts as somebody else's. */
  let others = ''
  let foreign = ''

  beforeAll(async () => {
    brokers = await sharedBroker()
    others = `${brokers},${brokers}`
    ;[foreign = ''] = await createTopics(others, {})
  }, 200_000)

  afterAll(async () => {
    await deleteTopics(others)
    await deleteTopics(brokers)
  })

  const notOurs = () => `${foreign} at ${brokers} was not made by this test`

  test('is not taken over', async () => {
    await expect(createTopics(brokers, { topic: foreign })).rejects.toThrow(notOurs())
  })

  test('is neither emptied nor changed', async () => {
    await expect(forgetBefore(brokers, foreign, 1)).rejects.toThrow(notOurs())
    await expect(forgetAll(brokers, foreign)).rejects.toThrow(notOurs())
    await expect(addPartitions(brokers, foreign, 2)).rejects.toThrow(notOurs())
  })

  test('stays when those of the tests are deleted', async () => {
    const topic = newTopicName()
    await createTopics(brokers, { topic })
    await deleteTopics(brokers)
    await expect(createTopics(brokers, { topic: foreign })).rejects.toThrow(notOurs())
    // Which is refused as long as the name is taken.
    await vi.waitFor(() => createTopics(brokers, { topic }), { timeout: 30_000, interval: 100 })
  })
})
