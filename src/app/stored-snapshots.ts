import type { Logger } from 'pino'
import type { Snapshots } from '../journal/snapshots.ts'
import { StoredSnapshots } from '../journal/stored-snapshots.ts'
import type { Store } from '../store/store.ts'

/** Snapshots in ClickHouse; when they cannot be kept there that is told once. */
export function storedSnapshots(store: Store, logger: Logger): Snapshots {
  const onAway = (problem: string | undefined) => {
    if (problem === undefined) logger.info('state is kept in ClickHouse again')
    else logger.warn({ problem }, 'no state can be kept in ClickHouse: a restart would read again what comes meanwhile')
  }
  return new StoredSnapshots(store.snapshots, { onAway })
}
