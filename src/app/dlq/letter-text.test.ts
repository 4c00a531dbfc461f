import { Buffer } from 'node:buffer'
import { expect, test } from 'vitest'
import { instant } from '../../event/instant.ts'
import type { KeptDeadLetter } from '../../store/queries/dead-letters.ts'
import { letterJson, letterText } from './letter-text.ts'

const letter: KeptDeadLetter = {
  process: 'orders',
  topic: 'orders.events',
  partition: 3,
  offset: 4_711,
  reason: 'not-json',
  detail: 'the record is not a JSON object: it is 17',
  key: Buffer.from('k-1'),
  value: Buffer.from('{"订单": 17\n}'),
  headers: [
    ['trace', Buffer.from([0, 255])],
    ['none', null],
  ],
  timestamp: instant(Date.UTC(2026, 10, 28, 8)),
  storedAt: instant(Date.UTC(2026, 10, 28, 9)),
  redriven: { at: instant(Date.UTC(2026, 10, 28, 10)), offset: 5_000 },
}

test('a dead letter is shown with all that is known of it, its value as it came', () => {
  expect(letterText(letter, false)).toBe(`orders.events:3:4711
process    orders
reason     not-json: the record is not a JSON object: it is 17
time       2026-11-28T08:00:00.000Z
kept       2026-11-28T09:00:00.000Z
sent back  2026-11-28T10:00:00.000Z, as orders.events:3:5000
header     "trace" = 0x00ff
header     "none" = none
key        "k-1"
value      15 bytes of text
{"订单": 17
}
`)
})

const withValue = (value: Uint8Array | null): KeptDeadLetter => ({ ...letter, value })

test.each<[string, Uint8Array, string]>([
  ['is no UTF-8', Buffer.from([0xc3, 0x28, 0x41]), '00000000  c3 28 41 '],
  ['would move the cursor', Buffer.from('\u001b[2J'), '00000000  1b 5b 32 4a '],
  ['holds a control character of the second kind', Buffer.from('\u009b2J'), '00000000  c2 9b 32 4a '],
])('a value that %s is shown in hexadecimal', (_, value, line) => {
  const text = letterText(withValue(value), false)
  expect(text).toContain(`\n${line}`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal must not get those
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
})

test('hexadecimal can be asked for, and a line shows what of it is a text', () => {
  const hex = letterText(withValue(Buffer.from('{"order": "A-1"}\n\u0000')), true)
  expect(hex.split('\n').slice(-3)).toEqual([
    '00000000  7b 22 6f 72 64 65 72 22 3a 20 22 41 2d 31 22 7d  {"order": "A-1"}',
    `00000010  0a 00 ${' '.repeat(42)} ..`,
    '',
  ])
})

test('of a large value the beginning is shown, and how much is left', () => {
  const text = letterText(withValue(Buffer.alloc(20_000, 'x')), false)
  expect(text).toMatch(/\nx{16384}\n… 3616 more bytes; --json has all of them\n$/)
})

test('a record without a value, of a time that no calendar has, is shown as well', () => {
  const { headers: _, redriven: __, ...bare } = letter
  const text = letterText({ ...bare, key: null, value: null, timestamp: instant(9e18) }, false)
  expect(text).toContain('time       9000000000000000000 ms since the epoch\n')
  expect(text).toContain('sent back  not yet\n')
  expect(text).toMatch(/key {8}none\nvalue {6}none\n$/)
})

test('as JSON bytes are there as base64, and as text where they are one', () => {
  expect(letterJson({ ...letter, value: Buffer.from([255]) })).toEqual({
    position: 'orders.events:3:4711',
    process: 'orders',
    reason: 'not-json',
    detail: 'the record is not a JSON object: it is 17',
    timestamp: '2026-11-28T08:00:00.000Z',
    kept_at: '2026-11-28T09:00:00.000Z',
    redriven_at: '2026-11-28T10:00:00.000Z',
    redriven_as: 'orders.events:3:5000',
    headers: [
      { name: 'trace', value: null, value_base64: 'AP8=' },
      { name: 'none', value: null, value_base64: null },
    ],
    key: 'k-1',
    key_base64: 'ay0x',
    value: null,
    value_base64: '/w==',
  })
})
