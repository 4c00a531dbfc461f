import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { canMount, SmallDisk } from '../../test/support/small-disk.ts'
import { instant } from '../event/instant.ts'
import { openJournal } from './journal.ts'
import { openSnapshots } from './snapshots.ts'

describe.skipIf(!canMount)(`on a small disk${canMount ? '' : ' (skipped: mounting is not permitted)'}`, () => {
  let directory: string
  let disk: SmallDisk

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'stagewatch-full-'))
    disk = new SmallDisk(join(directory, 'disk'), 4)
  })

  afterEach(() => {
    disk.remove()
    rmSync(directory, { recursive: true })
  })

  test('an entry that found no room was not kept, and may be tried again when there is some', async () => {
    const path = join(disk.path, 'journal')
    const entry = (at: number) => ({
      kind: 'evaluation' as const,
      process: 'p',
      at: instant(at),
      transitions: [],
      state: 'x'.repeat(50_000),
    })
    const journal = await openJournal(path)
    await journal.append(entry(1))
    disk.fill(0)
    await expect(journal.append(entry(2))).rejects.toMatchObject({
      mayRetry: true,
      remedy: 'Make room on its disk; the entry was not kept.',
    })
    disk.makeRoom()
    await journal.append(entry(3))
    await journal.close()
    const again = await openJournal(path)
    expect(again.recover()).toMatchObject({ tornBytes: 0 })
    expect(again.recover().evaluations.get('p')?.at).toBe(3)
    await again.close()
  })

  test('a snapshot that does not fit leaves the one before, and takes no room', async () => {
    const path = join(disk.path, 'snapshots')
    const snapshots = await openSnapshots(path)
    await snapshots.save('s', 'small')
    const before = disk.availableBytes
    await expect(snapshots.save('s', Buffer.alloc(8_000_000, 1))).rejects.toThrow('ENOSPC')
    expect(disk.availableBytes).toBe(before)
    expect(readdirSync(path)).toHaveLength(1)
    expect(await snapshots.load('s')).toMatchObject({ payload: 'small', damaged: [] })
  })
})
