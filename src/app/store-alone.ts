import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DirectoryInUse, lockDirectory } from '../journal/lock.ts'
import { openStore, type Store } from '../store/store.ts'
import type { Config } from './config.ts'
import { CouldNotRun } from './could-not-run.ts'

export type StoreAlone = { readonly store: Store; readonly name: string; readonly close: () => Promise<void> }

/**
 * The store of a configuration, for a command that runs beside the program or without it. The embedded one is opened only
 * while no process has the data folder.
 *
 * @param remedies what to do where there is no store, and where a process has it.
 * @throws CouldNotRun where it is in use or not there, StoreError where it cannot be opened.
 */
export async function openStoreAlone(
  { store, data }: Pick<Config, 'store' | 'data'>,
  remedies: { readonly missing: string; readonly inUse: string },
): Promise<StoreAlone> {
  if (store.kind === 'server') {
    const opened = await openStore(store, store.keeping)
    return {
      store: opened,
      name: `the store at ${new URL(store.url).host}`,
      close: () => opened.close().then(() => {}),
    }
  }
  const path = join(data, 'clickhouse')
  if (!existsSync(path)) {
    throw new CouldNotRun({ problem: `${data} has no store: nothing was ever kept there`, remedy: remedies.missing })
  }
  const lock = await lockDirectory(data).catch((error: unknown) => {
    if (!(error instanceof DirectoryInUse)) throw error
    throw new CouldNotRun({
      problem: `the embedded store cannot be read beside the process that has it: ${error.message}`,
      remedy: remedies.inUse,
      cause: error,
    })
  })
  try {
    const opened = await openStore({ kind: 'embedded', path }, store.keeping)
    return {
      store: opened,
      name: `the store in ${data}`,
      async close() {
        await opened.close()
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}
