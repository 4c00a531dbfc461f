import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Instant, instant } from '../event/instant.ts'
import { lockDirectory } from '../journal/lock.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { MeasurePaneRow, PaneRow, SettledRow } from '../shard/output.ts'
import { allVisits, keptVisit, type VisitPolicy } from '../shard/visit-policy.ts'
import { openStore, type Store, type StoreOptions } from '../store/store.ts'
import type { TimeSpan } from '../store/writing/source-spans.ts'
import type { NewRows } from '../store/writing/writer.ts'
import { loadConfig } from './config.ts'
import { CouldNotRun } from './could-not-run.ts'
import { definitionRowsOf } from './definition-rows.ts'

/** So long the store may refuse rows before a backfill is given up. */
const STORE_PATIENCE_MS = 60_000

/** What a replay puts into a store besides the files that it writes. */
export type History = {
  readonly process: ProcessDefinition
  /** As `sourceOfFiles` names it. */
  readonly source: string
  /** Of all panes; undefined: there are none. */
  readonly span: TimeSpan | undefined
  /** In any order. */
  readonly rows: Iterable<NewRows>
}

/** A store that a replay fills. */
export interface Backfill {
  /**
   * Writes the history of each process; the same history again changes nothing.
   *
   * @throws StoreError where a span of time came from another source and is not to be replaced: then nothing is written.
   */
  write(histories: readonly History[]): Promise<void>
  close(): Promise<void>
}

/**
 * @param where a configuration of `stagewatch run`, or a data folder with the embedded store.
 * @throws CouldNotRun, Mistakes, StoreError, JournalError (a process has the folder in use).
 */
export async function openBackfill(where: string, replaces: boolean): Promise<Backfill> {
  const { data, store: options, days, visits } = await targetOf(where)
  const lock = options.kind === 'embedded' ? await lockDirectory(data) : undefined
  let store: Store
  try {
    const opened: StoreOptions =
      options.kind === 'embedded' ? { kind: 'embedded', path: join(data, 'clickhouse') } : options
    store = await openStore(opened, { days })
  } catch (error) {
    await lock?.release()
    throw error
  }
  return {
    async write(histories) {
      for (const { process, source, span } of histories) await store.claim(process.name, source, replaces, span)
      for (const { process, rows } of histories) {
        const now = instant(Date.now())
        if ((await store.foldInForce(process.name)) === undefined) {
          await store.recordDefinitions(process.name, definitionRowsOf(process, 0, now), now)
        }
        for (const some of rows) {
          store.write(ofPolicy(visits, some))
          await untilWritten(store, () => !store.isFull())
        }
      }
      const flushed = store.flush().then(() => true)
      let isDone = false
      void flushed.then(() => {
        isDone = true
      })
      await untilWritten(store, () => isDone)
    },
    async close() {
      await store.close()
      await lock?.release()
    },
  }
}

/** A replay makes rows of all visits. */
const ofPolicy = (policy: VisitPolicy, rows: NewRows): NewRows =>
  rows.visits === undefined
    ? rows
    : { ...rows, visits: rows.visits.map(row => keptVisit(policy, row)).filter(row => row !== undefined) }

/** The store tries for ever; a person who waits for a command wants to know why it does not end. */
async function untilWritten(store: Store, isDone: () => boolean): Promise<void> {
  let failingSince: number | undefined
  while (!isDone()) {
    const { ok, lastError = 'it does not answer' } = store.health()
    failingSince = ok ? undefined : (failingSince ?? performance.now())
    if (failingSince !== undefined && performance.now() - failingSince > STORE_PATIENCE_MS) {
      throw new CouldNotRun({
        problem: `the store takes no rows: ${lastError}`,
        remedy: 'see to the store, then run the same again: what was written already stays as it is',
      })
    }
    await wait(20)
  }
}

/** Names what the files hold: the same files, however often they are read, are one source. */
export async function sourceOfFiles(files: ReadonlyMap<string, readonly string[]>): Promise<string> {
  const whole = createHash('sha256')
  for (const [topic, paths] of files) {
    for (const path of paths) {
      const one = createHash('sha256')
      for await (const bytes of createReadStream(path)) one.update(bytes as Buffer)
      whole.update(`${topic}\0${one.digest('hex')}\0`)
    }
  }
  return `file:${whole.digest('hex').slice(0, 16)}`
}

/** That all of it is final: nothing of a file comes later. */
export function settledMarks(panes: Iterable<PaneRow | MeasurePaneRow>): SettledRow[] {
  const marks = new Map<number, SettledRow>()
  for (const { process, source, partition, epoch, position, end } of panes) {
    const former = marks.get(partition)
    const before = instant(Math.max(former?.before ?? -Infinity, Math.ceil(end / dayMs) * dayMs)) as Instant
    const last = Math.max(former?.position ?? 0, position)
    marks.set(partition, { process, source, partition, epoch, position: last, before })
  }
  return [...marks.values()]
}

const dayMs = 86_400_000

async function targetOf(where: string) {
  if (isDirectory(where)) {
    return { data: where, store: { kind: 'embedded' as const }, days: {}, visits: allVisits }
  }
  const text = await readFile(where, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const problem = `${where} ${cause.code === 'ENOENT' ? 'does not exist' : `cannot be read (${cause.message})`}`
    const remedy = 'name a configuration (stagewatch.yaml) or the data folder of an embedded store with --store'
    throw new CouldNotRun({ problem, remedy, cause })
  })
  const { data, store } = loadConfig(text, where)
  const { days, visits } = store.keeping
  return { data, store, days, visits }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
