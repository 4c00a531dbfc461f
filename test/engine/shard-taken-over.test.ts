import { expect, test } from 'vitest'
import { LocalShards } from '../../src/engine/local-shards.ts'
import { ProcessEngine } from '../../src/engine/process-engine.ts'
import type { Publication } from '../../src/shard/publication.ts'
import { makeRule } from '../model/process.ts'
import { recordsOf } from './logs.ts'
import { order, ordersWith } from './orders.ts'

const noon = Date.UTC(2026, 4, 5, 12)
const id = { topic: 'events', partition: 0 }
const definition = ordersWith([makeRule({ name: 'busy', window: 60_000, when: 'wip >= 2.0' })])
const values = [order(noon - 20_000, 'a1'), order(noon - 20_000, 'a2')]

/** What a shard publishes after so many records, and after the next one. */
function publicationsAfter(count: number): { readonly base: Publication; readonly next: Publication } {
  const shards = new LocalShards({ process: definition, isPublished: true })
  const partition = shards.assign(id, undefined, 0, noon)
  void shards.add({ ...id, records: recordsOf(values, 0) })
  for (let folded = 0; folded < count; folded++) partition.foldNext()
  const base = shards.all[0]!.publish()
  if (count < values.length) partition.foldNext()
  return { base, next: shards.all[0]!.publish() }
}

test('a shard that goes on from an older state is not evaluated before it has come as far again', () => {
  let now = noon
  const engine = new ProcessEngine({ process: definition, mode: 'live', epoch: 0, now: () => now })
  const transitions = () => engine.step(20).evaluations.flatMap(evaluation => evaluation.transitions)
  engine.assignPublished(publicationsAfter(2).base, () => {})
  engine.tellEnd(id, 2, 2)
  expect(transitions().map(({ state }) => state)).toEqual(['firing'])
  const evaluatedAt = engine.evaluatedAt

  const { base, next } = publicationsAfter(1)
  engine.assignPublished(base, () => {})
  now += 1_000
  // All that its owner has been told of is folded, as far as it knows.
  engine.tellEnd(id, 1, 1)
  expect(transitions()).toEqual([])
  expect(engine.evaluatedAt).toBe(evaluatedAt)

  engine.receive(0, { publication: next, lifts: -Infinity, number: 1 })
  engine.tellEnd(id, 2, 2)
  expect(transitions()).toEqual([])
  expect(engine.evaluatedAt).toBe(now)
})
