import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteReader, ByteWriter } from './bytes.ts'

const whole = fc.oneof(
  fc.nat(300),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  fc.nat(53).map(bits => 2 ** bits),
  fc.nat(53).map(bits => 2 ** bits - 1),
)

test('whole numbers up to 2^53 are read as they were written, of either sign', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(whole, fc.constantFrom(1, -1)), { maxLength: 500 }), values => {
      const out = new ByteWriter()
      for (const [value, sign] of values) {
        out.write(value)
        // Signed ones have a bit less.
        out.writeSigned(sign * Math.floor(value / 2))
      }
      const from = new ByteReader(out.bytes.slice(0, out.length))
      for (const [value, sign] of values) {
        expect(from.read()).toBe(value)
        expect(from.readSigned() + 0).toBe(sign * Math.floor(value / 2) + 0)
      }
      expect(from.at).toBe(out.length)
    }),
  )
})

test('numbers below 128 take one byte, those below 16,384 two', () => {
  const lengths = [0, 127, 128, 16_383, 16_384].map(value => {
    const out = new ByteWriter()
    out.write(value)
    return out.length
  })
  expect(lengths).toEqual([1, 1, 2, 2, 3])
})
