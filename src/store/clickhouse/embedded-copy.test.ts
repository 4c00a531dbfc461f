import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { batchOf } from '../../../test/support/store-batches.ts'
import { openStore, type Store } from '../store.ts'

const directory = mkdtempSync(join(tmpdir(), 'stagewatch-copy-'))
afterAll(() => rmSync(directory, { recursive: true }))

async function rowsOf(store: Store) {
  const visits = []
  for await (const row of store.allVisits('p')) visits.push(row)
  const panes = []
  for await (const row of store.allPanes('p')) panes.push(row)
  return { visits, panes, deadLetters: await store.deadLetters('p', 1_000_000) }
}

test('a copy of a store that goes on being written holds all that was acknowledged before it, and can be written', async () => {
  const path = join(directory, 'clickhouse')
  const store = await openStore({ kind: 'embedded', path })
  let batch = 1
  const write = async (target: Store, until: number) => {
    for (; batch <= until; batch++) {
      target.write(batchOf(batch))
      await target.flush()
    }
  }
  const copies: { to: string; acknowledged: number; holdsAtMost: number }[] = []
  for (const nth of [1, 2, 3]) {
    await write(store, batch + 3)
    const to = join(directory, `copy-${nth}`)
    const acknowledged = batch - 1
    await Promise.all([store.copyTo?.(to), write(store, batch + 5)])
    copies.push({ to, acknowledged, holdsAtMost: batch - 1 })
  }
  expect(readdirSync(join(path, 'shadow')).filter(name => name.startsWith('copy'))).toEqual([])
  const last = batch - 1
  const whole = await rowsOf(store)
  await store.close()

  for (const { to, acknowledged, holdsAtMost } of copies) {
    const copy = await openStore({ kind: 'embedded', path: to })
    const held = await rowsOf(copy)
    const newest = new Map(held.visits.map(row => [row.case, row.position]))
    for (let earlier = 1; earlier <= acknowledged; earlier++) {
      for (const row of batchOf(earlier).visits) expect(newest.get(row.case)).toBeGreaterThanOrEqual(earlier)
    }
    expect(held.deadLetters.length).toBeGreaterThanOrEqual(acknowledged * 60)
    expect(Math.max(...newest.values())).toBeLessThanOrEqual(holdsAtMost)
    batch = acknowledged + 1
    await write(copy, last)
    expect(await rowsOf(copy)).toEqual(whole)
    await copy.close()
  }
})

test('what a copy that was cut off has left is removed when the store is opened', async () => {
  const path = join(directory, 'cut')
  mkdirSync(join(path, 'shadow', 'copyx', 'store'), { recursive: true })
  await (await openStore({ kind: 'embedded', path })).close()
  expect(existsSync(join(path, 'shadow'))).toBe(false)
})
