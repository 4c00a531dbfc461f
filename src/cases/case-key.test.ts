import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CaseKey, keyWordsAt, textOfKey } from './case-key.ts'

/** Some of them around the length that needs a word, and some longer. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary-ascii', minLength: 250, maxLength: 260 }),
  fc.string({ unit: 'binary-ascii', minLength: 1_000, maxLength: 1_100 }),
)

test('a key is its bytes: packed, compared and read back', () => {
  const page = new Int32Array(600)
  fc.assert(
    fc.property(text, text, fc.nat(9), (left, right, shift) => {
      const bytes = Buffer.from(`${'x'.repeat(shift)}${left}`)
      const key = new CaseKey()
      key.set(bytes, shift, bytes.length)
      key.copyTo(page, shift)
      expect(textOfKey(page, shift)).toBe(left)
      const again = new CaseKey()
      again.load(page, shift)
      expect([again.hash, again.count, keyWordsAt(page, shift)]).toEqual([key.hash, key.count, key.count])
      const other = new CaseKey()
      const otherBytes = Buffer.from(right)
      other.set(otherBytes, 0, otherBytes.length)
      expect(other.equals(page, shift)).toBe(left === right)
      if (left === right) expect(other.hash).toBe(key.hash)
    }),
    { numRuns: 2_000 },
  )
})

test('keys that differ by zero bytes at the end are two', () => {
  const [one, two] = [[1, 0], [1]].map(bytes => {
    const key = new CaseKey()
    key.set(Uint8Array.from(bytes), 0, bytes.length)
    return key
  })
  expect(one?.hash).not.toBe(two?.hash)
})

test('consecutive ids spread over all tables of the index', () => {
  const tables = new Set<number>()
  const key = new CaseKey()
  for (let index = 0; index < 4_000; index++) {
    const bytes = Buffer.from(`ORD-${String(index).padStart(10, '0')}`)
    key.set(bytes, 0, bytes.length)
    tables.add(key.hash >>> 24)
  }
  expect(tables.size).toBe(256)
})
