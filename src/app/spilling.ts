import { join } from 'node:path'
import type { Logger } from 'pino'
import type { SpillOptions } from '../store/spill/spill.ts'
import type { Store } from '../store/store.ts'
import type { SaveHold } from './live-copy.ts'

/** The most that waits on disk, of all threads together. */
const MOST_BYTES = 2_048 * 1_048_576

export const spillFolder = (data: string): string => join(data, 'spill')

/** Where the main thread's rows wait, and whatever threads of former lives have left. */
export const spillOf = (data: string, logger: Logger): SpillOptions => ({
  folder: spillFolder(data),
  maxBytes: MOST_BYTES,
  takesOver: true,
  report: reportTo(logger),
})

/** Where the rows of a thread wait. What it left in a former life is the main thread's, for there may be fewer by now. */
export const spillOfThread = (
  data: string,
  share: { readonly index: number; readonly of: number },
  logger: Logger,
): SpillOptions => ({
  folder: join(spillFolder(data), `worker-${share.index}`),
  maxBytes: Math.floor(MOST_BYTES / share.of),
  takesOver: false,
  report: reportTo(logger),
})

function reportTo(logger: Logger): SpillOptions['report'] {
  return {
    began: folder => logger.warn({ folder }, 'rows wait on disk, for the store takes none'),
    ended: folder => logger.warn({ folder }, 'the store has the rows that waited on disk'),
    failed: err =>
      logger.error({ err }, 'rows cannot wait on disk: they stay in memory, and sources are held back when it is full'),
    damaged({ file, problem }) {
      const remedy = 'the store lacks rows until history is folded anew'
      logger.error({ file, problem, remedy }, 'a file of rows that waited on disk is damaged; the others go on')
    },
    torn: torn =>
      logger.warn(torn, 'a file of rows that waited on disk ended in a torn frame, which nobody had relied on'),
  }
}

/**
 * When states may be saved. Those that other machines go on from must not rely on rows that lie on the disk of this one: as
 * long as there are some, the state before counts.
 */
export function savesBeside(
  saves: Pick<SaveHold, 'saveUnlessHeld'>,
  store: Pick<Store, 'hasSpilled'>,
  snapshotsIn: 'directory' | 'clickhouse',
): Pick<SaveHold, 'saveUnlessHeld'> {
  if (snapshotsIn === 'directory') return saves
  return { saveUnlessHeld: save => (store.hasSpilled() ? Promise.resolve() : saves.saveUnlessHeld(save)) }
}
