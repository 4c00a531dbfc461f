import { expect, test } from 'vitest'
import type { RejectReason } from '../../src/event/record.ts'
import { RandomDraws } from '../../src/source/random-draws.ts'
import { parcelReader } from './support/expected-cells.ts'
import { extent, seed } from './support/extent.ts'
import { historyOf, inOrder, type Written, writeHistory } from './support/history.ts'
import { describeRow, ROW_WITHIN_MS, report } from './support/row.ts'

const PARCELS = extent(10_000, 2_000)
const MALFORMED = 0.02
const WILD = 0.001

type Record = { [field: string]: unknown }
type Kind = { readonly reason: RejectReason; readonly of: (record: Record) => string | Buffer }

const json = (change: (record: Record) => Record) => (record: Record) => JSON.stringify(change(record))

const malformed: Readonly<{ [name: string]: Kind }> = {
  'cut off': { reason: 'not-json', of: record => JSON.stringify(record).slice(0, -12) },
  empty: { reason: 'not-json', of: () => '' },
  'a list': { reason: 'not-json', of: record => JSON.stringify([record]) },
  'not UTF-8': { reason: 'not-json', of: record => Buffer.from(JSON.stringify({ ...record, depot: 'é' }), 'latin1') },
  'no case': { reason: 'missing-field', of: json(({ parcel: _, ...rest }) => rest) },
  'no activity': { reason: 'missing-field', of: json(({ step: _, ...rest }) => rest) },
  'no time': { reason: 'missing-field', of: json(record => ({ ...record, at: null })) },
  'no date': { reason: 'bad-time', of: json(record => ({ ...record, at: '2026-02-30T08:00:00Z' })) },
  'no offset': { reason: 'bad-time', of: json(record => ({ ...record, at: String(record.at).slice(0, -1) })) },
  'an epoch number': { reason: 'bad-time', of: json(record => ({ ...record, at: Date.parse(String(record.at)) })) },
  'too large': { reason: 'too-large', of: json(record => ({ ...record, note: 'x'.repeat(1_048_577) })) },
  'too deep': {
    reason: 'too-deep',
    of: record => JSON.stringify(record).replace(/}$/, `,"more":${'['.repeat(70)}${']'.repeat(70)}}`),
  },
}

const wild: Readonly<{ [name: string]: Kind }> = {
  'in a year': { reason: 'future', of: json(record => ({ ...record, at: inFuture(31_536_000_000) })) },
  'in half an hour': { reason: 'future', of: json(record => ({ ...record, at: inFuture(1_800_000) })) },
  'in 1970': { reason: 'late', of: json(record => ({ ...record, at: '1970-01-01T00:00:00Z' })) },
  'in the year 1': { reason: 'late', of: json(record => ({ ...record, at: '0001-01-01T00:00:00Z' })) },
}

const inFuture = (ms: number) => new Date(Date.now() + ms).toISOString()

describeRow('malformed records and wild times', 'test/faults/malformed.test.ts', ({ openScene }) => {
  test(
    'lie in the dead letters once, with their reason and their bytes, and touch no neighbour',
    async () => {
      const scene = await openScene({ 'max.message.bytes': '50000000' })
      const history = historyOf(new RandomDraws(seed, 9), PARCELS)
      const draws = new RandomDraws(seed, 10)
      const rejected = new Map<string, RejectReason>()
      const times: { [name: string]: number } = {}
      const spoil = (message: Written, kinds: Readonly<{ [name: string]: Kind }>, nth: number): Written => {
        const [name, { reason, of }] = Object.entries(kinds)[nth % Object.keys(kinds).length]!
        times[name] = (times[name] ?? 0) + 1
        // Another event of the same parcel.
        const record = JSON.parse(String(message.value))
        const value = of({ ...record, event: `${record.event}-spoilt` })
        rejected.set(bytesOf(value), reason)
        return { ...message, value, sentAt: message.sentAt + 1 }
      }
      let [malformedSoFar, wildSoFar] = [0, 0]
      const disturbed = history.flatMap((message, nth) => [
        message,
        ...(draws.fraction() < MALFORMED ? [spoil(message, malformed, malformedSoFar++)] : []),
        // A partition's first event says where time is.
        ...(nth > 200 && draws.fraction() < WILD ? [spoil(message, wild, wildSoFar++)] : []),
      ])
      await writeHistory(scene.brokers, scene.topic, inOrder(disturbed))

      const watched = scene.watched('watched')
      await watched.start()
      await watched.untilBeyond([1, 1, 1, 1])
      await watched.kill()
      await watched.start()
      const stored = await scene.stored(watched)

      const read = parcelReader(scene.process)
      const isRead = (value: Buffer | null) => [undefined, 'late'].includes(rejected.get(bytesOf(value ?? '')))
      const { records, cells: expected } = await scene.expected(record =>
        isRead(record.value) ? read(record) : undefined,
      )
      const { cells } = scene.expectSame(stored, expected)
      const bad = records.flat().flatMap(({ partition, offset, value }) => {
        const reason = rejected.get(bytesOf(value ?? ''))
        return reason === undefined ? [] : [`${partition}:${offset} ${reason} ${bytesOf(value ?? '')}`]
      })
      const letters = stored.deadLetters.map(
        ({ partition, offset, reason, value }) =>
          `${partition}:${offset} ${reason} ${bytesOf(Buffer.from(value ?? []))}`,
      )
      expect(letters.toSorted()).toEqual(bad.toSorted())
      expect(Object.keys(times).length).toBeGreaterThanOrEqual(Object.keys(malformed).length + 1)
      report('malformed and wild', {
        records: disturbed.length,
        malformed: malformedSoFar,
        kinds: Object.keys(malformed).length,
        'wild times': wildSoFar,
        'dead letters': letters.length,
        'cells, 0 differing': cells,
      })
    },
    ROW_WITHIN_MS,
  )
})

/** Short where they are many. */
const bytesOf = (value: string | Buffer): string => {
  const bytes = Buffer.from(value)
  return bytes.length > 1_000
    ? `${bytes.subarray(0, 200).toString('base64')} of ${bytes.length}`
    : bytes.toString('base64')
}
