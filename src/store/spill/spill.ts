import { constants, type Dirent } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import PQueue from 'p-queue'
import { requireRoomToWrite } from '../clickhouse/free-space.ts'
import { messageOf, StoreError } from '../store-error.ts'
import { contentOf, type FrameAt, frameAt, frameOf, openingOf, type SpilledTable, tableOf } from './spill-format.ts'

/*
 * Rows that wait for ClickHouse on disk, once memory has too many of them. A row counts as kept when the frame that holds it
 * is synced; from then on nobody else need hold it. Files are handed out oldest first, and removed when all of their rows
 * are acknowledged. Rows are absolute and carry a version, so nothing depends on the order, nor on how often one is sent: a
 * process that is killed before it removes a file sends it once more.
 *
 * A file is only ever appended to by the life of the program that began it. What former lives have left is only sent.
 */
export type SpillOptions = {
  /** Made when it is needed. Each thread has its own. */
  readonly folder: string
  /** The most that lies in it, bytes. */
  readonly maxBytes: number
  /** Whether what former lives left in the folder, and in the folders in it, is sent from here. */
  readonly takesOver: boolean
  readonly report: SpillReport
}

/** What people are told. */
export type SpillReport = {
  /** Rows wait on disk that had all been in memory; they begin to. */
  began(folder: string): void
  /** None wait on disk any more. */
  ended(folder: string): void
  /** Rows could not be written to disk: they stay in memory. */
  failed(error: Error): void
  /** Not all of a file can be read; what can was sent, and it was set aside. */
  damaged(damaged: { readonly file: string; readonly problem: string }): void
  /** A file ended in a frame that was not whole, which nobody had relied on. */
  torn(torn: { readonly file: string; readonly tornBytes: number }): void
}

/** Rows of one table, as they are inserted. */
export type SpilledBatch = { readonly table: SpilledTable; readonly rows: number; readonly lines: Buffer }

type KeptFile = {
  readonly path: string
  /** Not acknowledged yet, as far as their number is known. */
  rows: number
  bytes: number
}

type OpenFile = KeptFile & { readonly handle: FileHandle }

/** A file that has grown so far is followed by another: what is sent once more after a crash is no more than that. */
const FILE_BYTES = 32 * 1_048_576

const ENDING = '.spill'

export class Spill {
  readonly #options: SpillOptions
  readonly #tables: readonly SpilledTable[]
  readonly #files: KeptFile[]
  /** By table; they are among `#files`. */
  readonly #open = new Map<string, OpenFile>()
  /** What changes files that are open. */
  readonly #oneAtATime = new PQueue({ concurrency: 1 })
  #nextNumber: number
  /** Whether somebody was told so, or it began in a former life. */
  #hasBegun: boolean
  #isFailing = false

  private constructor(options: SpillOptions, tables: readonly SpilledTable[], files: KeptFile[], nextNumber: number) {
    this.#options = options
    this.#tables = tables
    this.#files = files
    this.#nextNumber = nextNumber
    this.#hasBegun = files.length > 0
  }

  /** @param tables that rows can be inserted into, with all their columns. */
  static async open(options: SpillOptions, tables: readonly SpilledTable[]): Promise<Spill> {
    const own = await filesIn(options.folder)
    const nextNumber = Math.max(0, ...own.map(file => Number.parseInt(basename(file), 10) || 0)) + 1
    const files: KeptFile[] = []
    for (const path of options.takesOver ? [...own, ...(await filesBelow(options.folder))] : []) {
      if (path.endsWith(ENDING)) files.push(await keptFile(path))
    }
    return new Spill(options, tables, files, nextNumber)
  }

  /** Rows that are kept here, about: of a damaged file not all can be counted. */
  get rows(): number {
    return this.#files.reduce((sum, { rows }) => sum + rows, 0)
  }

  get isEmpty(): boolean {
    return this.#files.length === 0
  }

  /**
   * Resolves with true when the rows are on disk; with false where they cannot be kept: the bound is reached, the disk is
   * full or does not work. That is told when it begins.
   */
  append(table: SpilledTable, rows: number, lines: Buffer): Promise<boolean> {
    return this.#oneAtATime.add(async () => {
      try {
        await this.#append(table, rows, lines)
      } catch (error) {
        if (!this.#isFailing) this.#options.report.failed(error as Error)
        this.#isFailing = true
        return false
      }
      this.#isFailing = false
      if (!this.#hasBegun) this.#options.report.began(this.#options.folder)
      this.#hasBegun = true
      return true
    })
  }

  /**
   * Hands out all rows, and lets go of those that are acknowledged.
   *
   * @param insert resolves with true once the rows are acknowledged, with false where that was given up.
   * @param between is called after each file.
   * @returns false where it was given up.
   */
  async sendAll(insert: (batch: SpilledBatch) => Promise<boolean>, between: () => Promise<void>): Promise<boolean> {
    for (let file = this.#files[0]; file !== undefined; file = this.#files[0]) {
      await this.#sealIfOpen(file)
      if (!(await this.#sendFile(file, insert))) return false
      await between()
    }
    if (this.#hasBegun) this.#options.report.ended(this.#options.folder)
    this.#hasBegun = false
    return true
  }

  /** What is kept stays. */
  async close(): Promise<void> {
    await this.#oneAtATime.add(async () => {
      for (const [table, file] of this.#open) await this.#seal(table, file)
    })
  }

  async #append(table: SpilledTable, rows: number, lines: Buffer): Promise<void> {
    await this.#requireRoomFor(lines.length)
    const file = this.#open.get(table.name) ?? (await this.#begin(table))
    try {
      const frame = frameOf(lines, rows)
      await writeAt(file.handle, frame, file.bytes)
      await file.handle.datasync()
      file.bytes += frame[0].length + frame[1].length
      file.rows += rows
    } catch (error) {
      await this.#abandon(table.name, file)
      throw error
    }
    if (file.bytes >= FILE_BYTES) await this.#seal(table.name, file)
  }

  async #requireRoomFor(bytes: number): Promise<void> {
    const { folder, maxBytes } = this.#options
    const kept = this.#files.reduce((sum, file) => sum + file.bytes, 0)
    if (kept + bytes > maxBytes) {
      const bound = `${Math.floor(maxBytes / 1_048_576)} MiB`
      throw new StoreError(`${folder} holds the ${bound} of rows that may wait there`, 'See to the store.')
    }
    await makeDurably(folder)
    // What is left belongs to the journal and the snapshots.
    await requireRoomToWrite(folder)
  }

  async #begin(table: SpilledTable): Promise<OpenFile> {
    const { folder } = this.#options
    const number = String(this.#nextNumber++).padStart(8, '0')
    const path = join(folder, `${number}.${table.name}${ENDING}`)
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL)
    const file: OpenFile = { path, handle, rows: 0, bytes: 0 }
    this.#files.push(file)
    this.#open.set(table.name, file)
    try {
      const opening = openingOf(table)
      await writeAt(handle, opening, 0)
      file.bytes = opening[0].length + opening[1].length
      await syncDirectory(folder)
    } catch (error) {
      await this.#abandon(table.name, file)
      throw error
    }
    return file
  }

  async #seal(table: string, file: OpenFile): Promise<void> {
    this.#open.delete(table)
    await file.handle.close()
  }

  /** Part of a frame may be on disk: nothing may come to lie behind it. */
  async #abandon(table: string, file: OpenFile): Promise<void> {
    this.#open.delete(table)
    // Where it cannot be cut off it is torn, or sent without need; neither does harm.
    await file.handle.truncate(file.bytes).catch(() => undefined)
    await file.handle.close().catch(() => undefined)
  }

  #sealIfOpen(file: KeptFile): Promise<void> {
    return this.#oneAtATime.add(async () => {
      for (const [table, each] of this.#open) if (each === file) await this.#seal(table, each)
    })
  }

  async #sendFile(file: KeptFile, insert: (batch: SpilledBatch) => Promise<boolean>): Promise<boolean> {
    const problems: string[] = []
    try {
      for await (const batch of batchesOf(file.path, this.#tables, problems, this.#options.report)) {
        if (!(await insert(batch))) return false
        file.rows = Math.max(0, file.rows - batch.rows)
      }
    } catch (error) {
      // Who removes a file has had all of it acknowledged.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return this.#forget(file)
      problems.push(messageOf(error))
    }
    if (problems.length === 0) await rm(file.path, { force: true }).catch(error => this.#options.report.failed(error))
    else await this.#setAside(file, problems)
    return this.#forget(file)
  }

  /** Where it cannot be renamed the next start finds it again. */
  async #setAside({ path }: KeptFile, problems: readonly string[]): Promise<void> {
    const aside = `${path}.damaged`
    const file = await rename(path, aside).then(
      () => aside,
      () => path,
    )
    this.#options.report.damaged({ file, problem: problems.join('; ') })
  }

  #forget(file: KeptFile): true {
    this.#files.splice(this.#files.indexOf(file), 1)
    return true
  }
}

/** What a file holds; what cannot be read of it is added to `problems`. */
async function* batchesOf(
  path: string,
  tables: readonly SpilledTable[],
  problems: string[],
  report: Pick<SpillReport, 'torn'>,
): AsyncGenerator<SpilledBatch> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    let table: SpilledTable | undefined
    for (let at = 0; at < size; ) {
      const found = await frameAt(file, at, size)
      if (found === 'unreadable') {
        problems.push(`nothing can be read from byte ${at} on`)
        return
      }
      const content = 'tornBytes' in found ? 'torn' : await contentOf(file, found, size)
      if (content === 'torn') {
        report.torn({ file: path, tornBytes: size - at })
        return
      }
      const { rows, end } = found as FrameAt
      if (content === undefined) problems.push(`${rows} rows at byte ${at} do not match their checksum`)
      else if (at === 0) table = tableOf(content, tables)
      else if (table !== undefined) yield { table, rows, lines: content }
      at = end
    }
  } finally {
    await file.close()
  }
}

/** Counts the rows of a file by the heads of its frames. */
async function keptFile(path: string): Promise<KeptFile> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    let rows = 0
    for (let at = 0; at < size; ) {
      const found = await frameAt(file, at, size)
      // It is told when the file is sent.
      if (found === 'unreadable' || 'tornBytes' in found) break
      rows += found.rows
      at = found.end
    }
    return { path, rows, bytes: size }
  } finally {
    await file.close()
  }
}

async function filesIn(folder: string): Promise<string[]> {
  return (await entriesOf(folder)).flatMap(entry => (entry.isFile() ? [join(folder, entry.name)] : [])).sort()
}

async function filesBelow(folder: string): Promise<string[]> {
  const folders = (await entriesOf(folder)).filter(entry => entry.isDirectory())
  return (await Promise.all(folders.map(({ name }) => filesIn(join(folder, name))))).flat()
}

/** None where the folder is missing. */
const entriesOf = (folder: string): Promise<Dirent[]> =>
  readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })

/** The names of folders are durable, too. */
async function makeDurably(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made))
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

async function writeAt(file: FileHandle, parts: readonly Buffer[], position: number): Promise<void> {
  let at = position
  for (const part of parts) {
    for (let written = 0; written < part.length; ) {
      const { bytesWritten } = await file.write(part, written, part.length - written, at)
      written += bytesWritten
      at += bytesWritten
    }
  }
}
