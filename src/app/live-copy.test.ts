import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copyLiveData, SaveHold } from './live-copy.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-live-copy-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

function write(file: string): void {
  mkdirSync(dirname(join(directory, file)), { recursive: true })
  writeFileSync(join(directory, file), file)
}

test('rows that wait on disk, those of threads too, are copied after the snapshots and before the store', async () => {
  const spilled = ['data/spill/00000001.visits.spill', 'data/spill/worker-1/00000004.records.spill']
  for (const file of ['data/snapshots/orders.0.1.snapshot', 'data/journal/1.log', ...spilled]) write(file)
  const to = join(directory, 'copy')
  const aside = (file: string) => join(`${to}.part`, file.replace('data/', ''))
  const saves = new SaveHold()
  const copied: boolean[] = []
  // A state that is saved while the store is copied relies on rows that the copy need not have: it is not in it.
  const copyStore = async () => {
    copied.push(...spilled.map(file => existsSync(aside(file))))
    for (const file of spilled) rmSync(join(directory, file))
  }
  await copyLiveData({ data: join(directory, 'data'), saves, copyStore }, to)
  expect(copied).toEqual([true, true])
  for (const file of spilled) expect(readFileSync(join(to, file.replace('data/', '')), 'utf8')).toBe(file)
})

test('nothing waits on disk: the copy has no folder for it', async () => {
  for (const file of ['data/snapshots/orders.0.1.snapshot', 'data/journal/1.log']) write(file)
  await copyLiveData(
    { data: join(directory, 'data'), saves: new SaveHold(), copyStore: undefined },
    join(directory, 'to'),
  )
  expect([existsSync(join(directory, 'to', 'snapshots')), existsSync(join(directory, 'to', 'spill'))]).toEqual([
    true,
    false,
  ])
})
