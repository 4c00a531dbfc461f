import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ShardPublisher } from '../../src/engine/published-topic/shard-publisher.ts'
import { Shard } from '../../src/shard/shard.ts'
import { TakenOver } from '../../src/source/kafka/published/owned-log.ts'
import { preparePublishedTopic } from '../../src/source/kafka/published/published-topic.ts'
import { scenes } from '../engine/logs.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { until } from '../support/until.ts'
import { connectionTo, openLog, type Place } from './published-scene.ts'
import { deleteLater, deleteTopics, newTopicName } from './topics.ts'

const WITHIN_MS = 30_000

describeKafka('who takes a shard over', 'any', () => {
  let place: Place
  const [scene] = fc.sample(scenes({ silences: [0] }), { numRuns: 1, seed: 7 })
  const process = scene!.process
  const publishers: ShardPublisher[] = []

  beforeAll(async () => {
    const brokers = await sharedBroker()
    place = { brokers, topic: newTopicName('published'), partitions: 1 }
    deleteLater(brokers, place.topic)
    await preparePublishedTopic({ connection: connectionTo(place), topic: place.topic, partitions: 1 })
  }, 200_000)
  afterAll(async () => {
    for (const publisher of publishers) await publisher.close(0)
    await deleteTopics(place.brokers)
  })

  function newPublisher(leastLife: number) {
    const errors: Error[] = []
    const owner = randomUUID()
    const publisher = new ShardPublisher({
      log: openLog(place, 0, owner),
      partition: 0,
      owner,
      definitions: 'ours',
      leastLife,
      written: () => {},
      takenOver: error => errors.push(error),
      failed: error => errors.push(error),
    })
    publishers.push(publisher)
    return { publisher, errors }
  }

  function beginWithNothing(publisher: ShardPublisher): void {
    const shard = new Shard({ process, partition: 0, topics: ['t'], epoch: 0, isPublished: true })
    publisher.begin({ publication: shard.publish(), otherLogs: [] })
  }

  test('has a later life than all before, and decides of future records as they did', {
    timeout: 120_000,
  }, async () => {
    const first = newPublisher(5)
    expect(await first.publisher.claim()).toEqual({ life: 5 })
    beginWithNothing(first.publisher)
    for (const offset of [3, 8]) first.publisher.decide({ topic: 't:1', offset })
    expect(first.publisher.wasFuture('t:1', 3)).toBe(true)
    first.publisher.passed('t:1', 8)
    await first.publisher.close(WITHIN_MS)

    // What the store says may be behind what was written last.
    const second = newPublisher(2)
    expect(await second.publisher.claim()).toEqual({ life: 6 })
    expect([3, 8].map(offset => second.publisher.wasFuture('t:1', offset))).toEqual([false, true])
    expect(second.publisher.wasFuture('t', 8)).toBe(false)
    beginWithNothing(second.publisher)
    await until('it has published', WITHIN_MS, () => (second.publisher.writtenTo === 0 ? true : undefined))

    const third = newPublisher(9)
    expect(await third.publisher.claim()).toEqual({ life: 9 })
    second.publisher.decide({ topic: 't:1', offset: 9 })
    await until('the former owner knows that he is none', WITHIN_MS, () => second.errors[0])
    expect(second.errors[0]).toBeInstanceOf(TakenOver)
    // Even one who has published nothing has had a life.
    expect(await newPublisher(0).publisher.claim()).toEqual({ life: 10 })
    expect(third.errors).toEqual([])
  })
})
