import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AmountWords } from './amount-words.ts'
import { WordArena } from './word-arena.ts'

test('every whole number below 2^53 in size comes back as it was, and so does null', () => {
  const edges = [30, 31, 32, 52].flatMap(bits => [2 ** bits, 2 ** bits - 1, 2 ** bits + 1])
  const numbers = fc.oneof(
    fc.maxSafeInteger(),
    fc.integer({ min: -200_000, max: 200_000 }),
    fc.constantFrom(0, Number.NaN, Number.MAX_SAFE_INTEGER, ...edges, ...edges.map(edge => -edge)),
  )
  fc.assert(
    fc.property(fc.array(numbers), values => {
      const amounts = new AmountWords(new WordArena())
      const words = Int32Array.from(values, value => amounts.write(value))
      expect(Array.from(words, word => amounts.read(word))).toEqual(values)
    }),
  )
})

test('what is freed is used again', () => {
  const arena = new WordArena()
  const amounts = new AmountWords(arena)
  const large = Array.from({ length: 100 }, (_, index) => 2 ** 40 + index)
  const rounds = Array.from({ length: 1_000 }, () => {
    const words = Int32Array.from(large, value => amounts.write(value))
    for (const word of words) amounts.free(word)
    return arena.bytes
  })
  expect(new Set(rounds).size).toBe(1)
})
