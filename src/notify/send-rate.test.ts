import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SendRate } from './send-rate.ts'

const rate = fc.record({ count: fc.integer({ min: 1, max: 8 }), everyMs: fc.integer({ min: 1, max: 60_000 }) })

test('in no span of time is more sent than a rate allows, and nothing waits longer than it has to', () => {
  fc.assert(
    fc.property(
      fc.array(rate, { minLength: 1, maxLength: 3 }),
      fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 40 }),
      (rates, pauses) => {
        const sends = new SendRate(rates)
        const sent: number[] = []
        let now = 0
        for (const pause of pauses) {
          now += pause
          const at = sends.nextAt(now)
          const isFull = (instant: number) =>
            rates.some(({ count, everyMs }) => sent.filter(other => other > instant - everyMs).length >= count)
          expect(isFull(at)).toBe(false)
          if (at > now) expect(isFull(at - 1)).toBe(true)
          now = at
          sends.take(now)
          sent.push(now)
        }
      },
    ),
    { numRuns: 200 },
  )
})

test('how many may be sent within a time is what is then sent in it', () => {
  fc.assert(
    fc.property(
      fc.array(rate, { minLength: 1, maxLength: 2 }),
      fc.integer({ min: 0, max: 100_000 }),
      (rates, withinMs) => {
        const sends = new SendRate(rates, [-10, -5])
        const expected = sends.countWithin(0, withinMs, 50)
        let count = 0
        for (let now = sends.nextAt(0); now <= withinMs && count < 50; now = sends.nextAt(now)) {
          sends.take(now)
          count++
        }
        expect(count).toBe(expected)
      },
    ),
    { numRuns: 200 },
  )
})
