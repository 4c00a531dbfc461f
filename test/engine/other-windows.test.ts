import { expect, test } from 'vitest'
import type { AlertTransition } from '../../src/alerts/transition.ts'
import { makeRule } from '../model/process.ts'
import { ClockedEngine, order, ordersWith } from './orders.ts'

const minute = 60_000
const noon = Date.UTC(2026, 4, 5, 12)
const id = { topic: 'events', partition: 0 }

/** Orders, one every 5 s for ten minutes, each picked after 1 s; those of the second half after 20 s. */
const orders = Array.from({ length: 120 }, (_, index) => {
  const paid = noon + index * 5_000
  return { name: `c${index}`, paid, picked: paid + (index < 60 ? 1_000 : 20_000) }
})

const events = orders
  .flatMap(({ name, paid, picked }) => [
    { at: paid, text: order(paid, name) },
    { at: picked, text: order(picked, name, 'picked') },
  ])
  .sort((left, right) => left.at - right.at)

function transitionsOf(when: string): readonly AlertTransition[] {
  const clocked = new ClockedEngine(ordersWith([makeRule({ name: 'slower', window: minute, when, by: [0] })]), noon)
  clocked.assign(id)
  const transitions: AlertTransition[] = []
  for (let at = noon; at <= noon + 10 * minute; at += 1_000) {
    clocked.nowMs = at
    const since = events.filter(event => event.at > at - 1_000 && event.at <= at)
    clocked.append(
      id,
      since.map(({ text }) => text),
    )
    transitions.push(...clocked.settle().transitions)
  }
  return transitions
}

/** Of what was picked in the window of that length that ends at an instant. */
function averageAt(at: number, windowMs: number): number {
  const first = Math.floor(at / 10_000) * 10_000 - windowMs
  const taken = orders.filter(({ picked }) => picked >= first && picked <= at).map(({ paid, picked }) => picked - paid)
  return taken.reduce((sum, ms) => sum + ms, 0) / taken.length
}

test('a condition compares a window with a longer one of the same stage, and is explained by the values of both', () => {
  const [fired] = transitionsOf('avg > 2 * avg.over("10m")')
  const at = fired?.at ?? 0
  expect(averageAt(at, minute)).toBeGreaterThan(2 * averageAt(at, 10 * minute))
  expect(fired).toMatchObject({ state: 'firing', value: averageAt(at, minute) })
  expect(fired?.explanation.terms).toEqual([
    {
      text: 'avg > 2 * avg.over("10m")',
      values: { avg: averageAt(at, minute), 'avg.over("10m")': averageAt(at, 10 * minute) },
      result: true,
    },
  ])
})
