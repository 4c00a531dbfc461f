import { expect, test } from 'vitest'
import { instant } from '../event/instant.ts'
import { Outbox } from './outbox.ts'

test('of a thousand messages that were given up the bodies are kept, of older ones only that they were', () => {
  const outbox = new Outbox()
  const message = { contactPoint: 'ops/webhook', tells: [], body: 'whole', at: instant(0) }
  for (let nth = 0; nth < 1_010; nth++) {
    outbox.settle({ id: `${nth}`, at: instant(nth), attempts: 1, outcome: 'dead', reason: 'HTTP 410', message })
  }
  const bodies = [...outbox.settled().values()].map(dead => (dead.outcome === 'dead' ? dead.message.body : undefined))
  expect(bodies.slice(0, 10)).toEqual(Array(10).fill(null))
  expect(bodies.slice(10)).toEqual(Array(1_000).fill('whole'))
})
