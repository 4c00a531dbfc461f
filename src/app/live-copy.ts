import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CouldNotRun } from './could-not-run.ts'
import { ingestFolder } from './ingest/ingest-logs.ts'
import { spillFolder } from './spilling.ts'

/*
 * A copy of the data folder of a running program, from which a restart gives the numbers of an uninterrupted run. What
 * matters is the order:
 *
 * 1. snapshots. None is saved meanwhile: the journal notes how far they have come, and forgets what lies before;
 * 2. the journal, which may be ahead of the snapshots: a restart folds up to where the evaluator had been. Entries are
 *    appended while it is copied; a torn last one is cut off when it is opened, like that of a killed process;
 * 3. the logs of events that came by HTTP, which have what comes after the snapshots, and lose nothing as long as none is saved;
 * 4. rows that wait on disk, which the snapshots rely on as well. What is written meanwhile need not be whole; a file that
 *    goes is in the store by then;
 * 5. the store, which must have every row that the snapshots rely on. What it has beyond them is written once more.
 */
export type LiveCopyParts = {
  readonly data: string
  readonly saves: SaveHold
  /** Absent where the store is a server. */
  readonly copyStore: ((directory: string) => Promise<void>) | undefined
}

/**
 * @param to must not exist; it does only when the copy is whole.
 * @throws CouldNotRun where it exists, and the file system's error.
 */
export async function copyLiveData({ data, saves, copyStore }: LiveCopyParts, to: string): Promise<void> {
  await copyAside(to, async aside => {
    await saves.heldWhile(async () => {
      await copyFiles(data, aside, name => /^simulation\..*\.json$/.test(name))
      await copyFiles(join(data, 'snapshots'), join(aside, 'snapshots'), name => name.endsWith('.snapshot'))
      await copyJournal(join(data, 'journal'), join(aside, 'journal'))
      await copyIngest(ingestFolder(data), ingestFolder(aside))
    })
    await copySpill(spillFolder(data), spillFolder(aside))
    await copyStore?.(join(aside, 'clickhouse'))
  })
}

/** Lets `copy` fill a folder that becomes `to` when it is whole, and is removed where it does not become so. */
export async function copyAside(to: string, copy: (aside: string) => Promise<void>): Promise<void> {
  const isThere = await readdir(to).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  )
  if (isThere) throw new CouldNotRun({ problem: `${to} exists already`, remedy: 'name a folder that does not exist' })
  const aside = `${to}.part`
  await rm(aside, { recursive: true, force: true })
  try {
    await mkdir(aside, { recursive: true })
    await copy(aside)
    await rename(aside, to)
  } catch (error) {
    await rm(aside, { recursive: true, force: true })
    throw error
  }
}

async function copyFiles(from: string, to: string, isWanted: (name: string) => boolean): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const name of await readdir(from)) if (isWanted(name)) await copyFile(join(from, name), join(to, name))
}

/** A segment that was replaced while it was looked for is gone: then the one that took its place is copied. */
async function copyJournal(from: string, to: string): Promise<void> {
  for (;;) {
    try {
      await copyFiles(from, to, name => name.endsWith('.log'))
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      await rm(to, { recursive: true, force: true })
    }
  }
}

/** A folder for each topic. What is appended meanwhile may be torn, as after a crash. */
async function copyIngest(from: string, to: string): Promise<void> {
  for (const topic of await readdir(from).catch(unlessGone([]))) {
    await copyFiles(join(from, topic), join(to, topic), name => name.endsWith('.log'))
  }
}

/** Its files, and those of its threads. */
async function copySpill(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true }).catch(unlessGone([]))
  for (const entry of entries) {
    const [here, there] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copySpill(here, there)
    if (!entry.isFile()) continue
    await mkdir(to, { recursive: true })
    await copyFile(here, there).catch(unlessGone(undefined))
  }
}

const unlessGone =
  <T>(instead: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return instead
    throw error
  }

/** Keeps states from being saved while a copy is made. */
export class SaveHold {
  readonly #underWay = new Set<Promise<void>>()
  #holds = 0

  /** A save that others make begins, unless a copy is being made. @returns whether it may. */
  begin(isOver: Promise<void>): boolean {
    if (this.#holds > 0) return false
    this.#underWay.add(isOver)
    void isOver.finally(() => this.#underWay.delete(isOver))
    return true
  }

  /** Calls `save` at once, or leaves it out: the next one is as good. */
  async saveUnlessHeld(save: () => Promise<void>): Promise<void> {
    if (this.#holds > 0) return
    const saving = save()
    this.#underWay.add(saving)
    try {
      await saving
    } finally {
      this.#underWay.delete(saving)
    }
  }

  async heldWhile(copy: () => Promise<void>): Promise<void> {
    this.#holds++
    try {
      // Whose save fails is told by itself.
      await Promise.allSettled(this.#underWay)
      await copy()
    } finally {
      this.#holds--
    }
  }
}
