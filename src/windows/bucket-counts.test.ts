import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BucketCounts } from './bucket-counts.ts'
import { ZERO_BUCKET } from './histogram.ts'
import { BucketList } from './pane.ts'
import { WordArena } from './word-arena.ts'

const highest = 53 * 32
const bucket = fc.oneof(
  fc.integer({ min: 500, max: 560 }),
  fc.integer({ min: 400, max: 700 }),
  fc.integer({ min: ZERO_BUCKET, max: highest }),
)
const change = fc.record({ which: fc.nat(3), bucket, by: fc.constantFrom(1, 1, 1, 2, -1, -3, 3_000_000) })

test('histograms side by side in one arena count as Maps do, sparse, dense and grown', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 150 }), fc.array(fc.nat(3), { maxLength: 3 }), (changes, emptied) => {
      const counts = new BucketCounts(new WordArena())
      const histograms = [0, 0, 0, 0]
      const plain = histograms.map(() => new Map<number, number>())
      const found = new BucketList()
      const expectSame = () => {
        for (const [which, histogram] of histograms.entries()) {
          counts.list(histogram, found)
          const wanted = [...plain[which]!].filter(([, count]) => count !== 0)
          expect(found.entries()).toEqual(wanted.sort(([left], [right]) => left - right))
        }
      }
      const addAll = () => {
        for (const { which, bucket: at, by } of changes) {
          histograms[which] = counts.add(histograms[which]!, at, by)
          plain[which]!.set(at, (plain[which]!.get(at) ?? 0) + by)
        }
        expectSame()
      }
      addAll()
      for (const which of emptied) {
        counts.release(histograms[which]!)
        histograms[which] = 0
        plain[which] = new Map()
      }
      addAll()
    }),
    { numRuns: 200 },
  )
})

test('blocks that are given back are used again', () => {
  const arena = new WordArena()
  const counts = new BucketCounts(arena)
  const fillOne = () => {
    let histogram = 0
    for (let at = 0; at < 300; at++) histogram = counts.add(histogram, at * 5, 1)
    counts.release(histogram)
  }
  fillOne()
  const { length } = arena.words
  for (let round = 0; round < 50; round++) fillOne()
  expect(arena.words.length).toBe(length)
})
