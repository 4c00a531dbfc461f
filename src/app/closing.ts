import type { Logger } from 'pino'
import type { DeadLetterTopic } from '../source/kafka/dead-letter-topic.ts'
import type { Store } from '../store/store.ts'

/** Rows that do not make it in time are in the snapshot, or on disk: a stop need not wait for them. */
const STORE_CLOSES_WITHIN_MS = 700

/** So long a stop waits for ClickHouse to take the last states, where they are kept there. */
export const LAST_SAVE_WITHIN_MS = 5_000

/** What has to be closed again: first all that runs, side by side, then what it stood on, in the opposite order of opening. */
export type Opened = { readonly running: (() => Promise<unknown>)[]; readonly held: (() => Promise<unknown>)[] }

/** Closes everything, and only then throws what could not be ended well. */
export async function closeAll({ running, held }: Opened): Promise<void> {
  const stopped = await Promise.allSettled(running.splice(0).map(stop => stop()))
  for (const release of held.splice(0).reverse()) await release()
  for (const outcome of stopped) if (outcome.status === 'rejected') throw outcome.reason
}

export async function closeStore(store: Store, logger: Logger): Promise<void> {
  const { unwrittenRows } = await store.close(STORE_CLOSES_WITHIN_MS)
  // Nothing is lost and nothing has to be done: a stop in the middle of history is no reason to warn.
  if (unwrittenRows > 0) logger.info({ unwrittenRows }, 'rows were not written yet; they will be after the next start')
}

export async function closeDeadLetterTopic(topic: DeadLetterTopic, logger: Logger): Promise<void> {
  const waiting = await topic.close(STORE_CLOSES_WITHIN_MS)
  if (waiting > 0) logger.info({ waiting }, 'dead letters were not written to their topic yet; the snapshot holds them')
}
