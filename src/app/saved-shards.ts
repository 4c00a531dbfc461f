import { randomUUID } from 'node:crypto'
import type { Instant } from '../event/instant.ts'
import type { DamagedSnapshot, LoadedSnapshot, Snapshots } from '../journal/snapshots.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import { foldFingerprint } from '../model/fold-fingerprint.ts'
import { attachPages } from '../shard/state-pages.ts'
import { CouldNotRun } from './could-not-run.ts'
import {
  type Passed,
  type SavedPayload,
  type SavedShard,
  type ShardOrigin,
  ShardSaves,
  shardName,
} from './shard-saves.ts'

/**
 * Which definitions the fold of a process runs by. The epoch rises when they change, and when shards begin anew for
 * another reason; `since` is the one under which the definitions came in force.
 */
type Generation = { readonly fingerprint: string; readonly epoch: number; readonly since: number }

/** Where a partition began when it was first read. */
export type StartingPoint = {
  /** As it was configured. */
  readonly text: string
  readonly at: Instant
  /** By `topic:partition`. */
  readonly offsets: Readonly<Record<string, number>>
}

export type SavedShardsParts = {
  /** In the data folder. */
  readonly local: Snapshots
  /** Where the states of shards are: the same, or what several machines share. */
  readonly snapshots: Snapshots
  /** Told what durable states cover: what was decided there of future records is never asked again. */
  readonly passed: (passed: Passed) => Promise<void>
  /** Told of each snapshot that cannot be read. */
  readonly onDamaged: (damaged: DamagedSnapshot) => void
}

/**
 * What the shards of a process go on from after a restart, or on another machine.
 *
 * A state counts only for the definitions that it was folded by. Which these are is saved when the fold by new ones
 * begins, not before: as long as it may not begin, the former definitions go on with their states as if nothing had been.
 */
export class SavedShards {
  readonly #snapshots: Snapshots
  readonly #local: Snapshots
  readonly #onDamaged: (damaged: DamagedSnapshot) => void
  readonly #generations = new Map<string, Generation>()
  /** Processes whose generation is not saved yet. */
  readonly #unsaved = new Set<string>()
  readonly shards: ShardSaves

  /** The snapshots are the caller's to close. */
  constructor({ local, snapshots, passed, onDamaged }: SavedShardsParts) {
    this.#snapshots = snapshots
    this.#local = local
    this.#onDamaged = onDamaged
    this.shards = new ShardSaves(snapshots, passed)
  }

  /**
   * The epoch of the process's rows under its present definitions; durable once a shard of it has begun.
   *
   * @param stored by which definitions the newest rows in the store were folded: they count where nothing was saved here.
   */
  async epochOf(
    process: ProcessDefinition,
    stored: { readonly fingerprint: string; readonly epoch: number } | undefined,
  ): Promise<number> {
    const fingerprint = foldFingerprint(process)
    const saved = (await this.#load(generationName(process.name))) as Generation | undefined
    const former = saved ?? (stored && { ...stored, since: stored.epoch })
    const generation = generationAfter(former, fingerprint)
    this.#generations.set(process.name, generation)
    if (saved?.fingerprint !== fingerprint) this.#unsaved.add(process.name)
    return generation.epoch
  }

  /** Names this installation: the same for as long as its data folder lives. */
  async installation(): Promise<string> {
    const saved = (await this.#load(INSTALLATION, this.#local)) as { readonly id: string } | undefined
    if (saved !== undefined) return saved.id
    const id = randomUUID()
    await this.#local.save(INSTALLATION, { id })
    return id
  }

  /**
   * Which life of the program this is, from 1; durable when this resolves, so that no other one has the same.
   *
   * @param least asked where nothing is known here of lives before: others may have written what the store holds.
   */
  async beginLife(least: () => Promise<number>): Promise<number> {
    const former = (await this.#load(LIFE, this.#local)) as { readonly life: number } | undefined
    const life = former === undefined ? Math.max(1, await least()) : former.life + 1
    await this.#local.save(LIFE, { life })
    return life
  }

  /** The shard is ours from now on. @throws CouldNotRun where there are snapshots and none of them can be read. */
  async loadShard(process: string, partition: number): Promise<SavedShard | undefined> {
    const loaded = this.#readable(await this.#snapshots.takeOver(shardName(process, partition)))
    if (loaded === undefined) return undefined
    const { rest, counts, ...saved } = loaded.payload as SavedPayload
    return { ...saved, state: attachPages({ rest, counts }, loaded.pages) }
  }

  /** Whether a state was folded by the definitions that are in force. */
  isOfPresent(process: string, { fingerprint, state }: Pick<SavedShard, 'fingerprint' | 'state'>): boolean {
    const generation = this.#generationOf(process)
    return fingerprint === generation.fingerprint && state.epoch >= generation.since
  }

  /** The epoch of the process's rows now. */
  presentEpoch(process: string): number {
    return this.#generationOf(process).epoch
  }

  /** Shards begin under this epoch, which is not lower than the present one; durable when this resolves. */
  async beginEpoch(process: string, epoch: number): Promise<void> {
    const former = this.#generationOf(process)
    if (epoch === former.epoch && !this.#unsaved.has(process)) return
    const generation = { ...former, epoch }
    await this.#snapshots.save(generationName(process), generation)
    this.#generations.set(process, generation)
    this.#unsaved.delete(process)
  }

  /** As `ShardSaves.setOrigin`, under the definitions that are in force. */
  setOrigin(process: string, partition: number, origin: ShardOrigin | undefined): void {
    this.shards.setOrigin(process, partition, origin, this.fingerprintOf(process))
  }

  /** Of the definitions that are in force. */
  fingerprintOf(process: string): string {
    return this.#generationOf(process).fingerprint
  }

  /** Of a partition, since each has an owner of its own where several processes share them; else what the first one was given. */
  async startingPoint(process: string, partition: number): Promise<StartingPoint | undefined> {
    const own = await this.#load(startName(shardName(process, partition)))
    return (own ?? (await this.#load(startName(process)))) as StartingPoint | undefined
  }

  /** @param isFirst of the process: it holds for partitions that are read first later. */
  async saveStartingPoint(process: string, partition: number, point: StartingPoint, isFirst: boolean): Promise<void> {
    if (isFirst) await this.#snapshots.save(startName(process), point)
    await this.#snapshots.save(startName(shardName(process, partition)), point)
  }

  #generationOf(process: string): Generation {
    const generation = this.#generations.get(process)
    if (generation === undefined) throw new Error(`the epoch of process ${process} was not asked for`)
    return generation
  }

  async #load(name: string, snapshots = this.#snapshots): Promise<unknown> {
    return this.#readable(await snapshots.load(name))?.payload
  }

  #readable(loaded: LoadedSnapshot): Extract<LoadedSnapshot, { kind: 'loaded' }> | undefined {
    for (const damaged of loaded.damaged) this.#onDamaged(damaged)
    if (loaded.kind === 'loaded') return loaded
    if (loaded.damaged.length > 0) throw unreadable(loaded.damaged)
    return undefined
  }
}

function generationAfter(former: Generation | undefined, fingerprint: string): Generation {
  if (former === undefined) return { fingerprint, epoch: 0, since: 0 }
  if (former.fingerprint === fingerprint) return former
  return { fingerprint, epoch: former.epoch + 1, since: former.epoch + 1 }
}

const INSTALLATION = 'installation'
const LIFE = 'life'

const generationName = (process: string): string => `${process}.definitions`

const startName = (name: string): string => `${name}.start`

function unreadable(damaged: readonly DamagedSnapshot[]): CouldNotRun {
  const files = damaged.map(({ file, problem }) => `${file} (${problem})`).join(', ')
  return new CouldNotRun({
    problem: `no snapshot can be read: ${files}`,
    remedy: 'put the files back from a copy, or remove them: the state is then folded anew from the log',
  })
}
