import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RecordingListener } from '../../test/support/source/recording-listener.ts'
import { instant } from '../event/instant.ts'
import { type IngestLog, openIngestLog } from './ingest-log.ts'
import { openIngestSource } from './ingest-source.ts'

let directory: string
let logs: Map<string, IngestLog>

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-ingest-source-'))
  logs = new Map()
  for (const topic of ['orders', 'parcels']) logs.set(topic, await openIngestLog(join(directory, topic)))
})

afterEach(async () => {
  for (const log of logs.values()) await log.close()
  rmSync(directory, { recursive: true })
})

const append = (topic: string, id: string, at: number, ...values: string[]) =>
  logs
    .get(topic)!
    .append({ id, at: instant(at), records: values.map(text => ({ key: null, value: Buffer.from(text) })) })

const valuesIn = ({ batches }: RecordingListener, topic: string) =>
  batches
    .filter(batch => batch.topic === topic)
    .flatMap(({ records }) => records.map(({ offset, value }) => `${offset} ${Buffer.from(value!)}`))

test('each log is partition 0 of its topic: read from where the listener goes on, and as it grows', async () => {
  await append('orders', 'a', 1_000, 'one', 'two')
  await append('orders', 'b', 5_000, 'three')
  const listener = new RecordingListener({ 'orders:0': 1 })
  const source = openIngestSource(logs)
  await source.start(listener)
  await listener.until(
    () => listener.ends.get('orders:0')?.readTo === 3 && listener.ends.get('parcels:0')?.readTo === 0,
  )
  expect(listener.changes).toEqual(['assigned orders:0 parcels:0'])
  expect(valuesIn(listener, 'orders')).toEqual(['1 two', '2 three'])
  // What lies in the future is judged by when it was taken in, whenever it is read.
  expect(listener.batches[0]?.records.map(({ timestamp, notAfter }) => [timestamp, notAfter])).toEqual([
    [1_000, 601_000],
    [5_000, 605_000],
  ])
  const [orders] = listener.found
  expect(orders?.log).toMatchObject({ topicId: logs.get('orders')?.id, low: 0, high: 3 })
  expect(await Promise.all([0, 2_000, 9_000].map(at => orders?.log?.offsetAt(instant(at))))).toEqual([0, 2, 3])

  await append('parcels', 'c', 6_000, 'late')
  await listener.until(() => listener.ends.get('parcels:0')?.readTo === 1)
  expect(valuesIn(listener, 'parcels')).toEqual(['0 late'])
  const { endReports } = listener
  // The end is told although nothing happens: time goes on.
  await listener.until(() => listener.endReports >= endReports + 2)
  await source.stop()
  await source.finished
  await append('parcels', 'd', 7_000, 'too late')
  expect(valuesIn(listener, 'parcels')).toEqual(['0 late'])
  expect(listener.states.map(({ kind }) => kind)).toEqual(['connecting', 'connected'])
})

test('a log that the listener refuses is told of and not read; the others are', async () => {
  await append('orders', 'a', 1_000, 'one')
  await append('parcels', 'b', 1_000, 'two')
  const listener = new RecordingListener()
  const refusal = { reason: 'it is another log', remedy: 'put it back' }
  listener.answer = () => new Map([['orders:0', refusal]])
  const source = openIngestSource(logs)
  await source.start(listener)
  await listener.until(() => listener.ends.get('parcels:0')?.readTo === 1)
  expect(listener.states.at(-1)).toEqual({ kind: 'failed', ...refusal, retrying: false })
  expect(valuesIn(listener, 'orders')).toEqual([])
  await source.stop()
})

test('what the listener throws ends the source', async () => {
  await append('orders', 'a', 1_000, 'one')
  const listener = new RecordingListener()
  listener.batch = () => Promise.reject(new Error('it cannot go on'))
  const source = openIngestSource(logs)
  await source.start(listener)
  await expect(source.finished).rejects.toThrow('it cannot go on')
  await source.stop()
})
