import { expect, test } from 'vitest'
import { makeProcess } from '../../test/model/process.ts'
import type { CaseId } from '../event/event.ts'
import { instant } from '../event/instant.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import { Shard } from './shard.ts'

const settle = 100

/** waiting is paid → picked, a case ends with done; at most three cases, and three events of one within settle. */
const small: ProcessDefinition = {
  ...makeProcess({
    activities: ['paid', 'picked', 'done'],
    stages: { waiting: { from: ['paid'], to: ['picked'] } },
    ends: { completed: ['done'] },
    settle,
    pane: 10,
    timeout: 100_000,
  }),
  limits: { maxCases: 3, maxEventsPerCase: 3 },
}

class Fold {
  shard = new Shard({ process: small, partition: 0, topics: ['events'], epoch: 0 })
  #record = this.shard.newRecord()
  #offset = 0

  take(at: number, caseId: string, activity: 'paid' | 'picked' | 'done'): void {
    const event = {
      case: caseId as CaseId,
      activity: small.activities.indexOf(activity),
      at: instant(at),
      id: undefined,
      attributes: [],
    }
    const record = { offset: this.#offset++, key: null, value: null, timestamp: undefined, notAfter: instant(Infinity) }
    this.#record.fill({ kind: 'events', events: [event] })
    this.shard.fold(0, record, this.#record)
  }

  restart(): void {
    const { shard } = this
    this.shard = new Shard({ process: small, partition: 0, topics: ['events'], epoch: 0 })
    this.shard.restore(structuredClone(shard.snapshot()))
    this.#record = this.shard.newRecord()
  }

  counts() {
    const { consumed, decoded, rejected, rejectedBy, counted } = this.shard.countsOf(0)
    return { consumed, decoded, rejected, rejectedBy, counted }
  }
}

test('an event of one case too many is rejected as over-limit, with a remedy, and the numbers are partial', () => {
  const fold = new Fold()
  for (const name of ['a', 'b', 'c']) fold.take(1, name, 'paid')
  expect(fold.shard.isPartial(0)).toBe(false)
  fold.take(2, 'd', 'paid')
  fold.take(3, 'a', 'picked')
  expect(fold.counts()).toEqual({
    consumed: 5,
    decoded: 4,
    rejected: 1,
    rejectedBy: { 'over-limit': 1 },
    counted: 4,
  })
  expect(fold.shard.casesInMemory).toBe(3)
  expect(fold.shard.isPartial(0)).toBe(true)
  const { deadLetters } = fold.shard.takeOutput()
  expect(deadLetters).toMatchObject([{ offset: 3, reason: 'over-limit' }])
  expect(deadLetters[0]?.detail).toBe(
    'more than 3 cases are open in this partition; raise max_open_cases, or use more partitions',
  )
})

test.each([false, true])('runs that have ended make room, the oldest end first (restarted: %s)', restarted => {
  const fold = new Fold()
  fold.take(1, 'open', 'paid')
  fold.take(2, 'later', 'paid')
  fold.take(3, 'sooner', 'paid')
  fold.take(10, 'sooner', 'done')
  fold.take(20, 'later', 'done')
  if (restarted) fold.restart()
  fold.take(21, 'new', 'paid')
  expect(fold.shard.countsOf(0).settleCut).toBe(1)
  // The one that ended first has left: what comes of it now is a new case, for which the next has to go.
  fold.take(22, 'sooner', 'paid')
  expect(fold.shard.countsOf(0).settleCut).toBe(2)
  fold.take(23, 'later', 'paid')
  expect(fold.shard.countsOf(0).settleCut).toBe(2)
  expect(fold.counts()).toMatchObject({ rejected: 1, rejectedBy: { 'over-limit': 1 } })
  expect(fold.shard.stages[0]?.total.open.total).toBe(3)
})

test('a case may have as many events as the limit says within settle, and more in its life', () => {
  const fold = new Fold()
  for (const at of [1, 2, 3]) fold.take(at, 'a', at === 2 ? 'picked' : 'paid')
  fold.take(4, 'a', 'picked')
  expect(fold.counts()).toMatchObject({ counted: 3, rejectedBy: { 'over-limit': 1 } })
  expect(fold.shard.takeOutput().deadLetters[0]?.detail).toBe(
    'the case has more than 3 events within settle; raise max_events_per_case if that is right',
  )
  fold.take(4 + settle, 'b', 'paid')
  fold.take(5 + settle, 'a', 'picked')
  expect(fold.counts()).toMatchObject({ counted: 5, rejectedBy: { 'over-limit': 1 } })
})

test('the numbers go on after the limit was met: what was turned away is missing, nothing else', () => {
  const fold = new Fold()
  for (let index = 0; index < 50; index++) {
    fold.take(index * 10, `case ${index}`, 'paid')
    fold.take(index * 10 + 5, `case ${index}`, 'done')
  }
  expect(fold.counts()).toMatchObject({ counted: 100, rejected: 0 })
  expect(fold.shard.casesInMemory).toBe(3)
  expect(fold.shard.countsOf(0).settleCut).toBe(47)
})
