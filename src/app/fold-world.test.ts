import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { recordsOf } from '../../test/engine/logs.ts'
import { order, ordersWith } from '../../test/engine/orders.ts'
import { compileRecordReader } from '../decode/record-reader.ts'
import { openSnapshots } from '../journal/snapshots.ts'
import type { ShardOutput, VisitRow } from '../shard/output.ts'
import { Shard } from '../shard/shard.ts'
import type { HeldLimits } from '../store/writing/held-rows.ts'
import { foldWorldOf } from './fold-world.ts'
import { FullDisk } from './full-disk.ts'
import { SaveHold } from './live-copy.ts'
import { type SavedPayload, ShardSaves, shardName } from './shard-saves.ts'

const noon = Date.UTC(2026, 4, 5, 12)
const second = 1_000
const hour = 3_600_000
const several = ordersWith([], { scans: 'no ids', orders: 'no ids' })
const done = Promise.resolve()

/** What ClickHouse would hold in the end: of each key the newest row. */
class Rows {
  readonly #visits = new Map<string, VisitRow>()
  readonly deadLetters: string[] = []
  readonly outputs: ShardOutput[] = []

  write(output: ShardOutput): void {
    this.outputs.push(output)
    for (const row of output.visits) {
      const key = `${row.case} from ${(row.start - noon) / second} s`
      const former = this.#visits.get(key)
      if (former === undefined || former.position <= row.position) this.#visits.set(key, row)
    }
    this.deadLetters.push(...output.deadLetters.map(({ reason }) => reason))
  }

  get visits(): string[] {
    return [...this.#visits].filter(([, { deleted }]) => !deleted).map(([key, { outcome }]) => `${key} ${outcome}`)
  }
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fold-world-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A life of the program that folds one shard. */
async function begin(folder: string, rows: Rows, { life = 1, process = several, heldLimits = {} as HeldLimits } = {}) {
  const topics = process.sources.flatMap(source => source.topics)
  const snapshots = await openSnapshots(folder)
  const saves = new ShardSaves(snapshots, async () => {})
  const disk = new FullDisk(folder, pino({ level: 'silent' }))
  const world = foldWorldOf({
    processes: [process],
    store: {
      write: output => rows.write(output as ShardOutput),
      isFull: () => false,
      health: () => ({ ok: true, waitingRows: 0, writtenRows: 0 }),
      unacknowledged: () => nothing,
    },
    deadLetterTopic: undefined,
    shards: saves,
    saves: new SaveHold(),
    disk,
    decided: () => {},
    ...('fullBytes' in heldLimits ? { heldLimits } : {}),
  })
  const shard = new Shard({ process, partition: 0, topics, epoch: 0, life })
  const loaded = await snapshots.takeOver(shardName(process.name, 0))
  if (loaded.kind === 'loaded') {
    world.begin(process.name, [{ topic: topics[0] as string, partition: 0 }])
    world.writeSaved((loaded.payload as SavedPayload).unwritten)
  }
  saves.setOrigin(process.name, 0, { since: 0, logs: {} }, 'fingerprint')
  const next = topics.map(() => 0)
  return {
    world,
    /** Reads one more record of a topic, and hands out what follows. */
    read(topic: string, value: string) {
      const index = topics.indexOf(topic)
      const [record] = recordsOf([value], next[index] as number, noon + hour)
      if (record === undefined) throw new Error('no record')
      next[index] = record.offset + 1
      const decoded = shard.newRecord()
      compileRecordReader(
        process,
        process.sources[index] as (typeof process.sources)[number],
        shard.table,
      )(record, decoded)
      shard.fold(index, record, decoded)
      world.write(shard.takeOutput())
    },
    save: (after = done) => world.saveShards(process.name, new Map([[0, shard.snapshot()]]), after),
  }
}

const nothing: ShardOutput = { visits: [], panes: [], measurePanes: [], deadLetters: [], records: [], settled: [] }

const paidAfter = (seconds: number, caseId = 'A') => order(noon + seconds * second, caseId)

test('after a crash the store has no visit that only the earlier order of two topics made', async () => {
  const [folder, rows] = [await newFolder(), new Rows()]
  const first = await begin(folder, rows)
  first.read('scans', paidAfter(10))
  // Killed before a state was saved. Now the other topic comes first.
  const second = await begin(folder, rows, { life: 2 })
  second.read('orders', paidAfter(5))
  second.read('scans', paidAfter(10))
  await second.save()
  expect(rows.visits).toEqual(['A from 5 s open'])
})

test('rows of a process of several topics leave with the state that they follow from, and later ones with the next', async () => {
  const [folder, rows] = [await newFolder(), new Rows()]
  const { read, save } = await begin(folder, rows)
  read('scans', paidAfter(10, 'A'))
  let allow = () => {}
  const saved = save(new Promise(resolve => (allow = resolve)))
  read('scans', paidAfter(20, 'B'))
  expect(rows.visits).toEqual([])
  allow()
  await saved
  expect(rows.visits).toEqual(['A from 10 s open'])
  await save()
  expect(rows.visits).toEqual(['A from 10 s open', 'B from 20 s open'])
})

test('of two saves under way the earlier one lets nothing leave that only the later one holds', async () => {
  const [folder, rows] = [await newFolder(), new Rows()]
  const { read, save } = await begin(folder, rows)
  read('scans', paidAfter(10, 'A'))
  const earlier = save()
  read('scans', paidAfter(20, 'B'))
  let allow = () => {}
  const later = save(new Promise(resolve => (allow = resolve)))
  await earlier
  expect(rows.visits).toEqual([])
  allow()
  await later
  expect(rows.visits).toEqual(['A from 10 s open', 'B from 20 s open'])
})

test('rows that were saved and had not left yet are written by the next life', async () => {
  const [folder, rows] = [await newFolder(), new Rows()]
  const { read, save } = await begin(folder, new Rows())
  read('scans', paidAfter(10))
  await save()
  await begin(folder, rows, { life: 2 })
  expect(rows.visits).toEqual(['A from 10 s open'])
})

test('rows of a shard that begins again from what was saved are written by nobody', async () => {
  const [folder, rows] = [await newFolder(), new Rows()]
  const { read, save, world } = await begin(folder, rows)
  read('scans', paidAfter(10))
  world.begin(several.name, [{ topic: 'scans', partition: 0 }])
  await save()
  expect(rows.visits).toEqual([])
})

test('rows of a process of one topic leave at once', async () => {
  const rows = new Rows()
  const { read } = await begin(await newFolder(), rows, { process: ordersWith([]) })
  read('events', paidAfter(10))
  expect(rows.visits).toEqual(['A from 10 s open'])
})

test('of dead letters those wait that another order of the topics might not make', async () => {
  const rows = new Rows()
  const { read, save } = await begin(await newFolder(), rows)
  for (const seconds of [0, 3_000]) for (const topic of ['scans', 'orders']) read(topic, paidAfter(seconds))
  read('scans', paidAfter(-10))
  read('scans', '{')
  expect(rows.deadLetters).toEqual(['not-json'])
  await save()
  expect(rows.deadLetters).toEqual(['not-json', 'late'])
})

test('many rows that wait make a save urgent, then hold the fold up, but not while the save waits for the evaluation', async () => {
  const heldLimits = { urgentBytes: 1_000, fullBytes: 3_000 }
  const { read, save, world } = await begin(await newFolder(), new Rows(), { heldLimits })
  const look = () => [world.isSaveUrgent(several.name), world.hasRoom()]
  expect(look()).toEqual([false, true])
  read('scans', paidAfter(1, 'A'))
  expect(look()).toEqual([true, true])
  read('scans', paidAfter(2, 'B'))
  read('scans', paidAfter(3, 'C'))
  read('scans', paidAfter(4, 'D'))
  expect(look()).toEqual([true, false])
  let allow = () => {}
  const saved = save(new Promise(resolve => (allow = resolve)))
  expect(look()).toEqual([true, true])
  allow()
  await done
  expect(look()).toEqual([true, false])
  await saved
  expect(look()).toEqual([false, true])
})

test('what was written has left once a save that began afterwards is durable', async () => {
  const { read, save, world } = await begin(await newFolder(), new Rows())
  const left: string[] = []
  await world.left(several.name)
  read('scans', paidAfter(1))
  const before = save()
  void world.left(several.name).then(() => left.push('left'))
  await before
  await done
  expect(left).toEqual([])
  await save()
  await done
  expect(left).toEqual(['left'])
})
