import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSnapshots } from './snapshots.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-damage-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

const flipped = (bytes: Buffer, at: number, bit: number): Buffer => {
  const damaged = Buffer.from(bytes)
  damaged[at] = (damaged[at] as number) ^ (1 << bit)
  return damaged
}

/** What a snapshot may be found as. @param other a whole one of the same format, of another partition. */
const damages = {
  flip: (bytes: Buffer, _other: Buffer, draw: number) => flipped(bytes, draw % bytes.length, draw % 8),
  truncation: (bytes: Buffer, _other: Buffer, draw: number) => bytes.subarray(0, draw % bytes.length),
  extension: (bytes: Buffer, _other: Buffer, draw: number) => Buffer.concat([bytes, Buffer.alloc(1 + (draw % 512))]),
  'lost sector': (bytes: Buffer, _other: Buffer, draw: number) => {
    const damaged = Buffer.from(bytes)
    const sectors = Math.ceil(bytes.length / 512)
    const from = (draw % sectors) * 512
    return damaged.fill(0, from, Math.min(from + 512, bytes.length))
  },
  'wrong partition': (_bytes: Buffer, other: Buffer) => other,
  'wrong version': (bytes: Buffer, _other: Buffer, draw: number) => {
    const damaged = Buffer.from(bytes)
    damaged.writeUInt32LE(5 + (draw % 1_000), 8)
    return damaged
  },
} as const

type Damage = keyof typeof damages
const kinds = Object.keys(damages) as Damage[]

test('of 100 damaged snapshots every one is found out, and an older one is used', async () => {
  const snapshots = await openSnapshots(directory)
  const pages = [new Int32Array(2_000).map((_, index) => index * 7 + 1)]
  await snapshots.save('orders.4', { offset: 9 }, pages)
  const [otherFile = ''] = readdirSync(directory)
  const other = readFileSync(join(directory, otherFile))
  for (const offset of [1, 2, 3]) await snapshots.save('orders.3', { offset }, pages)
  const files = readdirSync(directory)
    .filter(file => file !== otherFile)
    .sort()
  const whole = files.map(file => readFileSync(join(directory, file)))
  const seen = new Map<Damage, number>()

  const draw = fc.record({ kind: fc.constantFrom(...kinds), draw: fc.nat() })
  const two = fc.array(draw, { minLength: 1, maxLength: 2 })
  await fc.assert(
    fc.asyncProperty(two, async hits => {
      // The newest first; one that stays as it was (a sector that was empty anyway) would be no damage.
      for (const [nth, { kind, draw }] of hits.entries()) {
        const index = files.length - 1 - nth
        const bytes = damages[kind](whole[index]!, other, draw)
        expect(bytes.equals(whole[index]!)).toBe(false)
        writeFileSync(join(directory, files[index]!), bytes)
        seen.set(kind, (seen.get(kind) ?? 0) + 1)
      }
      const loaded = await (await openSnapshots(directory)).load('orders.3')
      for (const [index, file] of files.entries()) writeFileSync(join(directory, file), whole[index]!)
      expect(loaded).toMatchObject({ kind: 'loaded', payload: { offset: 3 - hits.length } })
      expect(loaded.kind === 'loaded' && loaded.pages).toEqual(pages)
      expect(loaded.damaged.map(({ file }) => file)).toEqual(
        hits.map((_, nth) => join(directory, files[files.length - 1 - nth]!)),
      )
    }),
    { numRuns: 100 },
  )
  for (const kind of kinds) expect(seen.get(kind), kind).toBeGreaterThan(5)
})

test('a whole snapshot under the name of another partition is told for what it is', async () => {
  const snapshots = await openSnapshots(directory)
  await snapshots.save('orders.3', { offset: 3 })
  const [file = ''] = readdirSync(directory)
  await snapshots.save('orders.4', { offset: 4 })
  const [copied = ''] = readdirSync(directory).filter(name => name !== file)
  writeFileSync(join(directory, file), readFileSync(join(directory, copied)))
  expect((await snapshots.load('orders.3')).damaged).toEqual([
    { file: join(directory, file), problem: 'it is the snapshot of orders.4' },
  ])
})
