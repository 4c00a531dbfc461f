import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DeadlineQueue } from './deadline-queue.ts'

test('things come out by their deadline, as from a sorted list', () => {
  const steps = fc.array(fc.option(fc.integer({ min: -50, max: 50 }), { freq: 3, nil: 'take' as const }), {
    maxLength: 200,
  })
  fc.assert(
    fc.property(steps, all => {
      const queue = new DeadlineQueue<{ readonly due: number }>()
      let sorted: number[] = []
      for (const step of all) {
        if (step === 'take') expect(queue.take()?.due).toBe(sorted.shift())
        else {
          queue.add(step, { due: step })
          sorted = [...sorted, step].sort((left, right) => left - right)
        }
        expect(queue.size).toBe(sorted.length)
        expect(queue.next).toBe(sorted[0] ?? Infinity)
      }
      while (queue.size > 0) expect(queue.take()?.due).toBe(sorted.shift())
      expect(sorted).toEqual([])
    }),
  )
})

test('an empty queue has no deadline and nothing to take', () => {
  const queue = new DeadlineQueue<string>()
  expect([queue.next, queue.take(), queue.size]).toEqual([Infinity, undefined, 0])
})

test('one thing may stand under several deadlines', () => {
  const queue = new DeadlineQueue<string>()
  for (const due of [5, 3, 9]) queue.add(due, 'a')
  expect([queue.take(), queue.next]).toEqual(['a', 5])
})
