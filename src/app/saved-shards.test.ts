import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeProcess } from '../../test/model/process.ts'
import { openJournal } from '../journal/journal.ts'
import { openSnapshots } from '../journal/snapshots.ts'
import type { ShardOutput } from '../shard/output.ts'
import { Shard } from '../shard/shard.ts'
import { SavedState } from './saved-state.ts'
import { ShardSaves } from './shard-saves.ts'

const orders = makeProcess({
  activities: ['paid', 'picked'],
  stages: { picking: { from: ['paid'], to: ['picked'] } },
  settle: 60_000,
  pane: 10_000,
  timeout: 86_400_000,
})

const nothing: ShardOutput = { visits: [], panes: [], measurePanes: [], deadLetters: [], records: [], settled: [] }

test('where the states of several partitions cannot be saved that is one error, and none that nobody handles', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'saved-state-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const journal = await openJournal(join(directory, 'journal'))
  onTestFinished(() => journal.close())
  const snapshots = await openSnapshots(join(directory, 'snapshots'))
  const saved = new SavedState({ journal, local: snapshots, snapshots, onDamaged: () => {} })
  await saved.epochOf(orders, undefined)
  const stateOf = (partition: number) =>
    new Shard({ process: orders, partition, topics: ['events'], epoch: 0 }).snapshot()
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  onTestFinished(() => void process.off('unhandledRejection', note))

  await rm(join(directory, 'snapshots'), { recursive: true })
  const states = new Map([0, 1, 2].map(partition => [partition, stateOf(partition)]))
  for (const partition of states.keys()) saved.setOrigin(orders.name, partition, { since: 0, logs: {} })
  const save = saved.shards.save(orders.name, states, () => nothing, Promise.resolve())
  await expect(save).rejects.toThrow('ENOENT')
  await new Promise(setImmediate)
  expect(unhandled).toEqual([])
})

test('where one state cannot be saved the others are waited for: their pages are written to again after that', async () => {
  let write = () => {}
  const written = new Promise<void>(resolve => {
    write = resolve
  })
  const failure = new Error('no')
  const snapshots = { save: (name: string) => (name.endsWith('.0') ? Promise.reject(failure) : written) }
  const saves = new ShardSaves(snapshots, async () => {})
  const stateOf = (partition: number) =>
    new Shard({ process: orders, partition, topics: ['events'], epoch: 0 }).snapshot()
  const states = new Map([0, 1].map(partition => [partition, stateOf(partition)]))
  for (const partition of states.keys()) saves.setOrigin(orders.name, partition, { since: 0, logs: {} }, '')
  let isOver = false
  const save = saves
    .save(orders.name, states, () => nothing, Promise.resolve())
    .finally(() => {
      isOver = true
    })
  save.catch(() => {})
  await new Promise(setImmediate)
  expect(isOver).toBe(false)
  write()
  await expect(save).rejects.toBe(failure)
})
