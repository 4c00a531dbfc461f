import type { Logger } from 'pino'
import type { LiveView } from '../engine/live-view.ts'
import type { ProcessEngine } from '../engine/process-engine.ts'
import type { EngineWorld } from '../engine/world.ts'
import { failpoint } from '../event/failpoint.ts'
import { instant } from '../event/instant.ts'
import type { DeadLetterTopic } from '../source/kafka/dead-letter-topic.ts'
import type { Store } from '../store/store.ts'
import type { Feed } from './feed.ts'
import { foldWorldOf } from './fold-world.ts'
import type { FullDisk } from './full-disk.ts'
import type { SaveHold } from './live-copy.ts'
import { type Notifications, queuedEntry } from './notifications.ts'
import type { SavedState } from './saved-state.ts'
import type { PositionPolicy } from './starting/position-policy.ts'
import { ShardStarts } from './starting/shard-starts.ts'
import { Superseding } from './superseding.ts'

export type WorldParts = {
  readonly saves: SaveHold
  readonly saved: SavedState
  readonly store: Pick<Store, 'write' | 'isFull' | 'unacknowledged' | 'supersede' | 'flush' | 'countKeptRecords'>
  readonly deadLetterTopic: Pick<DeadLetterTopic, 'write' | 'isFull' | 'unacknowledged'> | undefined
  readonly view: Pick<LiveView, 'add' | 'tellEvaluated' | 'setSource'>
  readonly engines: readonly ProcessEngine[]
  readonly feed: Feed
  readonly notifications: Pick<Notifications, 'messagesOf' | 'deliver' | 'evaluated'>
  readonly disk: FullDisk
  readonly policy: PositionPolicy
  readonly logger: Logger
  readonly fail: (error: Error) => void
}

/**
 * What becomes durable in which order, for all processes: an evaluation is in the journal before anybody hears of it;
 * rows that the store has not acknowledged are saved with the state that has handed them out.
 */
export function worldOf(parts: WorldParts): EngineWorld {
  const { saves, saved, store, deadLetterTopic, view, engines, feed, notifications, disk, policy, logger, fail } = parts
  const fold = foldWorldOf({
    store,
    deadLetterTopic,
    shards: saved.shards,
    saves,
    disk,
    decided({ process, topic, partition, offset }) {
      disk
        .untilThereIsRoom(() => saved.journal.append({ kind: 'future', process, topic, partition, offset }))
        .catch(fail)
    },
  })
  const { write } = fold
  const sinceOf = (process: string, partition: number) => saved.shards.originOf(process, partition)?.since ?? 0
  const superseding = new Superseding(store, write, () => engines, sinceOf)
  const starts = new ShardStarts({
    saved,
    policy,
    write,
    async countStored(process, { topic, partition }, from, before) {
      await store.flush()
      return store.countKeptRecords({ process, topic, partition, from, before })
    },
    beganAnew: process => superseding.await(process),
    now: Date.now,
    logger,
  })
  return {
    ...fold,
    async record(process, at, transitions, state) {
      const messages = notifications.messagesOf(process, transitions)
      const queued = messages.map(queuedEntry)
      await disk.inOrder(process, () =>
        saved.journal.append({ kind: 'evaluation', process, at, transitions, state }, ...queued),
      )
      notifications.deliver(messages)
      if (transitions.length === 0) return
      store.write({ evaluations: [{ process, at, transitions: transitions.length, state: JSON.stringify(state) }] })
    },
    publish(process, transitions) {
      view.add(transitions, true)
      failpoint('transition-published')
      feed({ transitions })
      for (const { id, rule, segment, from, state, at } of transitions) {
        logger.info({ process, id, rule, segment, from, state, at: new Date(at).toISOString() }, 'alert')
      }
    },
    evaluated(process) {
      view.tellEvaluated(process)
      superseding.look(process)
      notifications.evaluated(
        process,
        engines.find(engine => engine.process.name === process),
      )
    },
    async loadShards(process, partitions) {
      const engine = engines.find(each => each.process.name === process)
      if (engine === undefined) throw new Error(`there is no process ${process}`)
      return starts.start(engine.process, partitions)
    },
    wasFuture: (process, topic, partition, offset) => saved.wasFuture(process, topic, partition, offset),
    sourceState(process, state) {
      view.setSource(process, state, instant(Date.now()))
      if (state.kind === 'failed') logger.error({ process, remedy: state.remedy }, state.reason)
      else logger.info({ process, to: state.to }, state.kind)
    },
    failed(process, error) {
      logger.fatal({ process, err: error }, 'the process cannot go on')
      fail(error)
    },
  }
}

/** Lets an engine go on after its last evaluation, before it is given any partition. */
export async function goOn(engine: ProcessEngine, world: EngineWorld, saved: SavedState): Promise<void> {
  const { name } = engine.process
  const evaluation = saved.evaluationOf(name)
  if (evaluation === undefined) return
  const ended = engine.restore(evaluation.state, evaluation.at)
  if (ended.length === 0) return
  await world.record(name, evaluation.at, ended, engine.snapshot())
  world.publish(name, ended)
}
