import type { Logger } from 'pino'
import { failpoint } from '../event/failpoint.ts'
import { type FedKind, transitionKey } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import type { Recovered } from '../journal/recovered.ts'
import type { Store } from '../store/store.ts'

/** What is durable in the journal and belongs into ClickHouse. */
export type Fed = Partial<Recovered['unfed']>

/** Brings what is durable to ClickHouse, and lets the journal know when it is there. */
export type Feed = (durable: Fed) => void

/** @param chain names the journal's audit among those of others in the same store. */
export function feedOf(journal: Journal, store: Pick<Store, 'writeThrough'>, chain: string, logger: Logger): Feed {
  const through = (what: FedKind, written: Promise<void>, keys: readonly string[]): void => {
    written
      .then(() => {
        if (what === 'transitions') failpoint('transition-stored')
        return journal.append({ kind: 'fed', what, keys })
      })
      // Then it stays in the journal, and is written once more after the next start.
      .catch((err: unknown) => logger.warn({ err }, `the journal could not note that ClickHouse has ${what}`))
  }
  return ({ transitions = [], actions = [], audit = [] }) => {
    if (transitions.length > 0) {
      through('transitions', store.writeThrough({ transitions }), transitions.map(transitionKey))
    }
    if (actions.length > 0) {
      const keys = actions.map(({ id }) => id)
      through('actions', store.writeThrough({ actions }), keys)
    }
    if (audit.length > 0) {
      const rows = audit.map(entry => ({ ...entry, chain }))
      const keys = audit.map(({ hash }) => hash)
      through('audit', store.writeThrough({ audit: rows }), keys)
    }
  }
}
