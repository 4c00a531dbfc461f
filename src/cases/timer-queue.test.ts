import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TimerQueue } from './timer-queue.ts'

/** Cases with one deadline each, kept the way the book keeps them: the latest word counts. */
class Deadlines {
  readonly queue: TimerQueue
  readonly due = new Map<number, number>()
  readonly #tick = new Map<number, number>()

  constructor(spanMs: number) {
    this.queue = new TimerQueue(spanMs)
  }

  put(handle: number, due: number): void {
    this.due.set(handle, due)
    const tick = this.queue.tickOf(due)
    const queued = this.#tick.get(handle)
    if (queued !== undefined && tick > queued) return
    this.#tick.set(handle, tick)
    this.queue.add(due, handle)
  }

  /** Handles that are due, each with its deadline. */
  advance(watermark: number): [number, number][] {
    const taken: [number, number][] = []
    for (;;) {
      const handle = this.queue.take(watermark)
      if (handle < 0) return taken
      const due = this.due.get(handle)
      if (due === undefined || this.#tick.get(handle) !== this.queue.takenFrom) continue
      this.#tick.delete(handle)
      if (due > watermark) {
        this.put(handle, due)
        continue
      }
      taken.push([handle, due])
      this.due.delete(handle)
    }
  }
}

test('what is due comes out exactly then, however deadlines were put off or moved forward', () => {
  const step = fc.record({
    handle: fc.nat(20),
    ahead: fc.oneof(fc.integer({ min: -1, max: 40_000 }), fc.constantFrom(3_999, 4_000, 4_001, 12_000, 3_000_000)),
    pass: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(25_000) }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.constantFrom(1, 40_960_000, 2_592_000_000), (steps, span) => {
      const deadlines = new Deadlines(span)
      let watermark = -30_000
      for (const { handle, ahead, pass } of steps) {
        deadlines.put(handle, watermark + ahead)
        watermark += pass
        const wanted = [...deadlines.due].filter(([, due]) => due <= watermark)
        const mayBeDue = watermark >= deadlines.queue.earliest
        const taken = deadlines.advance(watermark)
        if (wanted.length > 0) expect(mayBeDue).toBe(true)
        expect(taken.toSorted()).toEqual(wanted.toSorted())
      }
    }),
    { numRuns: 1_000 },
  )
})

test('an empty queue has nothing due', () => {
  const queue = new TimerQueue(1_000)
  expect(queue.earliest).toBe(Infinity)
  expect(queue.take(8.64e15)).toBe(-1)
})

test('deadlines thousands of years away are no exception', () => {
  const deadlines = new Deadlines(2_592_000_000)
  deadlines.put(1, 8.64e15)
  deadlines.put(2, -8.64e15)
  deadlines.put(3, 8.64e15 - 1)
  expect(deadlines.advance(0)).toEqual([[2, -8.64e15]])
  expect(deadlines.advance(8.64e15 - 1)).toEqual([[3, 8.64e15 - 1]])
  expect(deadlines.advance(8.64e15)).toEqual([[1, 8.64e15]])
})
