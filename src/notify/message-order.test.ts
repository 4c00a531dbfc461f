import { expect, test } from 'vitest'
import { instant } from '../event/instant.ts'
import type { OutboxMessage } from '../journal/outbox.ts'
import { MessageOrder } from './message-order.ts'

const message = (id: string, ...alerts: string[]): OutboxMessage => ({
  id,
  contactPoint: 'ops/webhook',
  tells: alerts.map(alert => ({ alert, state: 'firing' })),
  body: null,
  at: instant(0),
})

test('messages on one alert wait for each other, those on others do not', () => {
  const order = new MessageOrder()
  const [fires, other, ends] = [message('1', 'a'), message('2', 'b'), message('3', 'a')]
  expect([fires, other, ends].map(each => order.add(each))).toEqual([true, true, false])
  expect(order.remove(other)).toEqual([])
  expect(order.remove(fires)).toEqual([ends])
  expect(order.remove(ends)).toEqual([])
  expect(order.add(message('4', 'a'))).toBe(true)
})

test('a digest waits for what came before on any of its alerts, and what comes after it waits for the digest', () => {
  const order = new MessageOrder()
  const [first, second] = [message('1', 'a'), message('2', 'b')]
  const digest = message('3', 'a', 'b', 'c')
  const ends = ['a', 'b', 'c', 'd'].map(alert => message(`end of ${alert}`, alert))
  expect([first, second, digest, ...ends].map(each => order.add(each))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
    true,
  ])
  expect(order.remove(first)).toEqual([])
  expect(order.remove(second)).toEqual([digest])
  expect(order.remove(digest)).toEqual(ends.slice(0, 3))
})

test('only the first message on an alert can be taken out', () => {
  const order = new MessageOrder()
  const later = message('2', 'a')
  order.add(message('1', 'a'))
  order.add(later)
  expect(() => order.remove(later)).toThrow('message 2 is not the first one on alert a')
})
