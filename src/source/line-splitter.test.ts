import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineSplitter } from './line-splitter.ts'

const linesOf = (chunks: readonly Buffer[], maxBytes?: number) => {
  const splitter = new LineSplitter(maxBytes)
  const lines = [...chunks.flatMap(chunk => splitter.push(chunk)), ...splitter.end()]
  return { lines: lines.map(({ number, bytes }) => [number, Buffer.from(bytes).toString()]), count: splitter.lines }
}

test('lines end with a newline or with the file; empty ones keep their number and are left out', () => {
  expect(linesOf([Buffer.from('a\r\n\n\r\nb\nc')])).toEqual({
    lines: [
      [0, 'a'],
      [3, 'b'],
      [4, 'c'],
    ],
    count: 5,
  })
  expect(linesOf([])).toEqual({ lines: [], count: 0 })
  expect(linesOf([Buffer.from('\n')])).toEqual({ lines: [], count: 1 })
})

test('a line longer than allowed is cut to one byte more than allowed, a line just as long is whole', () => {
  expect(linesOf([Buffer.from('1234567890\n12345\r\n123456\r\nab')], 5).lines).toEqual([
    [0, '123456'],
    [1, '12345'],
    [2, '123456'],
    [3, 'ab'],
  ])
})

test('where the chunks are cut makes no difference', () => {
  const text = fc.array(fc.constantFrom('a', 'bc', 'é', '\n', '\r\n', '\r', '123456789'), { maxLength: 60 })
  fc.assert(
    fc.property(text, fc.array(fc.nat(12), { maxLength: 40 }), fc.constantFrom(4, 1_000), (parts, cuts, maxBytes) => {
      const bytes = Buffer.from(parts.join(''))
      const chunks: Buffer[] = []
      let start = 0
      for (const cut of cuts) {
        chunks.push(bytes.subarray(start, start + cut))
        start += cut
      }
      chunks.push(bytes.subarray(start))
      expect(linesOf(chunks, maxBytes)).toEqual(linesOf([bytes], maxBytes))
    }),
  )
})
