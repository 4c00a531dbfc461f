import { expect, test } from 'vitest'
import { RecordingListener } from '../../test/support/source/recording-listener.ts'
import type { Source, SourceListener } from '../source/source.ts'
import { CouldNotRun } from './could-not-run.ts'
import { untilItsEnd } from './until-its-end.ts'

const partition = { topic: 'events', partition: 0 }
const log = { ...partition, records: [] }

const recordsTo = (end: number) =>
  Array.from({ length: end }, (_, offset) => ({ offset, key: null, value: null, timestamp: undefined, notAfter: 0 }))

/** A source that never ends by itself. @param read what it does when it is started. */
const endless = (read: (listener: SourceListener) => Promise<void>): Source => ({
  start: read,
  stop: async () => {},
  finished: new Promise(() => {}),
})

test('a log has been read when it is where it ended at first; what comes later is left out', async () => {
  const listener = new RecordingListener()
  const source = untilItsEnd(
    endless(async told => {
      await told.assigned([partition])
      told.end(partition, 4, 0)
      expect(source.share()).toBe(0)
      await told.batch({ ...log, records: recordsTo(3) as never })
      told.end(partition, 6, 3)
      expect(source.share()).toBe(0.75)
      await told.batch({ ...log, records: recordsTo(6).slice(3) as never })
      told.end(partition, 6, 6)
    }),
  )
  await source.start(listener)
  await source.finished
  expect(listener.records.map(({ offset }) => offset)).toEqual([0, 1, 2, 3])
  expect(listener.ends.get('events:0')).toEqual({ endOffset: 4, readTo: 4 })
  expect(source.share()).toBe(1)
})

test('what cannot be read is told to whoever waits, also where that is only later', async () => {
  const source = untilItsEnd(
    endless(async told => {
      told.state({ kind: 'failed', reason: 'access is denied', remedy: 'ask for it', retrying: false })
      // Long enough for a failure that nobody has heard of to end the program.
      await new Promise(resolve => setImmediate(resolve))
    }),
  )
  await source.start(new RecordingListener())
  const failure = await source.finished.catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(CouldNotRun)
  expect(failure).toMatchObject({ message: 'access is denied', remedy: 'ask for it' })
})
