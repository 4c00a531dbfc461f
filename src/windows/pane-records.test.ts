import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DurationLog } from './duration-log.ts'
import { bucketOf } from './histogram.ts'
import { Pane } from './pane.ts'
import { PaneRecords, TOTAL_SLOT } from './pane-records.ts'

const step = fc.record({ slot: fc.nat(1), ms: fc.oneof(fc.nat(3), fc.nat(50)), isWithdrawn: fc.boolean() })

test('sum, shortest and longest duration stay exact while durations come, come twice, and are withdrawn', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 150 }), steps => {
      const records = new PaneRecords(false)
      const log = new DurationLog()
      const total = records.take(7, TOTAL_SLOT, -1)
      const bySlot = [records.take(7, 0, total), records.take(7, 1, -1)]
      const counted: { slot: number; ms: number }[] = []
      const pane = new Pane(false)
      for (const { slot, ms, isWithdrawn } of steps) {
        const at = counted.findIndex(one => one.slot === slot && one.ms === ms)
        if (isWithdrawn && at < 0) continue
        const sign = isWithdrawn ? -1 : 1
        if (isWithdrawn) counted.splice(at, 1)
        else counted.push({ slot, ms })
        log.add(slot, ms, sign)
        for (const record of [total, bySlot[slot]!]) records.complete(record, ms, bucketOf(ms), 0, sign, log)
        for (const record of [total, ...bySlot]) {
          const all = counted.filter(one => record === total || one.slot === records.slotOf(record)).map(one => one.ms)
          records.read(record, pane)
          const { exited, sumMs, minMs, maxMs } = pane
          expect({ exited, sumMs, minMs, maxMs }).toEqual({
            exited: all.length,
            sumMs: all.reduce((sum, one) => sum + one, 0),
            minMs: all.length === 0 ? undefined : Math.min(...all),
            maxMs: all.length === 0 ? undefined : Math.max(...all),
          })
        }
      }
    }),
  )
})

test('a record that is given back and taken again remembers nothing', () => {
  const records = new PaneRecords(false)
  const log = new DurationLog()
  const first = records.take(1, 3, -1)
  records.enter(first, 1, 1)
  log.add(3, 40, 1)
  records.complete(first, 40, bucketOf(40), 1, 1, log)
  records.addUnfinished(first, 5, 1)
  records.addReassigned(first, 5, -1)
  records.giveBack(first)
  expect(records.takeChanged()).toEqual(new Int32Array(0))
  const again = records.take(2, 0, -1)
  const pane = new Pane(false)
  records.read(again, pane)
  const { index, entered, reworked, exited, breached, sumMs, minMs } = pane
  expect([again, index, entered, reworked, exited, breached, sumMs, minMs]).toEqual([
    first,
    2,
    0,
    0,
    0,
    0,
    0,
    undefined,
  ])
  expect([pane.buckets(), pane.unfinished.size, pane.reassigned.size]).toEqual([[], 0, 0])
})
