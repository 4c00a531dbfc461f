import PQueue from 'p-queue'
import type { ProcessDefinition } from '../../model/definitions.ts'
import type { ShardOutput } from '../../shard/output.ts'
import type { AssignedPartition } from '../../source/source.ts'
import type { SavedState } from '../saved-state.ts'
import type { ShardOrigin } from '../shard-saves.ts'
import { ShardStarts, type ShardStartsParts } from '../starting/shard-starts.ts'
import type { StartsAnswer } from './messages.ts'

export type StartsTogetherParts = Omit<ShardStartsParts, 'write' | 'beganAnew'> & {
  readonly saved: SavedState
  readonly processes: readonly ProcessDefinition[]
  /** How many threads fold. */
  readonly count: number
}

type Asked = {
  readonly partitions: readonly AssignedPartition[]
  readonly answer: (answer: Promise<StartsAnswer>) => void
}

/**
 * With what the shards of several threads begin.
 *
 * Whether a process begins anew is decided once for all of its shards, so the first question waits until every thread has
 * asked. Later ones, after a thread had to take its partitions over again, are answered by themselves.
 */
export class StartsTogether {
  readonly #parts: StartsTogetherParts
  /** By process: who has asked so far; undefined: all have, once. */
  readonly #first: Map<string, Map<number, Asked> | undefined>
  readonly #oneAtATime = new PQueue({ concurrency: 1 })

  constructor(parts: StartsTogetherParts) {
    this.#parts = parts
    this.#first = new Map(parts.processes.map(({ name }) => [name, new Map()]))
  }

  /** @param thread which one asks, from 0. */
  of(thread: number, process: string, partitions: readonly AssignedPartition[]): Promise<StartsAnswer> {
    const first = this.#first.get(process)
    if (first === undefined) return this.#start(process, partitions)
    return new Promise((resolve, reject) => {
      const answer = (answered: Promise<StartsAnswer>) => void answered.then(resolve, reject)
      first.set(thread, { partitions, answer })
      if (first.size < this.#parts.count) return
      this.#first.set(process, undefined)
      const all = this.#start(
        process,
        [...first.values()].flatMap(asked => asked.partitions),
      )
      for (const asked of first.values()) asked.answer(all.then(whole => shareOf(whole, asked.partitions)))
    })
  }

  #start(process: string, partitions: readonly AssignedPartition[]): Promise<StartsAnswer> {
    return this.#oneAtATime.add(async () => {
      const { saved, processes } = this.#parts
      const definition = processes.find(({ name }) => name === process)
      if (definition === undefined) throw new Error(`there is no process ${process}`)
      const unwritten: ShardOutput[] = []
      let beganAnew = false
      const starts = new ShardStarts({
        ...this.#parts,
        write: output => unwritten.push(output),
        beganAnew: () => {
          beganAnew = true
        },
      })
      const found = partitions.length === 0 ? new Map() : await starts.start(definition, partitions)
      const origins = new Map<number, ShardOrigin>()
      for (const partition of found.keys()) {
        const origin = saved.shards.originOf(process, partition)
        if (origin !== undefined) origins.set(partition, origin)
      }
      return { starts: found, origins, fingerprint: saved.fingerprintOf(process), unwritten, beganAnew }
    })
  }
}

function shareOf(whole: StartsAnswer, own: readonly AssignedPartition[]): StartsAnswer {
  const numbers = new Set(own.map(({ partition }) => partition))
  const ofOwn = <Value>(map: ReadonlyMap<number, Value>) => new Map([...map].filter(([number]) => numbers.has(number)))
  const isOwn = ({ partition }: { readonly partition: number }) => numbers.has(partition)
  return {
    ...whole,
    starts: ofOwn(whole.starts),
    origins: ofOwn(whole.origins),
    unwritten: whole.unwritten.map(output => ({
      visits: output.visits.filter(isOwn),
      panes: output.panes.filter(isOwn),
      measurePanes: output.measurePanes.filter(isOwn),
      deadLetters: output.deadLetters.filter(isOwn),
      records: output.records.filter(isOwn),
      settled: output.settled.filter(isOwn),
    })),
  }
}
