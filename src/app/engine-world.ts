import type { Logger } from 'pino'
import type { LiveView } from '../engine/live-view.ts'
import type { ProcessEngine } from '../engine/process-engine.ts'
import type { EngineWorld, EvaluationWorld } from '../engine/world.ts'
import { failpoint } from '../event/failpoint.ts'
import { instant } from '../event/instant.ts'
import type { JournalEntry } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import type { DeadLetterTopic } from '../source/kafka/dead-letter-topic.ts'
import type { Store } from '../store/store.ts'
import { auditOf } from './alert-actions.ts'
import type { Feed } from './feed.ts'
import { foldWorldOf } from './fold-world.ts'
import type { FullDisk } from './full-disk.ts'
import type { Hushing } from './hushing.ts'
import type { SaveHold } from './live-copy.ts'
import { type Notifications, queuedEntry } from './notifications.ts'
import { evaluationIn, type SavedState } from './saved-state.ts'
import type { PositionPolicy } from './starting/position-policy.ts'
import { ShardStarts } from './starting/shard-starts.ts'
import { Superseding } from './superseding.ts'

export type EvaluationWorldParts = {
  readonly journal: Pick<Journal, 'append' | 'audit'>
  readonly store: Pick<Store, 'write'>
  readonly view: Pick<LiveView, 'add' | 'tellMarks' | 'tellEvaluated' | 'setSource'>
  readonly hushing: Pick<Hushing, 'take' | 'published' | 'calmed'>
  readonly engines: readonly ProcessEngine[]
  readonly feed: Feed
  readonly notifications: Pick<Notifications, 'messagesOf' | 'deliver' | 'evaluated'>
  readonly disk: FullDisk
  readonly logger: Logger
  readonly fail: (error: Error) => void
}

/** What becomes of an evaluation, for all processes: it is in the journal before anybody hears of it. */
export function evaluationWorldOf(parts: EvaluationWorldParts): EvaluationWorld & Pick<EngineWorld, 'sourceState'> {
  const { journal, store, view, hushing, engines, feed, notifications, disk, logger, fail } = parts
  return {
    async record(process, at, transitions, state, { begun, keepFrom }, action) {
      hushing.take(transitions)
      const messages = notifications.messagesOf(process, transitions)
      const queued = messages.map(queuedEntry)
      const hours = begun.length > 0 && { hours: begun, keepFrom }
      const evaluation: JournalEntry = { kind: 'evaluation', process, at, transitions, state, ...hours }
      await disk.inOrder(process, async () => {
        if (action === undefined) return journal.append(evaluation, ...queued)
        const entry = await journal.audit(auditOf(action), evaluation, ...queued, { kind: 'action', action })
        feed({ actions: [action], audit: [entry] })
      })
      notifications.deliver(messages)
      if (transitions.length === 0) return
      // Alerts that wait to be looked at once more are in their own rows already.
      const { fired: _, ...kept } = state
      store.write({ evaluations: [{ process, at, transitions: transitions.length, state: JSON.stringify(kept) }] })
    },
    publish(process, transitions, readAt) {
      const marked = hushing.published(transitions)
      view.add(transitions, true, readAt)
      view.tellMarks(marked)
      failpoint('transition-published')
      feed({ transitions })
      for (const { id, rule, segment, from, state, at } of transitions) {
        logger.info({ process, id, rule, segment, from, state, at: new Date(at).toISOString() }, 'alert')
      }
    },
    evaluated(process, readAt) {
      view.tellEvaluated(process, readAt)
      view.tellMarks(hushing.calmed())
      notifications.evaluated(
        process,
        engines.find(engine => engine.process.name === process),
      )
    },
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

export type WorldParts = Omit<EvaluationWorldParts, 'journal' | 'store'> & {
  readonly saves: Pick<SaveHold, 'saveUnlessHeld'>
  readonly saved: SavedState
  readonly store: Pick<
    Store,
    'write' | 'isFull' | 'health' | 'unacknowledged' | 'supersede' | 'flush' | 'countKeptRecords'
  >
  readonly deadLetterTopic: Pick<DeadLetterTopic, 'write' | 'isFull' | 'unacknowledged'> | undefined
  readonly policy: PositionPolicy
}

/** The same, and what leaves shards that are folded here: rows that the store has not acknowledged are saved with the state that has handed them out. */
export function worldOf(parts: WorldParts): EngineWorld {
  const { saves, saved, store, deadLetterTopic, engines, disk, policy, logger, fail } = parts
  const { begin, writeSaved, left, ...fold } = foldWorldOf({
    processes: engines.map(({ process }) => process),
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
  const evaluation = evaluationWorldOf({ ...parts, journal: saved.journal })
  const sinceOf = (process: string, partition: number) => saved.shards.originOf(process, partition)?.since ?? 0
  const superseding = new Superseding({ store, write: fold.write, left, folds: () => engines, sinceOf })
  const starts = new ShardStarts({
    saved,
    policy,
    write: writeSaved,
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
    ...evaluation,
    evaluated(process, readAt) {
      superseding.look(process)
      evaluation.evaluated(process, readAt)
    },
    async loadShards(process, partitions) {
      const engine = engines.find(each => each.process.name === process)
      if (engine === undefined) throw new Error(`there is no process ${process}`)
      begin(process, partitions)
      return starts.start(engine.process, partitions)
    },
    wasFuture: (process, topic, partition, offset) => saved.wasFuture(process, topic, partition, offset),
  }
}

/** Lets an engine go on after its last evaluation, before it is given any partition. */
export async function goOn(
  engine: ProcessEngine,
  world: EvaluationWorld,
  journal: Pick<Journal, 'recover'>,
): Promise<void> {
  const { name } = engine.process
  const evaluation = evaluationIn(journal, name)
  if (evaluation === undefined) return
  const ended = engine.restore(evaluation.state, evaluation.at, evaluation.hours)
  if (ended.length === 0) return
  await world.record(name, evaluation.at, ended, engine.snapshot(), engine.takeHours())
  world.publish(name, ended)
}
