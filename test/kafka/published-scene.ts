import { EvaluationLoop, type Fold } from '../../src/engine/evaluation-loop.ts'
import { FoldLoop } from '../../src/engine/fold-loop.ts'
import { ProcessEngine } from '../../src/engine/process-engine.ts'
import { FoldPublisher } from '../../src/engine/published-topic/fold-publisher.ts'
import { claimIn } from '../../src/engine/published-topic/shard-record.ts'
import { TopicReader, type TopicReaderParts } from '../../src/engine/published-topic/topic-reader.ts'
import type { FoldWorld } from '../../src/engine/world.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { OwnedLog, type TakenOver } from '../../src/source/kafka/published/owned-log.ts'
import { openPublishedSource } from '../../src/source/kafka/published/published-source.ts'
import type { SourceListener } from '../../src/source/source.ts'
import { ByteWriter } from '../../src/windows/bytes.ts'
import { writePane } from '../../src/windows/pane-bytes.ts'
import type { SeriesView } from '../../src/windows/views.ts'
import { type Log, lastCompared, recordsOf } from '../engine/logs.ts'
import { RecordingWorld } from '../engine/recording-world.ts'

export type Place = { readonly brokers: string; readonly topic: string; readonly partitions: number }

/** Where the shards of a scene are published. */
export type ScenePlace = Place & {
  /** The wall clock of all who fold and evaluate there. */
  readonly now: () => number
}

export const connectionTo = ({ brokers }: Pick<Place, 'brokers'>) => ({
  brokers: brokers.split(','),
  clientId: 'stagewatch-tests',
  log: () => {},
})

export function openLog(place: Place, partition: number, owner: string): OwnedLog {
  return new OwnedLog({
    connection: connectionTo(place),
    topic: place.topic,
    partition,
    partitions: place.partitions,
    transactionalId: `${place.topic}-${partition}`,
    owner,
    claimIn: record => claimIn(record, partition),
    health: () => {},
  })
}

/** A process that folds shards and publishes them. */
export class PublishingFold {
  readonly world: RecordingWorld
  readonly takenOver: { readonly partition: number; readonly error: TakenOver }[] = []
  readonly loop: FoldLoop
  readonly publisher: FoldPublisher

  constructor(process: ProcessDefinition, place: ScenePlace, world = new RecordingWorld()) {
    const { now } = place
    this.world = world
    this.publisher = new FoldPublisher({
      process,
      openLog: (partition, owner) => openLog(place, partition, owner),
      leastLife: 0,
      tell: message => this.loop.hear(message),
      takenOver: (partition, error) => this.takenOver.push({ partition, error }),
      failed: error => world.failed(process.name, error),
      now,
    })
    this.loop = new FoldLoop({
      process,
      epoch: 0,
      saveEveryMs: 50,
      now,
      world: claiming(world, this.publisher),
      tell: message => this.publisher.hear(message),
    })
    this.loop.start()
  }

  async stop(): Promise<void> {
    await this.loop.stop()
    await this.publisher.close()
  }

  /** Neither saves anything nor writes what waits: as if it were killed, but for what the broker notices. */
  async kill(): Promise<void> {
    this.world.beforeRecorded = () => new Promise(() => {})
    await Promise.all([this.publisher.close(), this.loop.stop()])
  }
}

/** Shards are claimed before their states are loaded. */
const claiming = (world: RecordingWorld, publisher: FoldPublisher): FoldWorld => ({
  write: output => world.write(output),
  hasRoom: () => world.hasRoom(),
  isSaveUrgent: () => world.isSaveUrgent(),
  isStoreAway: () => world.isStoreAway(),
  async loadShards(process, partitions) {
    const numbers = new Set(partitions.map(({ partition }) => partition))
    await Promise.all([...numbers].map(partition => publisher.claim(partition)))
    return world.loadShards(process, partitions)
  },
  saveShards: (process, shards, after) => world.saveShards(process, shards, after),
  wasFuture: () => world.wasFuture(),
  sourceState: () => {},
  failed: (process, error) => world.failed(process, error),
})

export const engineOf = (definition: ProcessDefinition, { now }: Pick<ScenePlace, 'now'>) =>
  new ProcessEngine({ process: definition, mode: 'live', epoch: 0, now })

/** A process that evaluates what others publish. */
export class ReadingEvaluation {
  readonly world = new RecordingWorld()
  readonly loop: EvaluationLoop
  readonly reader: TopicReader
  /** Shards in the order in which they began, as often as they did. */
  readonly began: { readonly partition: number; readonly offset: number }[] = []
  steps = 0
  /** Cases in memory after each step. */
  readonly casesTold: number[] = []
  /** What was told last of the ends of logs. */
  lastEnds = ''
  /** By shard: how far it has been told. */
  readonly toldTo = new Map<number, readonly number[]>()

  constructor(
    process: ProcessDefinition,
    place: ScenePlace,
    from: TopicReaderParts['from'],
    engine = engineOf(process, place),
  ) {
    this.loop = new EvaluationLoop(engine, this.world)
    this.reader = new TopicReader({
      process,
      openSource: () => openPublishedSource({ connection: connectionTo(place), topic: place.topic }),
      from,
      tell: (fold: Fold, message) => {
        if (message.kind === 'assigned') {
          const { partition, recordsEnd } = message.base.summary
          this.began.push({ partition, offset: recordsEnd[0] ?? 0 })
          this.toldTo.set(partition, recordsEnd)
        }
        if (message.kind === 'ends') this.lastEnds = JSON.stringify(message)
        if (message.kind === 'steps') {
          this.steps += message.steps.length
          for (const { publication } of message.steps) this.casesTold.push(publication.summary.casesInMemory)
          this.toldTo.set(message.partition, message.steps.at(-1)!.publication.summary.recordsEnd)
        }
        this.loop.hear(fold, message)
      },
      state: () => {},
      otherDefinitions: partition => this.world.failed(process.name, new Error(`other definitions of ${partition}`)),
      failed: error => this.world.failed(process.name, error),
      now: Date.now,
    })
    this.loop.join(this.reader)
  }

  get engine(): ProcessEngine {
    return this.loop.engine
  }

  async start(): Promise<void> {
    this.loop.start()
    await this.reader.start()
  }

  async stop(): Promise<void> {
    await this.reader.stop()
    await this.loop.stop()
  }
}

/** Hands records of logs over, so many at a time, in turns. @param range of the records of each log, as shares of it. */
export async function deliver(
  logs: readonly Log[],
  sizes: readonly number[],
  listenerOf: (log: Log) => SourceListener,
  [first, last]: readonly [number, number] = [0, 1],
): Promise<void> {
  const taken: Promise<void>[] = []
  const shareOf = ({ values }: Log, share: number) => Math.floor(values.length * share)
  const next = logs.map(log => shareOf(log, first))
  const ends = logs.map(log => shareOf(log, last))
  for (let turn = 0; logs.some((_, index) => (next[index] as number) < (ends[index] as number)); turn++) {
    for (const [index, log] of logs.entries()) {
      const from = next[index] as number
      const until = Math.min(ends[index] as number, from + (sizes[(turn + index) % sizes.length] as number))
      if (until > from) {
        taken.push(listenerOf(log).batch({ ...log, records: recordsOf(log.values.slice(from, until), from) }))
      }
      next[index] = until
    }
    await new Promise(resolve => setImmediate(resolve))
  }
  await Promise.all(taken)
  if (last === 1) tellEnds(logs, listenerOf)
}

export function tellEnds(logs: readonly Log[], listenerOf: (log: Log) => SourceListener): void {
  for (const log of logs) listenerOf(log).end(log, log.values.length, log.values.length)
}

/** The engine has all that the logs hold. */
export const isRead = (engine: ProcessEngine, logs: readonly Log[]): boolean =>
  engine.partitions.length === logs.length &&
  engine.partitions.every(({ id, shard, topic }) => {
    const log = logs.find(each => each.topic === id.topic && each.partition === id.partition)
    return shard.nextOffsetOf(topic) === log?.values.length
  })

export const isDone = (engine: ProcessEngine, logs: readonly Log[]): true | undefined =>
  isRead(engine, logs) && (engine.evaluatedAt ?? -Infinity) >= lastCompared(engine) ? true : undefined

/** What replicas hold, in an order of its own. */
export const stateOf = (engine: ProcessEngine) =>
  engine.shards.map(shard => {
    const { due } = shard
    return {
      partition: shard.partition,
      counts: engine.topics.map((_, topic) => shard.countsOf(topic)),
      watermarks: engine.topics.map((_, topic) => shard.watermarkOf(topic)),
      stages: shard.stages.map(({ total, segments, history, settledUntil, keptSince }) => ({
        settledUntil,
        keptSince,
        total: seriesOf(total),
        segments: [...segments].map(([key, series]) => [key, seriesOf(series)] as const).sort(byKey),
        history: history?.segments.toSorted(),
      })),
      due: engine.process.stages.flatMap((_, deadline) =>
        due
          .slotsOf(deadline)
          .flatMap(slot => [...due.standsOf(deadline, slot)].map(({ position, counts }) => [position, counts.total])),
      ),
    }
  })

const byKey = ([left]: readonly [string, unknown], [right]: readonly [string, unknown]) => (left < right ? -1 : 1)

function seriesOf(series: SeriesView) {
  const panes: string[] = []
  series.forEachPane(-Infinity, Infinity, pane => {
    const bytes = new ByteWriter()
    writePane(bytes, pane)
    panes.push(`${pane.index} ${Buffer.from(bytes.bytes.subarray(0, bytes.length)).toString('hex')}`)
  })
  return { open: series.open.entries(), panes }
}
