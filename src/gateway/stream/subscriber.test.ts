import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anybody } from '../access/visitor.ts'
import { Edition } from './edition.ts'
import type { Pipe } from './pipe.ts'
import { defaultStreamLimits } from './stream-limits.ts'
import { Subscriber } from './subscriber.ts'

const bound = 10_000
const at = '2026-11-23T07:00:00.000Z'

/** Takes nothing until it is asked to. */
class StuckPipe implements Pipe {
  isOpen = true
  readonly frames: { readonly bytes: number; readonly taken: (() => void) | undefined }[] = []
  code: number | undefined

  get waitingBytes(): number {
    return this.frames.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  send(frame: Buffer, taken?: () => void): void {
    this.frames.push({ bytes: frame.byteLength, taken })
  }

  take(): void {
    this.frames.shift()?.taken?.()
  }

  close(code: number): void {
    this.isOpen = false
    this.code = code
  }

  cut(): void {
    this.isOpen = false
  }
}

const subscriberOf = (pipe: Pipe): Subscriber =>
  new Subscriber(
    { pipe, write: ({ body }) => Buffer.from(body), visitor: anybody, ping: () => {} },
    { ...defaultStreamLimits, bufferedBytes: bound },
  )

const editionOf = (bytes: number): Edition =>
  new Edition('alerts', {
    type: 'hello',
    sequence: 1,
    at,
    as_of: at,
    event_time: at,
    epoch: 'x'.repeat(bytes),
    alert_offset: 0,
    version: '',
  })

test('however it is used, no more waits for a client than the bound, and one large answer', () => {
  const use = fc.record({
    kind: fc.constantFrom('push', 'offer', 'large', 'take'),
    bytes: fc.integer({ min: 1, max: 6_000 }),
  })
  fc.assert(
    fc.property(fc.array(use, { maxLength: 100 }), uses => {
      const pipe = new StuckPipe()
      const subscriber = subscriberOf(pipe)
      let large = 0
      for (const { kind, bytes } of uses) {
        if (kind === 'push') subscriber.push(editionOf(bytes))
        if (kind === 'offer') subscriber.offer(editionOf(bytes))
        if (kind === 'take') pipe.take()
        if (kind === 'large') {
          large = Math.max(large, bytes * 10)
          subscriber.sayLarge([Buffer.alloc(bytes * 5), Buffer.alloc(bytes * 5)])
        }
        expect(pipe.waitingBytes).toBeLessThanOrEqual(bound + large)
      }
    }),
  )
})

test('what only replaces itself leaves half of the bound to alerts; an alert that does not fit ends the stream', () => {
  const pipe = new StuckPipe()
  const subscriber = subscriberOf(pipe)
  expect(subscriber.offer(editionOf(4_000))).toBe(true)
  expect(subscriber.offer(editionOf(2_000))).toBe(false)
  subscriber.push(editionOf(5_000))
  expect(pipe.frames).toHaveLength(2)
  subscriber.push(editionOf(5_000))
  expect(pipe.code).toBe(3008)
  expect(pipe.frames).toHaveLength(2)
})

test('a large answer makes room for what comes behind it, and a second one before it has left ends the stream', () => {
  const pipe = new StuckPipe()
  const subscriber = subscriberOf(pipe)
  subscriber.sayLarge([Buffer.alloc(30_000), Buffer.alloc(30_000)])
  subscriber.push(editionOf(5_000))
  expect(pipe.isOpen).toBe(true)
  pipe.take()
  pipe.take()
  subscriber.sayLarge([Buffer.alloc(20_000)])
  expect(pipe.isOpen).toBe(true)
  subscriber.sayLarge([Buffer.alloc(1)])
  expect(pipe.code).toBe(3008)
})
