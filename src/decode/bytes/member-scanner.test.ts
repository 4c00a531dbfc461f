import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FieldPath } from '../../model/definitions.ts'
import { ABSENT, MemberScanner, NESTED } from './member-scanner.ts'
import { parsedAt } from './token-value.ts'
import { WantedMembers } from './wanted-members.ts'

const paths: readonly FieldPath[] = [['a'], ['b'], ['c', 'd'], ['c', 'e', 'f'], ['__proto__'], ['区']]

function newScanner(wantedPaths: readonly FieldPath[] = paths, maxDepth = 20) {
  const wanted = new WantedMembers()
  for (const path of wantedPaths) expect(wanted.add(path)).toBeDefined()
  return new MemberScanner(wanted, maxDepth)
}

/** The values that a scan finds, or `gave up`. */
function scan(scanner: MemberScanner, text: string): unknown {
  if (!scanner.scan(Buffer.from(text))) return 'gave up'
  return Array.from(scanner.kinds, (kind, field) => {
    if (kind === ABSENT) return undefined
    return kind === NESTED ? 'nested' : parsedAt(scanner, field)
  })
}

/** The same by `JSON.parse`. */
function parse(text: string): unknown {
  const root: unknown = JSON.parse(text)
  return paths.map(path => {
    let value = root
    for (const name of path) {
      const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
      value = isObject && Object.hasOwn(value as object, name) ? (value as Record<string, unknown>)[name] : undefined
    }
    return typeof value === 'object' && value !== null ? 'nested' : value
  })
}

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'x', '区', '__proto__', '')
const { value } = fc.letrec(tie => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    fc.constantFrom(null, true, false, 0, -1.5, 1e21, '', 'text', '华东', 'a longer text, with signs }]'),
    fc.uniqueArray(fc.tuple(name, tie('value')), { selector: ([key]) => key, maxLength: 5 }).map(Object.fromEntries),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
}))
const object = fc
  .uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 8 })
  .map(members => Object.fromEntries(members) as object)

test('a scan finds the values that JSON.parse finds, over one record after the other', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(object, fc.constantFrom(undefined, 1)), { maxLength: 30 }), records => {
      const scanner = newScanner()
      for (const [one, indent] of records) {
        const text = JSON.stringify(one, null, indent)
        expect([text, scan(scanner, text)]).toEqual([text, parse(text)])
      }
    }),
    { numRuns: 300 },
  )
})

test('a record in the layout of the one before is read along the learned steps', () => {
  const scanner = newScanner()
  const texts = ['{"a":1,"x":"x","c":{"d":"d"},"b":"b"}', '{"a":"other","x":null,"c":{"d":[1]},"b":-2.5}\n']
  for (const text of texts) expect(scan(scanner, text)).toEqual(parse(text))
  expect(scanner.learned).toBe(5)
  for (const text of texts) expect(scan(scanner, text)).toEqual(parse(text))
  expect(scanner.learned).toBe(5)
})

test('an object that is null, missing or a text has no members, in any order of such records', () => {
  const texts = [
    '{"c":{"d":1}}',
    '{"c":null,"a":1}',
    '{"a":1}',
    '{"c":"text","a":2}',
    '{"c":[{"d":3}]}',
    '{"c":{},"a":4}',
    '{}',
  ]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...texts), { maxLength: 20 }), records => {
      const scanner = newScanner()
      for (const text of records) expect([text, scan(scanner, text)]).toEqual([text, parse(text)])
    }),
  )
})

test.each([
  ['a name that is met twice', '{"a":1,"a":2}'],
  ['an object that is met twice', '{"c":{"d":1},"c":{}}'],
  ['an object and a null of one name', '{"c":null,"c":{"d":1}}'],
  ['a name with an escape', '{"\\u0061":1}'],
  ['a wanted text with an escape', '{"a":"\\n"}'],
  ['a text without an end', '{"a":"x'],
  ['a record without an end', '{"a":"x"'],
  ['something behind the record', '{"a":"x"}}'],
  ['a comma too many', '{"a":1,}'],
  ['a comma too few', '{"a":1 "b":2}'],
  ['a missing value', '{"a":}'],
  ['a missing name', '{:1}'],
  ['two roots', '{}{}'],
  ['no object', '[1]'],
  ['nothing', ''],
  ['a byte order mark', '\uFEFF{}'],
])('a scan gives up at %s, also over what it has learned', (_what, text) => {
  const scanner = newScanner()
  for (const known of ['{"a":1,"b":2}', '{"a":"x"}', '{"a":1}', '{"b":2}', '{"c":{"d":1}}', '{}']) {
    expect(scan(scanner, known)).toEqual(parse(known))
    expect(scan(scanner, text)).toBe('gave up')
  }
})

test('a scan goes as deep as it may', () => {
  const deep = (levels: number) => `{"x":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
  const inside = '{"c":{"d":[[]]}}'
  expect(scan(newScanner(paths, 4), deep(4))).not.toBe('gave up')
  expect(scan(newScanner(paths, 4), deep(5))).toBe('gave up')
  expect(scan(newScanner(paths, 4), inside)).not.toBe('gave up')
  expect(scan(newScanner(paths, 3), inside)).toBe('gave up')
  expect(scan(newScanner(paths, 2), '{"c":{"d":1}}')).not.toBe('gave up')
  expect(scan(newScanner(paths, 1), '{"c":{"d":1}}')).toBe('gave up')
})

test('records of ever new names are read all the same, and what is learned of them stays bounded', () => {
  const scanner = newScanner()
  for (let number = 0; number < 5_000; number++) {
    const text = `{"${number}":1,"a":${number},"c":{"d":2},"b":"${number}"}`
    expect(scan(scanner, text)).toEqual([number, String(number), 2, undefined, undefined, undefined])
    expect(scanner.learned).toBeLessThanOrEqual(256)
  }
})

test('a new layout is learned, however many there were before', () => {
  const scanner = newScanner()
  for (let number = 0; number < 5_000; number++) scan(scanner, `{"${number}":1,"a":${number}}`)
  const usual = '{"b":1,"a":2}'
  for (let time = 0; time < 2_100; time++) scan(scanner, usual)
  const before = scanner.learned
  for (let time = 0; time < 100; time++) expect(scan(scanner, usual)).toEqual(parse(usual))
  expect(scanner.learned).toBe(before)
  expect(before).toBeLessThan(10)
})

test('fields inside each other, and more than a scan can tell apart, are not served', () => {
  const wanted = new WantedMembers()
  expect(wanted.add(['a', 'b'])).toBe(0)
  expect(wanted.add(['a', 'b'])).toBe(0)
  expect(wanted.add(['a'])).toBeUndefined()
  expect(wanted.add(['a', 'b', 'c'])).toBeUndefined()
  expect(wanted.add([])).toBeUndefined()
  const many = Array.from({ length: 40 }, (_, number) => wanted.add([`field ${number}`]))
  expect(many.filter(field => field !== undefined)).toHaveLength(29)
})

test('a record longer than any before is read', () => {
  const scanner = newScanner()
  for (const length of [10, 5_000, 100, 70_000]) {
    const text = `{"x":"${'x'.repeat(length)}","a":"${'a'.repeat(length)}"}`
    expect(scan(scanner, text)).toEqual(parse(text))
  }
})
