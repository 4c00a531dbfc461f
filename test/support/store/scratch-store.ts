import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StoreConnections } from '../../../src/store/clickhouse/connection.ts'
import { openEmbedded } from '../../../src/store/clickhouse/embedded.ts'
import { queriesOn, type StoreQueries } from '../../../src/store/queries/queries.ts'
import { migrate } from '../../../src/store/schema/migrate.ts'
import { migrations } from '../../../src/store/schema/schema.ts'
import { RollUps } from '../../../src/store/writing/roll-ups.ts'
import { SourceSpans } from '../../../src/store/writing/source-spans.ts'
import { defaultLimits, type NewRows, Writer } from '../../../src/store/writing/writer.ts'

/** A store as the engine's writer fills it, with its connections at hand; each test takes a process of its own in it. */
export type ScratchStore = {
  readonly connections: StoreConnections
  readonly queries: StoreQueries
  /** Resolves when the rows are in their tables, and in the roll-ups where they have settled. */
  readonly write: (rows: NewRows) => Promise<void>
  readonly close: () => Promise<void>
}

/** @param connections of any engine; closed with the store. */
export async function scratchStoreOn(connections: StoreConnections): Promise<ScratchStore> {
  await migrate(connections.writing, migrations)
  const rollUps = await RollUps.open(connections.writing)
  const spans = new SourceSpans(connections.writing, rollUps)
  const writer = new Writer(connections.writing, defaultLimits, { rollUps, spans })
  return {
    connections,
    queries: queriesOn(connections.reading),
    write: async rows => {
      writer.write(rows)
      await writer.flush()
    },
    close: async () => {
      await writer.close(1_000)
      await connections.reading.close()
      await connections.writing.close()
    },
  }
}

/** In a directory of its own, which goes with it. */
export async function embeddedScratchStore(): Promise<ScratchStore> {
  const directory = mkdtempSync(join(tmpdir(), 'stagewatch-queries-'))
  const store = await scratchStoreOn(await openEmbedded(join(directory, 'clickhouse')))
  return {
    ...store,
    close: async () => {
      await store.close()
      rmSync(directory, { recursive: true })
    },
  }
}
