import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SavePace } from '../engine/save-pace.ts'
import { failpoint } from '../event/failpoint.ts'
import { type Instant, instant } from '../event/instant.ts'
import { messageOf } from './journal-error.ts'
import { contentOf, HEADER_BYTES, partsOf, type SnapshotContent, SnapshotHash } from './snapshot-format.ts'
import { syncDirectory } from './sync-directory.ts'

/*
 * Snapshots as files. One is written aside, synced and renamed, so a name never stands for half a snapshot. The last
 * three of a name are kept: where the newest was damaged on disk, the one before is as good a place to replay from.
 */
export const keptSnapshots = 3
/** So many bytes hold up the process for less than a ms; and a system takes no more than 1,024 buffers at once. */
const WRITTEN_AT_ONCE = 1_048_576
const MOST_AT_ONCE = 1_000

export type DamagedSnapshot = { readonly file: string; readonly problem: string }

export type LoadedSnapshot =
  | ({ readonly kind: 'loaded'; readonly damaged: readonly DamagedSnapshot[] } & SnapshotContent)
  /** Nothing was ever saved under this name (`damaged` is empty), or none of it can be read. */
  | { readonly kind: 'none'; readonly damaged: readonly DamagedSnapshot[] }

export type Pace = Pick<SavePace, 'rest'>

export interface Snapshots {
  /**
   * Resolves when the snapshot is on disk. Snapshots of one name are written one after the other, in order.
   *
   * @param payload anything that V8 can serialize, taken as it is at the call.
   * @param pages to be left alone from now on.
   * @param after the snapshot counts only once this has resolved; where it rejects there is none.
   * @param pace at which it is written; absent: at once.
   * @throws the file system's error, or what `after` rejects with; the snapshots before stay as they were.
   */
  save(name: string, payload: unknown, pages?: readonly Int32Array[], after?: Promise<void>, pace?: Pace): Promise<void>
  /** The newest snapshot that can be read, and those that had to be passed over. */
  load(name: string): Promise<LoadedSnapshot>
  /** As `load`; and from now on the name is ours: what a former owner still saves of it does not count. */
  takeOver(name: string): Promise<LoadedSnapshot>
  /** Whoever waits for an answer from elsewhere is let go, with an error. */
  close(): void
}

/**
 * @param directory made if missing; belongs to one process.
 * @param isFirst whether what a killed process has left half done is removed: not while others of this process write.
 */
export async function openSnapshots(directory: string, isFirst = true): Promise<Snapshots> {
  await mkdir(directory, { recursive: true })
  const leftOver = isFirst ? (await readdir(directory)).filter(file => file.endsWith('.part')) : []
  for (const file of leftOver) await rm(join(directory, file))
  const underWay = new Map<string, Promise<void>>()
  const loadNewest = async (name: string) => {
    await underWay.get(name)?.catch(() => undefined)
    return load(directory, name)
  }
  return {
    save: (name, payload, pages = [], after = Promise.resolve(), pace) => {
      const parts = partsOf(name, payload, pages)
      const former = underWay.get(name) ?? Promise.resolve()
      // A failed snapshot is its caller's to handle; the next one does not depend on it.
      const saved = former.catch(() => undefined).then(() => write(directory, name, parts, after, pace))
      underWay.set(name, saved)
      return saved
    },
    load: loadNewest,
    // The directory belongs to one process.
    takeOver: loadNewest,
    close() {},
  }
}

async function write(
  directory: string,
  name: string,
  parts: readonly Buffer[],
  after: Promise<void>,
  pace: Pace | undefined,
): Promise<void> {
  const files = await filesOf(directory, name)
  const path = join(directory, fileName(name, (files.at(-1)?.number ?? 0) + 1))
  failpoint('snapshot-before-write')
  try {
    await writeAside(`${path}.part`, parts, pace)
    await after
  } catch (error) {
    // On a full disk half a snapshot would take the room that the journal needs.
    await rm(`${path}.part`, { force: true })
    throw error
  }
  failpoint('snapshot-before-rename')
  await rename(`${path}.part`, path)
  failpoint('snapshot-after-rename')
  await syncDirectory(directory)
  failpoint('snapshot-before-removal')
  for (const { file } of files.slice(0, Math.max(0, files.length + 1 - keptSnapshots))) await rm(join(directory, file))
}

async function writeAside(path: string, parts: readonly Buffer[], pace: Pace | undefined): Promise<void> {
  const handle = await open(path, 'w')
  try {
    await writeParts(handle, parts, pace)
    failpoint('snapshot-before-sync')
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function writeParts(handle: FileHandle, parts: readonly Buffer[], pace: Pace | undefined): Promise<void> {
  const hash = new SnapshotHash()
  let length = 0
  let waiting: Buffer[] = []
  let waitingBytes = 0
  let since = performance.now()
  const writeWaiting = async () => {
    await writeAll(handle, waiting, HEADER_BYTES + length)
    length += waitingBytes
    waiting = []
    waitingBytes = 0
  }
  for (const part of parts) {
    const head = hash.add(part)
    waiting.push(head, part)
    waitingBytes += head.length + part.length
    if (waitingBytes < WRITTEN_AT_ONCE && waiting.length < MOST_AT_ONCE) continue
    const written = writeWaiting()
    const busyMs = performance.now() - since
    await written
    await pace?.rest(busyMs)
    since = performance.now()
  }
  await writeWaiting()
  await handle.write(hash.header(), 0, HEADER_BYTES, 0)
}

/** A disk that fills up takes a part and reports no error: only the next write tells. */
async function writeAll(handle: FileHandle, buffers: readonly Buffer[], position: number): Promise<void> {
  let left = buffers
  for (let at = position; left.length > 0; ) {
    const { bytesWritten } = await handle.writev(left, at)
    at += bytesWritten
    left = withoutFirst(bytesWritten, left)
  }
}

function withoutFirst(bytes: number, buffers: readonly Buffer[]): Buffer[] {
  const left: Buffer[] = []
  let passed = 0
  for (const buffer of buffers) {
    const gone = Math.min(buffer.length, Math.max(0, bytes - passed))
    if (gone < buffer.length) left.push(buffer.subarray(gone))
    passed += buffer.length
  }
  return left
}

/** When the newest snapshot of a name was written, by the wall clock; undefined: there is none. */
export async function savedAtIn(directory: string, name: string): Promise<Instant | undefined> {
  const newest = (await filesOf(directory, name)).at(-1)
  return newest === undefined ? undefined : instant(Math.round((await stat(join(directory, newest.file))).mtimeMs))
}

async function load(directory: string, name: string): Promise<LoadedSnapshot> {
  const damaged: DamagedSnapshot[] = []
  for (const { file } of (await filesOf(directory, name)).reverse()) {
    try {
      return { kind: 'loaded', ...contentOf(name, await readFile(join(directory, file))), damaged }
    } catch (error) {
      damaged.push({ file: join(directory, file), problem: messageOf(error) })
    }
  }
  return { kind: 'none', damaged }
}

/** A name may hold anything; its file has a name that every file system takes. */
const filePrefix = (name: string) => {
  const readable = name.replaceAll(/[^A-Za-z0-9_-]+/g, '-').slice(0, 80)
  return `${readable}.${createHash('sha256').update(name).digest('hex').slice(0, 16)}.`
}

const fileName = (name: string, number: number) => `${filePrefix(name)}${String(number).padStart(12, '0')}.snapshot`

/** Oldest first. */
async function filesOf(directory: string, name: string) {
  const prefix = filePrefix(name)
  return (await readdir(directory))
    .filter(file => file.startsWith(prefix) && file.endsWith('.snapshot'))
    .map(file => ({ file, number: Number.parseInt(file.slice(prefix.length), 10) }))
    .sort((a, b) => a.number - b.number)
}
