import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { RandomDraws } from '../../src/source/random-draws.ts'
import { dataOf } from '../integration/support/configured-run.ts'
import { extent, seed } from './support/extent.ts'
import { PARTITIONS } from './support/parcels.ts'
import { describeRow, ROW_WITHIN_MS, report } from './support/row.ts'
import type { Watched } from './support/watched.ts'

/** In each round the newest snapshot of every partition, of one of them the one before as well. */
const ROUNDS = extent(20, 2)
const KEPT = 3

/** @param other a whole snapshot of another partition. */
type Damage = (bytes: Buffer, other: Buffer, draws: RandomDraws) => Buffer

const damages: Readonly<Record<string, Damage>> = {
  'a flipped bit': (bytes, _, draws) => {
    const at = draws.next() % bytes.length
    const flipped = Buffer.from(bytes)
    flipped[at] = flipped[at]! ^ (1 << (draws.next() % 8))
    return flipped
  },
  'cut off': (bytes, _, draws) => bytes.subarray(0, draws.next() % bytes.length),
  empty: () => Buffer.alloc(0),
  'of another partition': (_, other) => other,
  'of another version': (bytes, _, draws) => {
    const other = Buffer.from(bytes)
    other.writeUInt32LE(100 + (draws.next() % 100), 8)
    return other
  },
}

describeRow('damaged snapshots', 'test/faults/snapshots.test.ts', ({ openScene }) => {
  test(
    'are all found out, an older one is used, and no cell changes',
    async () => {
      const scene = await openScene()
      const draws = new RandomDraws(seed, 11)
      const stream = await scene.stream({ parcelsPerSecond: 60, duplicates: 0.05 })
      const watched = scene.watched('damaged')
      const damaged: string[] = []
      const times: Record<string, number> = {}
      await watched.start()
      for (let nth = 0; nth < ROUNDS; nth++) {
        await untilSaved(watched)
        await watched.kill()
        const { ends } = stream
        damaged.push(...damageNewest(watched, draws, times))
        await watched.start()
        await watched.untilBeyond(ends)
      }
      await stream.stop()
      const { cells } = scene.expectSame(await scene.stored(watched), (await scene.expected()).cells)
      const lines = watched.logged(line => line.includes('a snapshot is damaged')) as { file: string }[]
      // A snapshot that is looked at twice is told twice.
      const told = [...new Set(lines.map(({ file }) => basename(file)))]
      expect(told.toSorted()).toEqual(damaged.toSorted())
      for (const kind of Object.keys(damages)) expect(times[kind], kind).toBeGreaterThan(0)
      report('damaged snapshots', {
        damaged: damaged.length,
        kinds: JSON.stringify(times),
        'found out': told.length,
        records: stream.sent,
        'cells, 0 differing': cells,
      })
    },
    ROW_WITHIN_MS,
  )
})

const folderOf = ({ folder }: Watched): string => join(dataOf(folder), 'snapshots')

/** Of one partition, oldest first. */
const filesOf = (watched: Watched, partition: number): string[] =>
  readdirSync(folderOf(watched))
    .filter(name => name.startsWith(`parcels-${partition}.`) && name.endsWith('.snapshot'))
    .sort()

/** Waits until all that is kept of every partition was saved by the present life. */
async function untilSaved(watched: Watched): Promise<void> {
  const from = Date.now()
  await watched.untilSaid('three new snapshots of every partition', () => {
    const isSaved = Array.from({ length: PARTITIONS }, (_, partition) => filesOf(watched, partition)).every(
      files => files.length >= KEPT && files.every(name => savedAt(watched, name) > from),
    )
    return isSaved ? true : undefined
  })
}

/** It may have been replaced since its name was read. */
const savedAt = (watched: Watched, name: string): number =>
  statSync(join(folderOf(watched), name), { throwIfNoEntry: false })?.mtimeMs ?? 0

/** @returns the names of the files. */
function damageNewest(watched: Watched, draws: RandomDraws, times: Record<string, number>): string[] {
  const folder = folderOf(watched)
  const newest = Array.from({ length: PARTITIONS }, (_, partition) => filesOf(watched, partition))
  const whole = newest.map(files => readFileSync(join(folder, files.at(-1)!)))
  const two = draws.next() % PARTITIONS
  return newest.flatMap((files, partition) =>
    files.slice(partition === two ? -2 : -1).map(name => {
      const kinds = Object.keys(damages)
      const kind = kinds[Object.values(times).reduce((sum, count) => sum + count, 0) % kinds.length]!
      times[kind] = (times[kind] ?? 0) + 1
      const bytes = readFileSync(join(folder, name))
      writeFileSync(join(folder, name), damages[kind]!(bytes, whole[(partition + 1) % PARTITIONS]!, draws))
      return name
    }),
  )
}
