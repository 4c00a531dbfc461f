import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { instant } from '../../event/instant.ts'
import { DirectoryInUse, lockDirectory } from '../../journal/lock.ts'
import { openStore, type Store } from '../../store/store.ts'
import type { Config } from '../config.ts'
import { CouldNotRun } from '../could-not-run.ts'
import type { DeadLetterPlace } from './place.ts'

/**
 * Dead letters in the store of a configuration. The embedded one is opened only while no process has the data folder.
 *
 * @throws CouldNotRun where it is in use or not there, StoreError where it cannot be opened.
 */
export async function openStorePlace({ store, data }: Config): Promise<DeadLetterPlace> {
  if (store.kind === 'server') {
    const opened = await openStore(store, store.keeping)
    return placeIn(opened, `the store at ${new URL(store.url).host}`, () => opened.close().then(() => {}))
  }
  const path = join(data, 'clickhouse')
  if (!existsSync(path)) {
    throw new CouldNotRun({
      problem: `${data} has no store: nothing was ever kept there`,
      remedy: 'name the configuration of the process that keeps the dead letters',
    })
  }
  const lock = await lockDirectory(data).catch((error: unknown) => {
    if (!(error instanceof DirectoryInUse)) throw error
    throw new CouldNotRun({
      problem: `the embedded store cannot be read beside the process that has it: ${error.message}`,
      remedy:
        'stop that process, or let dead letters go to a topic too (kafka.dead_letters), from where they can be read at any time',
      cause: error,
    })
  })
  try {
    const opened = await openStore({ kind: 'embedded', path }, store.keeping)
    return placeIn(opened, `the store in ${data}`, async () => {
      await opened.close()
      await lock.release()
    })
  } catch (error) {
    await lock.release()
    throw error
  }
}

const placeIn = (store: Store, name: string, close: () => Promise<void>): DeadLetterPlace => ({
  name,
  async each(filter, use) {
    for await (const letter of store.keptDeadLetters(filter)) await use(letter)
  },
  async note(marks) {
    const at = instant(Date.now())
    store.write({ redriven: marks.map(mark => ({ ...mark, at })) })
    await store.flush()
  },
  close,
})
