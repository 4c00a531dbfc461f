import fc from 'fast-check'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ProcessLoop } from '../../src/engine/process-loop.ts'
import { readShardRecord, type ShardRecord, ShardRecordWriter } from '../../src/engine/published-topic/shard-record.ts'
import { kafkajsHeaders } from '../../src/source/kafka/headers.ts'
import { preparePublishedTopic } from '../../src/source/kafka/published/published-topic.ts'
import { readLog } from '../../src/source/kafka/published/read-log.ts'
import { clockOf, type Log, lastCompared, type Scene, scenes } from '../engine/logs.ts'
import { RecordingWorld } from '../engine/recording-world.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { until } from '../support/until.ts'
import {
  connectionTo,
  deliver,
  engineOf,
  isDone,
  isRead,
  type Place,
  PublishingFold,
  ReadingEvaluation,
  type ScenePlace,
  stateOf,
  tellEnds,
} from './published-scene.ts'
import { createTopics, deleteTopics } from './topics.ts'

/** A broker makes a smaller failure too dear to look for. */
const asItIs = { endOnFailure: true }
const WITHIN_MS = 30_000
/** A seed. */
const THREE_THAT_BEGIN = 1

const portions = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 })

const transitionsOf = ({ world, engine }: Pick<ReadingEvaluation, 'world' | 'engine'>) => {
  const last = lastCompared(engine)
  return world.published.filter(({ at }) => at <= last)
}

async function inOneProcess(scene: Scene, sizes: readonly number[]) {
  const { process: definition, logs } = scene
  const world = new RecordingWorld()
  const loop = new ProcessLoop(engineOf(definition, { now: clockOf(scene) }), world, undefined)
  loop.start()
  await loop.assigned(logs)
  await deliver(logs, sizes, () => loop)
  await until('all evaluated by one process', WITHIN_MS, () => isDone(loop.engine, logs))
  await loop.stop()
  expect(world.failures).toEqual([])
  return transitionsOf({ world, engine: loop.engine })
}

describeKafka('the topic that shards publish to', 'any', () => {
  let brokers = ''

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)
  afterAll(() => deleteTopics(brokers))

  async function newPlace(scene: Scene, config: Readonly<Record<string, string>> = {}): Promise<ScenePlace> {
    const { logs } = scene
    const partitions = Math.max(...logs.map(({ partition }) => partition)) + 1
    const settings = { 'cleanup.policy': 'compact', ...config }
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
    const [topic = ''] = await createTopics(brokers, { numPartitions: partitions, configEntries })
    await preparePublishedTopic({ connection: connectionTo({ brokers }), topic, partitions })
    return { brokers, topic, partitions, now: clockOf(scene) }
  }

  /** Partitions of even and of odd numbers are folded by processes of their own. */
  async function startFolds({ process: definition, logs }: Scene, place: ScenePlace) {
    const folds = [0, 1].map(() => new PublishingFold(definition, place))
    const of = (log: Log) => folds[log.partition % 2]!.loop
    for (const [share, { loop }] of folds.entries()) {
      await loop.assigned(logs.filter(({ partition }) => partition % 2 === share))
    }
    return { folds, of }
  }

  async function untilDone(evaluation: ReadingEvaluation, logs: readonly Log[], of: Parameters<typeof tellEnds>[1]) {
    const how = () =>
      `all evaluated; began ${JSON.stringify(evaluation.began)}, told ${JSON.stringify([...evaluation.toldTo])}, T ${evaluation.engine.evaluatedAt}, ends ${evaluation.lastEnds}, held by ${JSON.stringify(evaluation.engine.heldBy)}, failures ${evaluation.world.failures}`
    await until(how, WITHIN_MS, () => {
      // As a source does every second or two.
      tellEnds(logs, of)
      return isDone(evaluation.engine, logs)
    })
  }

  test('shards of two processes give the transitions of one', { timeout: 600_000 }, async () => {
    let transitions = 0
    await fc.assert(
      fc.asyncProperty(scenes({ silences: [0, 0, 20] }), portions, async (scene, sizes) => {
        const { process: definition, logs } = scene
        const here = await inOneProcess(scene, sizes)
        const place = await newPlace(scene)
        const evaluation = new ReadingEvaluation(definition, place, {})
        await evaluation.start()
        const { folds, of } = await startFolds(scene, place)
        await deliver(logs, sizes, of)
        await untilDone(evaluation, logs, of)
        for (const fold of folds) await fold.stop()
        await evaluation.stop()
        expect([...evaluation.world.failures, ...folds.flatMap(({ world }) => world.failures)]).toEqual([])
        expect(transitionsOf(evaluation)).toEqual(here)
        transitions += here.length
      }),
      { numRuns: 6, ...asItIs },
    )
    expect(transitions).toBeGreaterThan(5)
  })

  test('a shard is taken over in the middle, and what its former owner goes on writing does not count', {
    timeout: 600_000,
  }, async () => {
    let transitions = 0
    await fc.assert(
      fc.asyncProperty(scenes({ silences: [0] }), portions, async (scene, sizes) => {
        const { process: definition, logs } = scene
        const here = await inOneProcess(scene, sizes)
        const place = await newPlace(scene)
        const evaluation = new ReadingEvaluation(definition, place, {})
        await evaluation.start()
        const former = new PublishingFold(definition, place)
        await former.loop.assigned(logs)
        await deliver(logs, sizes, () => former.loop, [0, 0.5])
        await until('the first half has been told', WITHIN_MS, () =>
          logs.every(({ partition }) => evaluation.toldTo.has(partition)) ? true : undefined,
        )
        const shards = new Set(logs.map(({ partition }) => partition)).size
        const owner = new PublishingFold(definition, place)
        await owner.loop.assigned(logs)
        await until('a new generation of all shards', WITHIN_MS, () =>
          evaluation.began.length >= 2 * shards ? true : undefined,
        )
        const told = structuredClone(evaluation.toldTo)
        // The zombie goes on with records of its own invention: were a value of it to count, it would be seen.
        const others = logs.map(log => ({ ...log, values: log.values.toReversed() }))
        await deliver(others, sizes, () => former.loop, [0.5, 0.9])
        await until('all of the former owner is fenced', WITHIN_MS, () => {
          tellEnds(logs, () => former.loop)
          return former.takenOver.length === shards ? true : undefined
        })
        expect(evaluation.toldTo).toEqual(told)
        await deliver(logs, sizes, () => owner.loop)
        await untilDone(evaluation, logs, () => owner.loop)
        await former.kill()
        await owner.stop()
        await evaluation.stop()
        expect(owner.takenOver).toEqual([])
        expect([...evaluation.world.failures, ...owner.world.failures, ...former.world.failures]).toEqual([])
        expect(transitionsOf(evaluation)).toEqual(here)
        transitions += here.length
      }),
      { numRuns: 2, ...asItIs },
    )
    expect(transitions).toBeGreaterThan(2)
  })

  test('an evaluation that was away finds every step that it has missed', { timeout: 600_000 }, async () => {
    let transitions = 0
    await fc.assert(
      fc.asyncProperty(scenes({ silences: [0] }), portions, async (scene, sizes) => {
        const { process: definition, logs } = scene
        const here = await inOneProcess(scene, sizes)
        const place = await newPlace(scene)
        const first = new ReadingEvaluation(definition, place, {})
        await first.start()
        const { folds, of } = await startFolds(scene, place)
        await deliver(logs, sizes, of, [0, 0.5])
        await until('T has begun', WITHIN_MS, () => first.engine.evaluatedAt)
        await first.stop()
        const { at, state } = first.world.recorded.at(-1)!
        await deliver(logs, sizes, of, [0.5, 1])
        await until('the folds have published all', WITHIN_MS, () =>
          folds.every(({ loop }) => loop.isThroughHistory) ? true : undefined,
        )
        const engine = engineOf(definition, place)
        expect(engine.restore(state, at, first.world.hours)).toEqual([])
        const second = new ReadingEvaluation(definition, place, state.offsets, engine)
        await second.start()
        await untilDone(second, logs, of)
        for (const fold of folds) await fold.stop()
        await second.stop()
        expect([...first.world.failures, ...second.world.failures]).toEqual([])
        const both = { engine: second.engine, world: new RecordingWorld() }
        both.world.publish('', [...first.world.published, ...second.world.published])
        expect(transitionsOf(both)).toEqual(here)
        transitions += here.length
      }),
      // In these scenes T begins within the first half, as it does not where a log begins with nothing that is an event.
      { numRuns: 3, seed: Number(process.env.FC_SEED ?? THREE_THAT_BEGIN), ...asItIs },
    )
    expect(transitions).toBeGreaterThan(2)
  })

  test('who begins after the broker has compacted the topic has the state of one who has read all of it', {
    timeout: 600_000,
  }, async () => {
    const [scene] = fc.sample(scenes({ silences: [20] }), { numRuns: 1, seed: 7 })
    const { process: definition, logs } = scene!
    const place = await newPlace(scene!, {
      'segment.ms': '500',
      'min.cleanable.dirty.ratio': '0.001',
      'delete.retention.ms': '100',
      'min.compaction.lag.ms': '0',
      'max.compaction.lag.ms': '500',
    })
    const early = new ReadingEvaluation(definition, place, {})
    await early.start()
    const { folds, of } = await startFolds(scene!, place)
    await deliver(logs, [3], of)
    await untilDone(early, logs, of)
    const statesIn = async (partition: number) => {
      let states = 0
      const signal = new AbortController().signal
      const { topic, partitions } = place
      await readLog(
        { connection: connectionTo(place), topic, partition, partitions, from: undefined, signal },
        record => {
          if (readShardRecord(record, partition).kind === 'shard') states++
        },
      )
      return states
    }
    await until('compacted', WITHIN_MS, async () => {
      tellEnds(logs, of)
      return (await statesIn(0)) === 1 ? true : undefined
    })
    expect(early.steps).toBeGreaterThan(10)
    for (const from of ['newest', {}] as const) {
      const late = new ReadingEvaluation(definition, place, from)
      await late.start()
      await until('all read', WITHIN_MS, () => {
        // What is read before the end of the topic is known counts as behind: T waits for what folds tell next.
        tellEnds(logs, of)
        return isRead(late.engine, logs) ? true : undefined
      })
      expect(stateOf(late.engine)).toEqual(stateOf(early.engine))
      expect(late.world.failures).toEqual([])
      await late.stop()
    }
    expect(early.world.failures).toEqual([])
    for (const fold of folds) await fold.stop()
    await early.stop()
  })

  test('a step of which the transaction was aborted is told to nobody', { timeout: 600_000 }, async () => {
    const [scene] = fc.sample(scenes({ silences: [0] }), { numRuns: 1, seed: 11 })
    const { process: definition, logs } = scene!
    const place = await newPlace(scene!)
    const evaluation = new ReadingEvaluation(definition, place, {})
    await evaluation.start()
    const { folds, of } = await startFolds(scene!, place)
    await deliver(logs, [5], of)
    await untilDone(evaluation, logs, of)
    for (const fold of folds) await fold.stop()
    await writeNextStep(place, 0, { casesInMemory: 4_711, end: 'abort' })
    await writeNextStep(place, 0, { casesInMemory: 4_712, end: 'commit' })
    await until('the one that was committed', WITHIN_MS, () =>
      evaluation.casesTold.includes(4_712) ? true : undefined,
    )
    expect(evaluation.casesTold).not.toContain(4_711)
    await evaluation.stop()
    expect(evaluation.world.failures).toEqual([])
  })
})

/** Writes a step of a shard as the one after the last. */
async function writeNextStep(
  { brokers, topic, partitions }: Place,
  partition: number,
  { casesInMemory, end }: { readonly casesInMemory: number; readonly end: 'abort' | 'commit' },
) {
  const records: ShardRecord[] = []
  const signal = new AbortController().signal
  await readLog(
    { connection: connectionTo({ brokers }), topic, partition, partitions, from: undefined, signal },
    record => records.push(readShardRecord(record, partition)),
  )
  const last = records.findLast(({ kind }) => kind === 'shard')
  if (last?.kind !== 'shard' || last.about.kind !== 'state') throw new Error('the shard has no state')
  const { generation, step } = last.stamp
  const summary = { ...last.about.summary, casesInMemory }
  const { key, value, headers } = new ShardRecordWriter(partition).shard(
    { generation, step: step + 1 },
    { ...last.about, records: 0, summary },
  )
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    transactionalId: `other-${topic}`,
    idempotent: true,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  try {
    const transaction = await producer.transaction()
    const message = { key: Buffer.from(key), value: Buffer.from(value!), headers: kafkajsHeaders(headers), partition }
    await transaction.send({ topic, messages: [message] })
    await transaction[end]()
  } finally {
    await producer.disconnect()
  }
}
