import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecordBytes } from './record-bytes.ts'
import { MAX_TOKEN, TokenCache, UNKNOWN } from './token-cache.ts'

type Token = { readonly text: string; readonly kind: number; readonly from: number }

const tokens: fc.Arbitrary<Token> = fc.record({
  text: fc.oneof(
    fc.constantFrom(
      '',
      'WH-1',
      'WH-2',
      'WH-11',
      'W',
      'east',
      'eas',
      '华东',
      'x'.repeat(MAX_TOKEN),
      'x'.repeat(MAX_TOKEN + 1),
    ),
    fc.string({ maxLength: 12 }),
  ),
  kind: fc.integer({ min: 1, max: 7 }),
  from: fc.nat(5),
})

const load = (record: RecordBytes, { text, from }: Token): number => {
  const bytes = Buffer.from(text)
  record.load(Buffer.concat([Buffer.from('abcdef'.slice(0, from)), bytes, Buffer.from('"rest')]))
  return from + bytes.length
}

test('a cache never answers anything else than what was remembered last, wherever the token stands', () => {
  fc.assert(
    fc.property(fc.array(tokens, { maxLength: 200 }), asked => {
      const record = new RecordBytes()
      const cache = new TokenCache(16)
      const meanings = new Map<string, number>()
      asked.forEach((token, index) => {
        const to = load(record, token)
        const key = `${token.kind} ${token.text}`
        const found = cache.find(record, token.from, to, token.kind)
        if (found !== UNKNOWN) {
          expect(found).toBe(meanings.get(key))
          return
        }
        cache.remember(record, token.from, to, token.kind, index)
        meanings.set(key, index)
        const isKept = Buffer.byteLength(token.text) <= MAX_TOKEN
        expect(cache.find(record, token.from, to, token.kind)).toBe(isKept ? index : UNKNOWN)
      })
    }),
  )
})

test('the names of a few warehouses are all kept at once', () => {
  const record = new RecordBytes()
  const cache = new TokenCache(512)
  const names = Array.from({ length: 60 }, (_, number) => ({ text: `WH-${number}`, kind: 1, from: 0 }))
  names.forEach((name, index) => {
    cache.remember(record, 0, load(record, name), 1, index)
  })
  const kept = names.filter((name, index) => cache.find(record, 0, load(record, name), 1) === index)
  expect(kept).toHaveLength(names.length)
})

test('a cache that was cleared knows nothing', () => {
  const record = new RecordBytes()
  const cache = new TokenCache(16)
  const token = { text: 'WH-1', kind: 1, from: 0 }
  cache.remember(record, 0, load(record, token), 1, 5)
  cache.clear()
  expect(cache.find(record, 0, load(record, token), 1)).toBe(UNKNOWN)
})
