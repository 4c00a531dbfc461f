import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSnapshots } from '../../src/journal/snapshots.ts'
import { attachPages, type SplitState } from '../../src/shard/state-pages.ts'
import { RandomDraws } from '../../src/source/random-draws.ts'
import { openStore } from '../../src/store/store.ts'
import { dataOf, storeOf } from '../integration/support/configured-run.ts'
import { extent, seed } from './support/extent.ts'
import { PARTITIONS } from './support/parcels.ts'
import { describeRow, ROW_WITHIN_MS, report } from './support/row.ts'
import type { Scene } from './support/scene.ts'
import type { Watched } from './support/watched.ts'

const TIMES = extent(20, 2)
const ENDS_WITHIN_MS = 10_000

describeRow('SIGTERM under load', 'test/faults/terminated.test.ts', ({ openScene }) => {
  test(
    'ends it with 0 within 10 s, and nothing is folded again after the next start',
    async () => {
      const scene = await openScene()
      const draws = new RandomDraws(seed, 4)
      const stream = await scene.stream({ parcelsPerSecond: 200, duplicates: 0.05 })
      // No state is saved but by the stop.
      const watched = scene.watched('terminated', { settings: { snapshots: { every: '1h' } } })
      let slowestMs = 0
      for (let nth = 0; nth < TIMES; nth++) {
        await watched.start()
        await watched.untilBeyond(stream.ends.map(end => end + (draws.next() % 200)))
        const { sent } = stream
        const from = performance.now()
        expect(await watched.terminate()).toMatchObject({ code: 0, signal: null })
        slowestMs = Math.max(slowestMs, performance.now() - from)
        expect(stream.sent, 'records that came meanwhile').toBeGreaterThan(sent)
        const next = await nextOffsets(scene, watched)
        const folded = await foldedTo(scene, watched)
        for (const [partition, offset] of folded.entries()) expect(offset).toBeLessThanOrEqual(next[partition]!)
      }
      expect(slowestMs).toBeLessThan(ENDS_WITHIN_MS)

      await watched.start()
      await stream.stop()
      const { cells } = scene.expectSame(await scene.stored(watched), (await scene.expected()).cells)
      report('SIGTERM', {
        times: TIMES,
        'ended within ms': Math.round(slowestMs),
        records: stream.sent,
        'cells, 0 differing': cells,
      })
    },
    ROW_WITHIN_MS,
  )
})

/** By partition, where the saved state goes on. */
async function nextOffsets({ process }: Scene, { folder }: Watched): Promise<number[]> {
  const snapshots = await openSnapshots(join(dataOf(folder), 'snapshots'))
  return Promise.all(
    Array.from({ length: PARTITIONS }, async (_, partition) => {
      const loaded = await snapshots.load(`${process.name}.${partition}`)
      if (loaded.kind === 'none') throw new Error(`nothing was saved of partition ${partition}`)
      return attachPages(loaded.payload as SplitState, loaded.pages).nextOffsets[0]!
    }),
  )
}

/** By partition, the offset behind the newest record that any stored row was folded with. */
async function foldedTo({ process }: Scene, { folder }: Watched): Promise<number[]> {
  const store = await openStore(storeOf(folder))
  try {
    const offsets: number[] = []
    for await (const { partition, position } of store.allVisits(process.name)) {
      // Each life of the program adds 2^28.
      offsets[partition] = Math.max(offsets[partition] ?? -1, position % 2 ** 28)
    }
    return offsets
  } finally {
    await store.close()
  }
}
