import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SegmentKey } from '../../event/segment.ts'
import { StageCases } from './stage-cases.ts'

type Visit = { slot: number; start: number; value: number }

/** Cases as they are, and the looks at them. */
class Cases {
  readonly open = new Map<number, Visit>()
  start = 0
  slot = 0
  text = ''

  finds(handle: number): boolean {
    const visit = this.open.get(handle)
    if (visit === undefined) return false
    this.start = visit.start
    this.slot = visit.slot
    this.text = `c${handle}`
    return true
  }

  oldest(slot: number | undefined) {
    return [...this.open]
      .filter(([, visit]) => slot === undefined || visit.slot === slot)
      .map(([handle, { start }]) => ({ case: `c${handle}`, start, due: undefined }))
      .sort((left, right) => left.start - right.start || (left.case < right.case ? -1 : 1))
      .slice(0, 5)
  }

  atStake(slot: number | undefined) {
    const values = [...this.open.values()].filter(
      visit => (slot === undefined || visit.slot === slot) && !Number.isNaN(visit.value),
    )
    return { sum: values.reduce((sum, { value }) => sum + BigInt(value), 0n), cases: values.length }
  }
}

function newStage() {
  const cases = new Cases()
  const stage = new StageCases({
    stage: 0,
    keyOf: slot => `["${slot}"]` as SegmentKey,
    looks: () => cases,
    dueOf: () => undefined,
    hasValue: true,
    changed: undefined,
  })
  const open = (handle: number, visit: Visit) => {
    cases.open.set(handle, visit)
    stage.opened(handle, visit.slot, visit.start, visit.value)
  }
  const close = (handle: number) => {
    const { slot, start, value } = cases.open.get(handle) as Visit
    cases.open.delete(handle)
    stage.closed(handle, slot, start, value)
  }
  const change = (handle: number, slot: number, value: number) => {
    const { slot: from, start, value: before } = cases.open.get(handle) as Visit
    cases.open.set(handle, { slot, start, value })
    stage.changed(handle, from, slot, start, before, value)
  }
  return { cases, stage, open, close, change }
}

/** What is kept of those that have left is bounded by those that are open. */
const isBounded = (stage: StageCases, open: number) => stage.entries <= 2 * open + 3 * 64

test('whatever opens, leaves, moves and comes back, the oldest are found and little is kept of the others', () => {
  const step = fc.record({
    what: fc.nat(9),
    handle: fc.nat(399),
    slot: fc.nat(2),
    backMs: fc.oneof(fc.constant(0), fc.constant(0), fc.nat(2_000_000)),
    value: fc.oneof(fc.constant(Number.NaN), fc.nat(1_000)),
    again: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1_500, maxLength: 1_500 }), given => {
      const { cases, stage, open, close, change } = newStage()
      for (const [index, { what, handle, slot, backMs, value, again }] of given.entries()) {
        const now = index * 1_500
        const former = cases.open.get(handle)
        if (former === undefined) open(handle, { slot, start: now - backMs, value })
        else if (what < 3) change(handle, slot, value)
        else {
          close(handle)
          // A correction: the very same visit, or one that began at another time.
          if (what < 5) open(handle, former)
          else if (again) open(handle, { slot, start: now - backMs, value })
        }
        if (index % 50 === 0) stage.tidy()
        if (index % 40 !== 0) continue
        for (const asked of [0, 1, 2, undefined]) {
          expect(stage.oldest(asked)).toEqual(cases.oldest(asked))
          expect(stage.atStake(asked)).toEqual(cases.atStake(asked))
        }
      }
      expect(stage.entries).toBeLessThan(4 * cases.open.size + 400)
    }),
    { numRuns: 25 },
  )
})

test('visits that come and go, are corrected, or come again and again are let go of', () => {
  const { cases, stage, open, close } = newStage()
  const visit = (start: number) => ({ slot: 0, start, value: 1 })
  for (let handle = 0; handle < 1_000; handle++) open(handle, visit(handle * 100))
  // First in, first out.
  for (let round = 0; round < 20_000; round++) {
    close(round % 5_000)
    open((round + 1_000) % 5_000, visit(100_000 + round * 100))
  }
  expect(isBounded(stage, 1_000)).toBe(true)
  expect(stage.oldest(0)).toEqual(cases.oldest(0))
  // All of them are open whenever room is made, so only the cases tell which entries are of a former visit.
  for (let round = 1; round <= 20_000; round++) {
    const handle = round % 100
    close(handle)
    open(handle, visit(3_000_000 + round * 3_000))
    if (round % 500 === 0) stage.tidy()
  }
  stage.tidy()
  expect(isBounded(stage, 1_000)).toBe(true)
  // Corrected backwards, one after the other.
  for (let round = 1; round <= 20_000; round++) {
    const handle = round % 100
    close(handle)
    open(handle, visit(2_000_000 - round * 100))
    if (round % 500 === 0) stage.tidy()
  }
  stage.tidy()
  expect(isBounded(stage, 1_000)).toBe(true)
  for (let handle = 0; handle < 990; handle++) close(handle)
  expect(stage.oldest(undefined)).toEqual(cases.oldest(undefined))
  for (let handle = 990; handle < 1_000; handle++) close(handle)
  expect([stage.entries, stage.oldest(undefined), stage.atStake(undefined)]).toEqual([0, [], { sum: 0n, cases: 0 }])
})
