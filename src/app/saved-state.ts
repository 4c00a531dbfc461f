import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { EvaluatorState } from '../engine/process-engine.ts'
import { failpoint } from '../event/failpoint.ts'
import type { Instant } from '../event/instant.ts'
import { type Journal, openJournal } from '../journal/journal.ts'
import { futureKey } from '../journal/journal-state.ts'
import { type DamagedSnapshot, type LoadedSnapshot, openSnapshots, type Snapshots } from '../journal/snapshots.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import { foldFingerprint } from '../model/fold-fingerprint.ts'
import type { ShardOutput } from '../shard/output.ts'
import type { ShardState } from '../shard/shard-state.ts'
import { attachPages, detachPages, type SplitState } from '../shard/state-pages.ts'
import { CouldNotRun } from './could-not-run.ts'

/** One shard as saved: its state, and the rows that were on their way to the store. */
type SavedShard = {
  readonly fingerprint: string
  readonly state: ShardState
  readonly unwritten: ShardOutput
}

/** The same in a snapshot: its pages stand beside it. */
type SavedPayload = SplitState & Omit<SavedShard, 'state'>

/** Which definitions the fold of a process last ran by; the epoch rises when they change. */
type SavedGeneration = { readonly fingerprint: string; readonly epoch: number }

/**
 * What a process of Stagewatch goes on from after a restart: shards in snapshots, alerts in the journal.
 *
 * A snapshot counts only for the definitions it was folded by. When these change, the fold begins anew from the
 * log's beginning under a higher epoch, so that its rows replace the former ones; alerts go on as they were.
 */
export class SavedState {
  readonly #snapshots: Snapshots
  readonly #onDamaged: (damaged: DamagedSnapshot) => void
  readonly #generations = new Map<string, SavedGeneration>()
  readonly journal: Journal

  private constructor(snapshots: Snapshots, journal: Journal, onDamaged: (damaged: DamagedSnapshot) => void) {
    this.#snapshots = snapshots
    this.#onDamaged = onDamaged
    this.journal = journal
  }

  /**
   * @param directory of the process's data, which the caller has locked.
   * @param onDamaged is told of each snapshot that cannot be read.
   */
  static async open(directory: string, onDamaged: (damaged: DamagedSnapshot) => void): Promise<SavedState> {
    const snapshots = await openSnapshots(join(directory, 'snapshots'))
    return new SavedState(snapshots, await openJournal(join(directory, 'journal')), onDamaged)
  }

  /**
   * The epoch of the process's rows under its present definitions; durable when this resolves.
   *
   * @param stored by which definitions the newest rows in the store were folded: they count where nothing was saved here.
   */
  async epochOf(process: ProcessDefinition, stored: SavedGeneration | undefined): Promise<number> {
    const fingerprint = foldFingerprint(process)
    const saved = (await this.#load(generationName(process.name))) as SavedGeneration | undefined
    const former = saved ?? stored
    const epoch = former === undefined ? 0 : former.epoch + (former.fingerprint === fingerprint ? 0 : 1)
    const generation = { fingerprint, epoch }
    if (saved?.fingerprint !== fingerprint) await this.#snapshots.save(generationName(process.name), generation)
    this.#generations.set(process.name, generation)
    return generation.epoch
  }

  /** Names this installation: the same for as long as its data folder lives. */
  async installation(): Promise<string> {
    const saved = (await this.#load(INSTALLATION)) as { readonly id: string } | undefined
    if (saved !== undefined) return saved.id
    const id = randomUUID()
    await this.#snapshots.save(INSTALLATION, { id })
    return id
  }

  /** The last evaluation of the process: its instant, and what the evaluator remembers. */
  evaluationOf(process: string): { readonly at: Instant; readonly state: EvaluatorState } | undefined {
    const evaluation = this.journal.recover().evaluations.get(process)
    return evaluation as { readonly at: Instant; readonly state: EvaluatorState } | undefined
  }

  async loadShard(process: string, partition: number): Promise<SavedShard | undefined> {
    const loaded = await this.#loadWhole(shardName(process, partition))
    const saved = loaded?.payload as SavedPayload | undefined
    if (saved?.fingerprint !== this.#generationOf(process).fingerprint) return undefined
    const { fingerprint, unwritten } = saved
    return { fingerprint, state: attachPages(saved, loaded?.pages ?? []), unwritten }
  }

  /** Reads the states before it returns, but for their pages, which nobody writes to. Resolves when they are durable. */
  async saveShards(
    process: string,
    shards: ReadonlyMap<number, ShardState>,
    unwrittenOf: (partition: number) => ShardOutput,
  ): Promise<void> {
    const { fingerprint } = this.#generationOf(process)
    const saved = [...shards].map(([partition, state]) => {
      const offsets = state.topics.map((topic, index) => [topic, state.nextOffsets[index] as number] as const)
      const { rest, counts, pages } = detachPages(state)
      const shard: SavedPayload = { fingerprint, rest, counts, unwritten: unwrittenOf(partition) }
      const done = this.#snapshots.save(shardName(process, partition), shard, pages)
      return { partition, offsets, done: done.then(() => failpoint('save-one-shard-done')) }
    })
    // All at once: of two that fail, nobody would have waited for the second yet, and the process would end of it.
    await Promise.all(saved.map(({ done }) => done))
    for (const { partition, offsets } of saved) {
      for (const [topic, offset] of offsets) {
        if (this.#hasFutures) await this.journal.append({ kind: 'passed', process, topic, partition, offset })
      }
    }
  }

  /** Whether a record was found to lie in the future when it was first read. */
  wasFuture(process: string, topic: string, partition: number, offset: number): boolean {
    return this.#hasFutures && this.journal.recover().futures.has(futureKey({ process, topic, partition, offset }))
  }

  async close(): Promise<void> {
    await this.journal.close()
  }

  get #hasFutures(): boolean {
    return this.journal.recover().futures.size > 0
  }

  #generationOf(process: string): SavedGeneration {
    const generation = this.#generations.get(process)
    if (generation === undefined) throw new Error(`the epoch of process ${process} was not asked for`)
    return generation
  }

  async #load(name: string): Promise<unknown> {
    return (await this.#loadWhole(name))?.payload
  }

  async #loadWhole(name: string): Promise<Extract<LoadedSnapshot, { kind: 'loaded' }> | undefined> {
    const loaded = await this.#snapshots.load(name)
    for (const damaged of loaded.damaged) this.#onDamaged(damaged)
    if (loaded.kind === 'loaded') return loaded
    if (loaded.damaged.length > 0) throw unreadable(loaded.damaged)
    return undefined
  }
}

const INSTALLATION = 'installation'

const generationName = (process: string): string => `${process}.definitions`

const shardName = (process: string, partition: number): string => `${process}.${partition}`

function unreadable(damaged: readonly DamagedSnapshot[]): CouldNotRun {
  const files = damaged.map(({ file, problem }) => `${file} (${problem})`).join(', ')
  return new CouldNotRun({
    problem: `no snapshot can be read: ${files}`,
    remedy: 'put the files back from a copy, or remove them: the state is then folded anew from the log',
  })
}
