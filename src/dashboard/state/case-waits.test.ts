import { expect, test } from 'vitest'
import { type Passage, waitsBetween } from './case-waits.ts'

const passage = (stage: string, start: number, end: number): Passage => ({ stage, start, end })

test('a case waits where it has left one stage and not entered the next', () => {
  const waits = waitsBetween([passage('packing', 30, 40), passage('payment', 0, 5), passage('picking', 10, 30)])
  expect(waits).toEqual([{ from: 5, to: 10, after: 'payment', before: 'picking' }])
})

test('while another stage is still open it does not wait, and the one that ended last is named', () => {
  const waits = waitsBetween([passage('check', 0, 50), passage('ship', 60, 70), passage('print', 10, 20)])
  expect(waits).toEqual([{ from: 50, to: 60, after: 'check', before: 'ship' }])
})

test('one visit, or none, has nothing between', () => {
  expect(waitsBetween([])).toEqual([])
  expect(waitsBetween([passage('picking', 3, 3)])).toEqual([])
})
