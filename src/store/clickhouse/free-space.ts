import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StoreError } from '../store-error.ts'

/*
 * The embedded engine must never meet a full disk. Tried on tmpfs and on ext4 with the disk filled by somebody else while
 * it wrote: it reserves space for what it begins, but a write that fails half-way is passed over, and a part with empty or
 * cut files becomes active, of a merge as well as of an insert that is acknowledged. So we look ourselves:
 *
 * - before each insert: with less than `keptFree` bytes available none is begun, and the rows wait;
 * - after each insert: where half of that has gone meanwhile, the rows count as not written and are sent again later
 *   (they are absolute, so a second time changes nothing);
 * - all the time: merges, which run in the background and can be long, are stopped while room is short.
 *
 * What is kept free is also the room in which journal and snapshots, which lie on the same disk, go on.
 */
const mebibyte = 1_048_576

/** The most that is kept free, bytes; of a small disk it is an eighth. */
const MOST_KEPT_FREE = 128 * mebibyte
const SMALL_DISK_SHARE = 8

/** Fast enough for a disk that fills by 500 MB a second; a look costs some microseconds. */
const LOOK_EVERY_MS = 250

type DiskRoom = {
  /** Bytes that this user may still write; Infinity where the file system does not tell. */
  readonly available: number
  /** Bytes below which the store writes nothing. */
  readonly keptFree: number
}

/** @param path that exists, on the disk in question. */
async function roomOn(path: string): Promise<DiskRoom> {
  const { bsize, blocks, bavail } = await statfs(path)
  const total = bsize * blocks
  // Some network and overlay file systems say 0 for "unknown".
  if (total === 0) return { available: Infinity, keptFree: 0 }
  return { available: bsize * bavail, keptFree: Math.min(MOST_KEPT_FREE, Math.floor(total / SMALL_DISK_SHARE)) }
}

/** Before an insert. @throws StoreError where less is available than is kept free. */
export const requireRoomToWrite = (path: string): Promise<void> => requireRoom(path, 1, whileRunning)

/** After an insert. @throws StoreError where so much has gone meanwhile that the engine may have met the end. */
export const requireRoomLeft = (path: string): Promise<void> => requireRoom(path, 0.5, whileRunning)

/**
 * Before a data folder is opened: what the start itself writes must fit.
 *
 * @param path may still be missing.
 * @throws StoreError where less than a quarter is available of what is kept free.
 */
export async function requireRoomToStart(path: string): Promise<void> {
  try {
    await requireRoom(path, 0.25, 'Make room on that disk, then start again.')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error
    await requireRoomToStart(dirname(path))
  }
}

const whileRunning = 'Make room on that disk; what waits is written as soon as there is some.'

async function requireRoom(path: string, share: number, remedy: string): Promise<void> {
  const { available, keptFree } = await roomOn(path)
  if (available >= share * keptFree) return
  const left = `${inMebibytes(available)} are available of the ${inMebibytes(share * keptFree)} that are needed`
  throw new StoreError(`The disk of ${path} is full: ${left}`, remedy)
}

const inMebibytes = (bytes: number) => `${Number((bytes / mebibyte).toPrecision(2))} MiB`

/** Stops merges while room is short. Ends with the engine: what is stopped is not remembered by it. */
export class MergeStop {
  readonly #path: string
  readonly #command: (sql: string) => Promise<void>
  readonly #timer: NodeJS.Timeout
  #areStopped = false
  #looking: Promise<void> | undefined

  /** @param command runs a statement of the engine whose data lie in `path`. */
  constructor(path: string, command: (sql: string) => Promise<void>) {
    this.#path = path
    this.#command = command
    this.#timer = setInterval(() => this.#lookAside(), LOOK_EVERY_MS)
    this.#timer.unref()
  }

  /** Resolves when no statement of ours is under way any more. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  #lookAside(): void {
    this.#looking ??= this.#look()
      // The next look tries again; an engine that takes no statement refuses inserts too, and the writer tells that.
      .catch(() => {})
      .finally(() => {
        this.#looking = undefined
      })
  }

  async #look(): Promise<void> {
    const { available, keptFree } = await roomOn(this.#path)
    // Begun again only with some room above the bound, so that a merge which needs that room does not stop the next one.
    const mustStop = available < (this.#areStopped ? 2 : 1) * keptFree
    if (mustStop === this.#areStopped) return
    await this.#command(mustStop ? 'SYSTEM STOP MERGES' : 'SYSTEM START MERGES')
    this.#areStopped = mustStop
  }
}
