import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Front, openFront } from '../support/clickhouse/open-clickhouse.ts'
import { extent, isFull } from './support/extent.ts'
import { describeRow, ROW_WITHIN_MS, report } from './support/row.ts'
import type { Watched } from './support/watched.ts'

const AWAY_MS = extent(120_000, 6_000)
/** Of a parcel there are three events on average. */
const PARCELS_PER_SECOND = extent(667, 150)
const WARM_UP_MS = extent(30_000, 3_000)
const MORE_MEMORY_BYTES = 150 * 1_048_576
const LOOK_EVERY_MS = 250

describeRow('the store is away', 'test/faults/store-away.test.ts', ({ openScene }) => {
  let front: Front

  beforeAll(async () => {
    front = await openFront()
  })

  afterAll(() => front?.close())

  test(
    'no cell changes, alerts go on, memory is bounded, and no partition changes hands',
    async () => {
      const scene = await openScene()
      const { url, user, password } = front
      const server = { kind: 'server', url, user, password, database: 'parcels' } as const
      // Saving as often as it does by default: what waits is a part of every snapshot.
      const secret = join(scene.folder, 'password')
      writeFileSync(secret, password)
      const store = { ...server, password: `\${file:${secret}}` }
      const settings = { store, log: { level: 'debug' }, snapshots: { every: '10s' } }
      const watched = scene.watched('watched', { settings })
      await watched.start()
      const crowds = { depots: ['crowd-1', 'crowd-2', 'crowd-3'], everyMs: 12_000, forMs: 6_000 }
      const stream = await scene.stream({ parcelsPerSecond: PARCELS_PER_SECOND, crowds })
      await wait(WARM_UP_MS)
      await watched.untilBeyond(stream.ends)
      const before = await most(() => watched.memory(), 2_000)
      const [joinsBefore, sentBefore] = [joins(watched), stream.sent]

      const awayFrom = Date.now()
      await front.kill()
      const during = await most(() => watched.memory(), AWAY_MS)
      const { store: away } = await watched.run.status()
      const backAt = Date.now()
      const sent = stream.sent - sentBefore
      await front.restart()

      expect(away.state).toBe('retrying')
      expect(away.rows_waiting).toBeGreaterThan(0)
      // Of the process's own rules: that time stands still is told by another alert.
      const told = watched
        .transitions()
        .filter(
          ({ rule, time }) => scene.process.rules.some(({ name }) => name === rule) && time > awayFrom && time < backAt,
        )
      const lastTold = told.at(-1)?.time ?? awayFrom
      await stream.stop()
      const stored = await scene.stored(watched, server)
      const { cells } = scene.expectSame(stored, (await scene.expected()).cells)
      report('store away', {
        'away s': Math.round((backAt - awayFrom) / 1_000),
        'records a second': Math.round((sent * 1_000) / (backAt - awayFrom)),
        'rows that waited': away.rows_waiting,
        'transitions meanwhile': told.length,
        'the last, s before the end': Math.round((backAt - lastTold) / 1_000),
        'memory before, MB': Math.round(before / 1e6),
        'more memory, MB': Math.round((during - before) / 1e6),
        'joined anew': joins(watched) - joinsBefore,
        'cells, 0 differing': cells,
      })
      // In six seconds not so many rows come that memory has too many of them.
      if (isFull) expect(watched.timesSaid('rows wait on disk')).toBeGreaterThan(0)
      expect(joins(watched)).toBe(joinsBefore)
      // To the end, not only as long as rows found room.
      expect(backAt - lastTold).toBeLessThan(10_000)
      expect(during - before).toBeLessThan(MORE_MEMORY_BYTES)
    },
    ROW_WITHIN_MS,
  )
})

const joins = (watched: Watched): number => watched.timesSaid('Consumer has joined the group')

/** The highest value of so long. */
async function most(value: () => number, forMs: number): Promise<number> {
  let highest = 0
  for (const end = Date.now() + forMs; Date.now() < end; await wait(LOOK_EVERY_MS)) highest = Math.max(highest, value())
  return highest
}
