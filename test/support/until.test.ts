import { expect, test } from 'vitest'
import { RecordingListener } from './source/recording-listener.ts'
import { until, WillNotCome } from './until.ts'

/* A test that waits in vain has to say for what: the machine on which it did is gone by then. */

test('what does not come in time is named, with how far it was and what it met last', async () => {
  let looks = 0
  const waiting = until(
    () => `a third look, after ${looks}`,
    1,
    () => {
      looks++
      throw new Error('refused')
    },
  )
  await expect(waiting).rejects.toMatchObject({
    message: 'not within 0.001 s: a third look, after 1',
    cause: { message: 'refused' },
  })
})

test('what cannot come any more is not waited for', async () => {
  const waiting = until('an answer', 3_600_000, () => {
    throw new WillNotCome('it has ended')
  })
  await expect(waiting).rejects.toThrow('it has ended; waited for: an answer')
})

test('a source that does not say what is expected of it: the condition is told, and what it has said', async () => {
  const listener = new RecordingListener()
  const waiting = listener.until(() => listener.isAtEnd('orders:0'), 1)
  listener.state({ kind: 'connecting', to: 'a:1' })
  listener.end({ topic: 'orders', partition: 0 }, 7, 3)
  await expect(waiting).rejects.toThrow(
    /not within 0\.001 s: .*isAtEnd\(.orders:0.\)\nstates: .*connecting.*\nchanges: \nends: orders:0 read to 3 of 7\n0 records/,
  )
})
