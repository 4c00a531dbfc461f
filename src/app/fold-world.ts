import type { FoldWorld } from '../engine/world.ts'
import type { DeadLetter } from '../event/record.ts'
import { SnapshotsAway } from '../journal/stored-snapshots.ts'
import type { ShardOutput } from '../shard/output.ts'
import type { DeadLetterTopic } from '../source/kafka/dead-letter-topic.ts'
import type { Store } from '../store/store.ts'
import { withUndelivered } from './dead-letters.ts'
import type { FullDisk } from './full-disk.ts'
import type { SaveHold } from './live-copy.ts'
import type { ShardSaves } from './shard-saves.ts'

export type FoldWorldParts = {
  readonly store: Pick<Store, 'write' | 'isFull' | 'unacknowledged'>
  readonly deadLetterTopic: Pick<DeadLetterTopic, 'write' | 'isFull' | 'unacknowledged'> | undefined
  readonly shards: ShardSaves
  readonly saves: Pick<SaveHold, 'saveUnlessHeld'>
  readonly disk: Pick<FullDisk, 'unlessFull'>
  /** A record was found to lie in the future, and will not be any more when it is read again. */
  readonly decided: (future: DeadLetter) => void
}

/** What leaves the shards and in which order: rows that the store has not acknowledged are saved with the state that has handed them out. */
export function foldWorldOf(parts: FoldWorldParts): Pick<FoldWorld, 'write' | 'hasRoom' | 'saveShards'> {
  const { store, deadLetterTopic, shards, saves, disk, decided } = parts
  return {
    write(output) {
      store.write(output)
      deadLetterTopic?.write(output.deadLetters)
      for (const letter of output.deadLetters) if (letter.reason === 'future') decided(letter)
    },
    hasRoom: () => !store.isFull() && deadLetterTopic?.isFull() !== true,
    saveShards(process, states, after) {
      const unwritten = withUndelivered(store.unacknowledged(), deadLetterTopic?.unacknowledged() ?? [])
      const save = () =>
        shards
          .save(process, states, partition => outputOf(unwritten, process, partition), after)
          .catch((error: Error) => {
            // It has been told, and the state before is as good, only longer ago.
            if (!(error instanceof SnapshotsAway)) throw error
          })
      return saves.saveUnlessHeld(() => disk.unlessFull(save))
    },
  }
}

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
