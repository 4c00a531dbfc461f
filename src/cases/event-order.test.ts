import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AttributeTable } from '../event/attribute-table.ts'
import type { AttributeValue } from '../event/event.ts'
import { compareUtf8, EventOrder } from './event-order.ts'
import { CaseEvent, NO_ID } from './kept-event.ts'

const sign = (value: number) => Math.sign(value)

/** Text without half a surrogate pair, which has no UTF-8. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({ unit: fc.constantFrom('a', 'Z', 'é', '\uffff', '\ue000', '～', '😀', '𐀀', '\u0000'), maxLength: 5 }),
)

test('texts are compared as their UTF-8 bytes are', () => {
  fc.assert(
    fc.property(text, text, (left, right) => {
      expect(sign(compareUtf8(left, right))).toBe(sign(Buffer.compare(Buffer.from(left), Buffer.from(right))))
    }),
    { numRuns: 2_000 },
  )
})

test('UTF-16 would put these the other way round', () => {
  expect('😀' < '～').toBe(true)
  expect(compareUtf8('😀', '～')).toBeGreaterThan(0)
})

const table = new AttributeTable([true])
const ids: string[] = []
const order = new EventOrder({ labels: [0], numbers: [], carriedNumbers: 0 }, table, block => ids[block] as string)

function event(at: number, activity: number, id: string | undefined, attribute: AttributeValue): CaseEvent {
  const made = new CaseEvent(0)
  made.at = at
  made.activity = activity
  made.tuple = table.tupleOfValues([attribute])
  made.idBlock = id === undefined ? NO_ID : ids.push(id) - 1
  return made
}

test('events act by instant, then activity, then id with none first, then the bytes of their attributes', () => {
  const inOrder = [
    event(1, 2, 'b', 'x'),
    event(2, 0, undefined, 'z'),
    event(2, 0, 'a', 'z'),
    event(2, 0, 'b', 'a'),
    event(2, 1, undefined, 10),
    event(2, 1, undefined, 9),
    event(2, 1, undefined, null),
    event(2, 1, 'A', '"'),
    event(2, 1, 'a', '"'),
  ]
  // As JSON a quoted text comes before a digit, a digit before null; "[10]" is smaller than "[9]".
  for (const [index, left] of inOrder.entries()) {
    for (const [other, right] of inOrder.entries()) {
      expect([index, other, sign(order.compare(left, right))]).toEqual([index, other, sign(index - other)])
    }
  }
})

test('of events with one identity the earliest counts, then the smallest bytes, then the first activity', () => {
  const inOrder = [event(1, 5, 'i', 'z'), event(2, 4, 'i', 'a'), event(2, 0, 'i', 'b'), event(2, 1, 'i', 'b')]
  for (const [index, left] of inOrder.entries()) {
    for (const [other, right] of inOrder.entries()) {
      expect([index, other, sign(order.comparePrecedence(left, right))]).toEqual([index, other, sign(index - other)])
    }
  }
})
