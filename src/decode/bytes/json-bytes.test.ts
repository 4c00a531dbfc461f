import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_NESTING, NOWHERE, nestedEnd, numberEnd, spaceEnd, textEnd, wordEnd } from './json-bytes.ts'
import { RecordBytes } from './record-bytes.ts'

function bytesOf(text: string | Uint8Array): RecordBytes {
  const record = new RecordBytes()
  record.load(typeof text === 'string' ? Buffer.from(text) : text)
  return record
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Where a quoted text ends, or `NOWHERE`. */
const quotedEnd = (text: string | Uint8Array, mayEscape = true) => textEnd(bytesOf(text), 1, mayEscape)

test('a text ends at its quote, wherever that lies in a word of four bytes', () => {
  for (let length = 0; length < 20; length++) {
    for (let from = 0; from < 4; from++) {
      const record = bytesOf(`${' '.repeat(from)}${'x'.repeat(length)}","more":"`)
      expect(textEnd(record, from, false)).toBe(from + length)
    }
  }
})

test('every single byte is let through in a text exactly where JSON.parse lets it through', () => {
  for (let byte = 0; byte < 128; byte++) {
    for (const before of ['', 'a', 'ab', 'abc']) {
      const text = `"${before}${String.fromCharCode(byte)}x"`
      const end = byte === 34 ? before.length + 1 : text.length - 1
      expect(quotedEnd(text)).toBe(byte === 34 || isJson(text) ? end : NOWHERE)
    }
  }
})

test('an escape is let through exactly where JSON.parse lets it through, and only where escapes may be', () => {
  const hex = ['\\u00e9', '\\uD83D', '\\uABCF', '\\u00g0', '\\u00', '\\u0é00', '\\x41', '\\\\\\"']
  const escapes = [...Array.from({ length: 128 }, (_, byte) => `\\${String.fromCharCode(byte)}`), ...hex]
  for (const escaped of escapes) {
    const text = `"a${escaped}b"`
    expect([text, quotedEnd(text)]).toEqual([text, isJson(text) ? text.length - 1 : NOWHERE])
    if (escaped !== '\\"') expect(quotedEnd(text, false)).toBe(NOWHERE)
  }
})

test('bytes beyond ASCII are let through exactly where they are UTF-8', () => {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const isUtf8 = (bytes: Uint8Array) => {
    try {
      decoder.decode(bytes)
      return true
    } catch {
      return false
    }
  }
  const borders = [0x61, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed]
  const bytes = [...borders, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff]
  let valid = 0
  for (const first of bytes)
    for (const second of bytes)
      for (const third of bytes) {
        for (const fourth of [0x61, 0x80, 0xbf, 0xc2]) {
          const text = Uint8Array.of(34, first, second, third, fourth, 34)
          const expected = isUtf8(text) ? 5 : NOWHERE
          if (expected === 5) valid++
          if (quotedEnd(text) !== expected) expect([...text, quotedEnd(text)]).toEqual([...text, expected])
        }
      }
  expect(valid).toBeGreaterThan(200)
})

test('a text that does not end is refused, whatever stood there before', () => {
  const record = bytesOf('"a long text that ends","and":"others"')
  record.load(Buffer.from('"a long te'))
  expect(textEnd(record, 1, true)).toBe(NOWHERE)
})

test('a number ends where JSON says that it does', () => {
  const pieces = fc.constantFrom('0', '1', '9', '12', '00', '.', '-', '+', 'e', 'E', '5e3', '1.5')
  fc.assert(
    fc.property(
      fc.array(pieces, { minLength: 1, maxLength: 5 }),
      fc.constantFrom('', ',', ' ', '}', 'x'),
      (parts, behind) => {
        const text = parts.join('')
        // What is behind a number is for others to judge; so a number may end before its text does.
        const end = numberEnd(bytesOf(text + behind).bytes, 0)
        if (isJson(text)) expect(end).toBe(text.length)
        else expect(end === NOWHERE || (end < text.length && isJson(text.slice(0, end)))).toBe(true)
      },
    ),
    { numRuns: 2_000 },
  )
})

test('the words are true, false and null', () => {
  for (const word of ['true', 'false', 'null']) {
    expect(wordEnd(bytesOf(`${word}]`).bytes, 0)).toBe(word.length)
    for (let length = 0; length < word.length; length++) {
      expect(wordEnd(bytesOf(word.slice(0, length)).bytes, 0)).toBe(NOWHERE)
      expect(wordEnd(bytesOf(`${word.slice(0, length)}x${word.slice(length + 1)}`).bytes, 0)).toBe(NOWHERE)
    }
  }
})

test('space is what JSON calls space', () => {
  for (let byte = 0; byte < 256; byte++) {
    expect(spaceEnd(Uint8Array.of(byte, 0), 0)).toBe(
      isJson(`${String.fromCharCode(byte)}1`) && byte < 48 && byte !== 45 ? 1 : 0,
    )
  }
})

/** JSON of objects and arrays, and what becomes of it when something is inserted or left out. */
const nested = fc
  .tuple(
    fc.oneof(fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 3 }), fc.dictionary(fc.string(), fc.jsonValue())),
    fc.constantFrom(undefined, 1, '\t'),
    fc.nat(),
    fc.constantFrom('', ',', '"', ']', '}', '{', ':', '\\', '1', '\u0001', '{}', 'null,'),
    fc.nat(2),
  )
  .map(([value, indent, place, inserted, left]) => {
    const text = JSON.stringify(value, null, indent)
    const at = 1 + (place % text.length)
    return text.slice(0, at) + inserted + text.slice(at + left)
  })

test('an object or array ends where the whole of it is JSON, and is refused where it is not', () => {
  fc.assert(
    fc.property(nested, text => {
      const record = bytesOf(text)
      const end = nestedEnd(record, 0, MAX_NESTING)
      if (isJson(text)) expect(record.textOf(end, record.length).trim()).toBe('')
      else expect(end === NOWHERE || isJson(record.textOf(0, end))).toBe(true)
    }),
    { numRuns: 3_000 },
  )
})

test('objects and arrays are followed to the depth asked for', () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ]) {
    const text = (depth: number) => open!.repeat(depth - 1) + '[]' + close!.repeat(depth - 1)
    for (const depth of [1, 2, 5, MAX_NESTING]) {
      expect(nestedEnd(bytesOf(text(depth)), 0, depth)).toBe(text(depth).length)
      expect(nestedEnd(bytesOf(text(depth)), 0, depth - 1)).toBe(NOWHERE)
    }
  }
})
