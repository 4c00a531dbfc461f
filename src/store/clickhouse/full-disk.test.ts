import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { canMount, SmallDisk } from '../../../test/support/small-disk.ts'
import type { CaseId } from '../../event/event.ts'
import { instant } from '../../event/instant.ts'
import type { VisitRow } from '../../shard/output.ts'
import { openStore } from '../store.ts'
import { isDiskFull } from './disk-full.ts'
import { openEmbedded } from './embedded.ts'

const hangs = { timeout: 30_000 }
const mebibyte = 1_048_576
/** An eighth of it, 6 MiB, is kept free. */
const DISK_MEBIBYTES = 48
const KEPT_FREE = 6 * mebibyte

const visit = (nth: number): VisitRow => ({
  process: 'p',
  stage: 'picking',
  case: `C-${nth}` as CaseId,
  visit: 1,
  ordinal: 0,
  start: instant(nth),
  end: undefined,
  outcome: 'open',
  reason: undefined,
  durationMs: undefined,
  businessMs: undefined,
  segment: {},
  attributes: {},
  deleted: false,
  source: 's',
  partition: 0,
  epoch: 0,
  position: 1,
})

const visits = (from: number, count: number) => Array.from({ length: count }, (_, nth) => visit(from + nth))
const output = (rows: VisitRow[]) => ({ visits: rows, panes: [], measurePanes: [], deadLetters: [] })
const quick = { flushEveryMs: 5, firstRetryMs: 1, longestRetryMs: 20 }

test.each([
  [Object.assign(new Error('write failed'), { code: 'ENOSPC' }), true],
  [Object.assign(new Error('quota'), { code: 'EDQUOT' }), true],
  [new Error('Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)'), true],
  [new Error('Cannot write to file, errno: 28, strerror: No space left on device'), true],
  [new Error('snapshot', { cause: Object.assign(new Error('x'), { code: 'ENOSPC' }) }), true],
  [new Error('connection refused'), false],
  ['ENOSPC', false],
])('whether %s tells of a full disk: %s', (error, isFull) => {
  expect(isDiskFull(error)).toBe(isFull)
})

describe.skipIf(!canMount)(`on a small disk${canMount ? '' : ' (skipped: mounting is not permitted)'}`, () => {
  let directory: string
  let disk: SmallDisk

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'stagewatch-full-'))
    disk = new SmallDisk(join(directory, 'disk'), DISK_MEBIBYTES)
  })

  afterEach(() => {
    disk.remove()
    rmSync(directory, { recursive: true })
  })

  test.each([
    ['nothing', 0],
    ['less than has to stay free', KEPT_FREE - 2 * mebibyte],
  ])(
    'with %s left rows wait, health says what to do, and all is written once when there is room',
    async (_what, left) => {
      const path = join(disk.path, 'clickhouse')
      const store = await openStore({ kind: 'embedded', path }, {}, quick)
      store.write(output(visits(0, 500)))
      await store.flush()
      disk.fill(left)
      const before = disk.availableBytes
      store.write(output(visits(400, 600)))
      await vi.waitFor(() => expect(store.health().ok).toBe(false), hangs)
      expect(store.health()).toMatchObject({ waitingRows: 600, writtenRows: 500 })
      expect(store.health().lastError).toMatch(
        /^writing visits: The disk of .* is full: \d MiB are available of the 6 MiB that are needed\. Make room/,
      )
      store.write(output(visits(1_000, 100)))
      expect(disk.availableBytes).toBeGreaterThanOrEqual(before)
      // History is read all the same.
      expect(await store.counts('p')).toMatchObject({ visits: 500 })
      disk.makeRoom()
      await store.flush()
      expect(store.health()).toEqual({ ok: true, waitingRows: 0, writtenRows: 1_200 })
      expect(await store.counts('p')).toMatchObject({ visits: 1_100 })
      expect(await store.close()).toEqual({ unwrittenRows: 0 })
    },
  )

  test('a store that is closed while its disk is full tells how many rows a snapshot has to hold', async () => {
    const store = await openStore({ kind: 'embedded', path: join(disk.path, 'clickhouse') }, {}, quick)
    disk.fill(0)
    store.write(output(visits(0, 7)))
    await vi.waitFor(() => expect(store.health().ok).toBe(false), hangs)
    expect(store.unacknowledged().visits).toHaveLength(7)
    expect(await store.close(20)).toEqual({ unwrittenRows: 7 })
  })

  test('merges stand still while room is short, so that none is cut by the end of the disk', async () => {
    const { writing, reading } = await openEmbedded(join(disk.path, 'clickhouse'))
    await writing.command('CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n')
    await writing.insert('t', ['n'], Buffer.from('[1]\n'))
    const part = async () => {
      const parts = await writing.rows<{ name: string }>("SELECT name FROM system.parts WHERE table = 't' AND active")
      return parts.map(({ name }) => name)
    }
    // FINAL merges a single part too, into one of the next level: as long as the engine can reserve what it needs.
    const merge = () => writing.command('OPTIMIZE TABLE t FINAL')
    await merge()
    disk.fill(KEPT_FREE - mebibyte)
    await vi.waitFor(() => expect(merge()).rejects.toThrow('Cancelled merging parts'), hangs)
    const stopped = await part()
    await expect(merge()).rejects.toThrow('Cancelled merging parts')
    expect(await part()).toEqual(stopped)
    disk.makeRoom()
    await vi.waitFor(merge, hangs)
    expect(await part()).not.toEqual(stopped)
    await reading.close()
    await writing.close()
  })

  test('a store is not opened on a full disk, and the reason is told', async () => {
    disk.fill(0)
    await expect(openStore({ kind: 'embedded', path: join(disk.path, 'clickhouse') })).rejects.toThrow(
      /The disk of .*clickhouse is full: 0 MiB are available .* Make room on that disk, then start again/,
    )
  })
})
