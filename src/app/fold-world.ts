import { topicsOf } from '../engine/local-shards.ts'
import type { FoldWorld } from '../engine/world.ts'
import type { DeadLetter, TopicPartition } from '../event/record.ts'
import { SnapshotsAway } from '../journal/stored-snapshots.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { ShardOutput } from '../shard/output.ts'
import type { DeadLetterTopic } from '../source/kafka/dead-letter-topic.ts'
import type { Store } from '../store/store.ts'
import { type HeldLimits, HeldRows } from '../store/writing/held-rows.ts'
import { withUndelivered } from './dead-letters.ts'
import type { FullDisk } from './full-disk.ts'
import type { SaveHold } from './live-copy.ts'
import type { ShardSaves } from './shard-saves.ts'

export type FoldWorldParts = {
  readonly processes: readonly ProcessDefinition[]
  readonly store: Pick<Store, 'write' | 'isFull' | 'health' | 'unacknowledged'>
  readonly deadLetterTopic: Pick<DeadLetterTopic, 'write' | 'isFull' | 'unacknowledged'> | undefined
  readonly shards: ShardSaves
  readonly saves: Pick<SaveHold, 'saveUnlessHeld'>
  readonly disk: Pick<FullDisk, 'unlessFull'>
  /** A record was found to lie in the future, and will not be any more when it is read again. */
  readonly decided: (future: DeadLetter) => void
  /** Of the rows that wait for a state to be saved. */
  readonly heldLimits?: HeldLimits
}

export type LeavingShards = Pick<FoldWorld, 'write' | 'hasRoom' | 'isStoreAway' | 'isSaveUrgent' | 'saveShards'> & {
  /** These shards begin with what was saved of them, or with nothing: what is held of them is nobody's. */
  begin(process: string, partitions: readonly TopicPartition[]): void
  /** Rows that were saved with a state. */
  writeSaved(unwritten: ShardOutput): void
  /** Resolves when all rows of the process that have been written by now are with the store; never, if the program ends before. */
  left(process: string): Promise<void>
}

/**
 * What leaves the shards and in which order: rows that the store has not acknowledged are saved with the state that has handed them out.
 *
 * A shard of several topics meets their records in another order after a crash. Visits and panes that only the earlier
 * order made would never be written again, and would stay as they are for ever. So its rows leave when the state that they
 * follow from is saved: whatever comes then goes on from what the store has.
 */
export function foldWorldOf(parts: FoldWorldParts): LeavingShards {
  const { store, deadLetterTopic, shards, saves, disk, decided } = parts
  const held = new Map(
    parts.processes
      .filter(process => topicsOf(process).length > 1)
      .map(({ name }) => [name, new HeldRows(parts.heldLimits)]),
  )
  /** Saves that the evaluation has not allowed yet. */
  let asked = 0
  const leave = (output: ShardOutput) => {
    store.write(output)
    deadLetterTopic?.write(output.deadLetters)
  }
  const decideFutures = (output: ShardOutput) => {
    for (const letter of output.deadLetters) if (letter.reason === 'future') decided(letter)
  }
  return {
    write(output) {
      decideFutures(output)
      const shard = shardOf(output)
      const own = shard && held.get(shard.process)
      if (shard === undefined || own === undefined) {
        leave(output)
        return
      }
      const { sure, unsure } = bySureness(output)
      leave(sure)
      own.put(shard.partition, unsure)
    },
    begin(process, partitions) {
      for (const { partition } of partitions) held.get(process)?.drop(partition)
    },
    writeSaved(unwritten) {
      decideFutures(unwritten)
      leave(unwritten)
    },
    hasRoom() {
      if (store.isFull() || deadLetterTopic?.isFull() === true) return false
      // An evaluation elsewhere may have to be told more before it allows the save that makes room: how far a shard is
      // ahead of it has a bound of its own.
      return asked > 0 || ![...held.values()].some(({ isFull }) => isFull)
    },
    isStoreAway: () => !store.health().ok,
    isSaveUrgent: process => held.get(process)?.isUrgent === true,
    saveShards(process, states, after, pace) {
      asked++
      const answered = () => {
        asked--
      }
      after.then(answered, answered)
      const sealed = held.get(process)?.seal([...states.keys()])
      const unwritten = withUndelivered(store.unacknowledged(), deadLetterTopic?.unacknowledged() ?? [])
      const unwrittenOf = (partition: number) => {
        const output = outputOf(unwritten, process, partition)
        return sealed === undefined ? output : joined(output, sealed.of(partition))
      }
      const save = async () => {
        try {
          await shards.save(process, states, unwrittenOf, after, pace)
        } catch (error) {
          // It has been told, and the state before is as good, only longer ago.
          if (error instanceof SnapshotsAway) return
          throw error
        }
        for (const output of sealed?.release() ?? []) leave(output)
      }
      return saves.saveUnlessHeld(() => disk.unlessFull(save))
    },
    left: process => held.get(process)?.left() ?? Promise.resolve(),
  }
}

/** Whose rows they are; undefined: there are none but of records that are kept. */
const shardOf = ({ visits, panes, measurePanes, deadLetters, settled }: ShardOutput) =>
  visits[0] ?? panes[0] ?? measurePanes[0] ?? deadLetters[0] ?? settled[0]

/** Rows that are the same whatever the order of the topics, and the others. */
function bySureness(output: ShardOutput): { readonly sure: ShardOutput; readonly unsure: ShardOutput } {
  const isSure = ({ reason }: DeadLetter) => reason !== 'late' && reason !== 'over-limit'
  const { deadLetters, records } = output
  return {
    sure: { ...nothing, deadLetters: deadLetters.filter(isSure), records },
    unsure: { ...output, deadLetters: deadLetters.filter(letter => !isSure(letter)), records: [] },
  }
}

const nothing: ShardOutput = { visits: [], panes: [], measurePanes: [], deadLetters: [], records: [], settled: [] }

const joined = (one: ShardOutput, other: ShardOutput): ShardOutput => ({
  visits: [...one.visits, ...other.visits],
  panes: [...one.panes, ...other.panes],
  measurePanes: [...one.measurePanes, ...other.measurePanes],
  deadLetters: [...one.deadLetters, ...other.deadLetters],
  records: [...one.records, ...other.records],
  settled: [...one.settled, ...other.settled],
})

const outputOf = (output: ShardOutput, process: string, partition: number): ShardOutput => {
  const isOf = (row: { readonly process: string; readonly partition: number }) =>
    row.process === process && row.partition === partition
  return {
    visits: output.visits.filter(isOf),
    panes: output.panes.filter(isOf),
    measurePanes: output.measurePanes.filter(isOf),
    deadLetters: output.deadLetters.filter(isOf),
    records: output.records.filter(isOf),
    settled: output.settled.filter(isOf),
  }
}
