import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteReader, ByteWriter } from './bytes.ts'
import { bucketOf } from './histogram.ts'
import { Pane } from './pane.ts'
import { paneCodec } from './pane-bytes.ts'
import { SettledPanes } from './settled-panes.ts'

type Plain = {
  readonly index: number
  readonly counts: readonly number[]
  readonly durations: readonly number[]
  readonly unfinished: readonly number[]
  readonly reassigned: readonly number[]
}

const count = fc.oneof(fc.constant(0), fc.constant(0), fc.nat(3), fc.integer({ min: 0, max: 2 ** 31 - 1 }))
const ms = fc.oneof(fc.constant(0), fc.nat(300), fc.integer({ min: 0, max: 2 ** 45 }))
const content = fc.record({
  counts: fc.array(count, { minLength: 5, maxLength: 5 }),
  durations: fc.oneof(fc.constant([]), fc.array(ms, { maxLength: 2 }), fc.array(ms, { maxLength: 30 })),
  unfinished: fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(ms, { maxLength: 4 }) },
  ),
  reassigned: fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(ms, { maxLength: 4 }) },
  ),
})

function fill(pane: Pane, { index, counts, durations, unfinished, reassigned }: Plain): Pane {
  const [entered = 0, reworked = 0, abandoned = 0, expired = 0, breached = 0] = counts
  Object.assign(pane, { index, entered, reworked, abandoned, expired, breached, exited: durations.length })
  pane.sumMs = durations.reduce((sum, duration) => sum + duration, 0)
  pane.leastMs = Math.min(...durations)
  pane.mostMs = Math.max(...durations)
  pane.durations.clear()
  for (const [bucket, times] of byBucket(durations)) pane.durations.push(bucket, times)
  pane.unfinished.clear()
  for (const [bucket, times] of byBucket(unfinished)) pane.unfinished.push(bucket, times)
  pane.reassigned.clear()
  for (const [bucket, times] of byBucket(reassigned)) pane.reassigned.push(bucket, -times)
  return pane
}

function byBucket(durations: readonly number[]): [number, number][] {
  const counts = new Map<number, number>()
  for (const bucket of durations.map(bucketOf)) counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
  return [...counts].sort(([left], [right]) => left - right)
}

const said = (pane: Pane) => ({
  ...{ index: pane.index, entered: pane.entered, reworked: pane.reworked, exited: pane.exited },
  ...{ abandoned: pane.abandoned, expired: pane.expired, breached: pane.breached, sumMs: pane.sumMs },
  ...{ minMs: pane.minMs, maxMs: pane.maxMs, buckets: pane.buckets() },
  ...{ unfinished: pane.unfinished.entries(), reassigned: pane.reassigned.entries() },
})

const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      steps: fc.constantFrom(1, 2, 4),
      times: fc.constantFrom(1, 1, 2, 20),
      content,
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('drop' as const), panes: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), panes: fc.constantFrom(40, 40, 1_000) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      first: fc.double({ noNaN: true, min: -0.1, max: 1.1 }),
      length: fc.nat(600),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' } as const) },
)

test('settled panes are read as they were, in any range, while old ones leave and new ones come', () => {
  const reached = { panes: 0, blocks: 0 }
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 60, maxLength: 150 }),
      fc.integer({ min: -400, max: 10 ** 12 }),
      (steps, from) => {
        let settled = new SettledPanes(paneCodec)
        let plain: Plain[] = []
        let newest = from
        const scratch = new Pane(false)
        for (const one of steps) {
          if (one.kind === 'append') {
            for (let time = 0; time < one.times; time++) {
              newest += one.steps
              plain.push({ index: newest, ...one.content })
              settled.append(fill(scratch, plain.at(-1)!))
            }
          } else if (one.kind === 'drop') {
            const gone = plain.slice(0, one.panes)
            plain = plain.slice(one.panes)
            for (const [at, pane] of gone.entries()) {
              // Half of them nobody looks at.
              settled.dropOldest(at % 2 === 0 ? scratch : undefined)
              if (at % 2 === 0) expect(said(scratch)).toEqual(said(fill(new Pane(false), pane)))
            }
          } else if (one.kind === 'restart') {
            const out = new ByteWriter()
            settled.snapshot(out)
            settled = new SettledPanes(paneCodec)
            settled.restore(new ByteReader(out.bytes.slice(0, out.length)), scratch)
          } else {
            const first = Math.round((plain[0]?.index ?? newest) + one.first * (newest - (plain[0]?.index ?? newest)))
            const last = first + one.length
            const inside = plain.filter(({ index }) => index >= first && index <= last)
            const found: unknown[] = []
            settled.forEach(first, last, scratch, pane => found.push(said(pane)))
            expect(found).toEqual(inside.map(pane => said(fill(new Pane(false), pane))))
            const range = { least: Infinity, most: -Infinity }
            settled.widen(first, last, scratch, range)
            const all = inside.flatMap(({ durations }) => durations)
            expect(range).toEqual({ least: Math.min(...all), most: Math.max(...all) })
            reached.panes += found.length
            reached.blocks += inside.length > 64 ? 1 : 0
          }
          expect([settled.count, settled.oldest]).toEqual([plain.length, plain[0]?.index ?? Infinity])
        }
      },
    ),
    { numRuns: 60 },
  )
  expect(reached.panes).toBeGreaterThan(1_000)
  expect(reached.blocks).toBeGreaterThan(50)
})

test('a pane from which more was taken than was there is an error, not a number', () => {
  const pane = fill(new Pane(false), {
    index: 3,
    counts: [-1, 0, 0, 0, 0],
    durations: [],
    unfinished: [],
    reassigned: [],
  })
  expect(() => new SettledPanes(paneCodec).append(pane)).toThrow('pane 3')
})

test('a pane with one entry and one exit takes few bytes', () => {
  const settled = new SettledPanes(paneCodec)
  const pane = fill(new Pane(false), { index: 0, counts: [1], durations: [600_000], unfinished: [], reassigned: [] })
  for (let index = 0; index < 1_000; index++) settled.append(Object.assign(pane, { index }))
  const out = new ByteWriter()
  settled.snapshot(out)
  expect(out.length / 1_000).toBeLessThan(9)
})
