import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isOlderVersion, parseVersion, versionText } from './row-version.ts'

const version = fc.record({ epoch: fc.nat(2 ** 16 - 1), position: fc.integer({ min: 0, max: 2 ** 48 - 1 }) })
const source = { source: 's', partition: 0 }

test('a version is read back as it was written, and fits into 64 bits', () => {
  fc.assert(
    fc.property(version, it => {
      expect(parseVersion(versionText(it))).toEqual(it)
      expect(BigInt(versionText(it)) < 2n ** 64n).toBe(true)
    }),
  )
  expect(versionText({ epoch: 1, position: 5 })).toBe('281474976710661')
})

test('rows compare in memory as their versions compare in the store', () => {
  fc.assert(
    fc.property(version, version, (a, b) => {
      expect(isOlderVersion({ ...source, ...a }, { ...source, ...b })).toBe(
        BigInt(versionText(a)) < BigInt(versionText(b)),
      )
    }),
  )
})

test.each([
  { epoch: 0, position: -1 },
  { epoch: 0, position: 2 ** 48 },
  { epoch: 0, position: 0.5 },
  { epoch: 2 ** 16, position: 0 },
])('a version that would overflow into another one is refused: %j', it => {
  expect(() => versionText(it)).toThrow(RangeError)
})
