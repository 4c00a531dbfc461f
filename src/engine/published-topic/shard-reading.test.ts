import { expect, test } from 'vitest'
import { instant } from '../../event/instant.ts'
import type { SourceRecord } from '../../event/record.ts'
import { newPartitionCounts } from '../../shard/counts.ts'
import { DUE, entriesOf } from '../../shard/entry.ts'
import type { LogRecord } from '../../source/kafka/published/owned-log.ts'
import type { FromFold } from '../fold-messages.ts'
import { Overtaken, ShardReading } from './shard-reading.ts'
import { type AboutState, NotPublished, readShardRecord, ShardRecordWriter } from './shard-record.ts'

const writer = new ShardRecordWriter(3)
const live = { at: 5_000, isBehind: false }
const keyOf = (place: number) => Uint8Array.of(DUE, 0, 0, 2 * place, 0, 0)

const recordOf = ({ key, value, headers }: LogRecord): SourceRecord => ({
  offset: 0,
  key,
  value,
  headers,
  timestamp: undefined,
  notAfter: instant(0),
})

const about = (change: Partial<AboutState> & { next?: number } = {}): AboutState => ({
  kind: 'state',
  life: 1,
  owner: 'me',
  definitions: 'ours',
  otherLogs: [],
  lifts: -Infinity,
  kept: 0,
  records: 0,
  summary: {
    partition: 3,
    epoch: 0,
    recordsEnd: [change.next ?? 0],
    watermarks: [-Infinity],
    counts: [newPartitionCounts()],
    horizon: Infinity,
    casesInMemory: 0,
    stages: [],
    measures: [],
  },
  ...change,
})

/** Reads records of generation `1` where nothing else is said. @param seen next offset of the only topic. */
function reading(seen = 0, ours = 'ours') {
  const told: FromFold[] = []
  const shard = new ShardReading({
    partition: 3,
    isAsFarAsSeen: ({ recordsEnd }) => (recordsEnd[0] as number) >= seen,
    forgetSeen: () => {},
    isOurs: definitions => definitions === ours,
    tell: message => told.push(message),
  })
  const at = (step: number, generation = 1) => ({ generation, step })
  return {
    told,
    shard,
    entry: (step: number, place: number, content: string | null, generation?: number) =>
      shard.take(
        recordOf(writer.entry(at(step, generation), keyOf(place), content === null ? null : Buffer.from(content))),
        live,
      ),
    state: (step: number, change: Parameters<typeof about>[0], generation?: number) =>
      shard.take(recordOf(writer.shard(at(step, generation), about(change))), live),
  }
}

const contentsOf = (message: FromFold | undefined): string[] => {
  const publication =
    message?.kind === 'assigned' ? message.base : message?.kind === 'steps' ? message.steps[0]!.publication : undefined
  return [...entriesOf(publication!.entries)].map(({ content }) => Buffer.from(content).toString()).sort()
}

test('values of a former generation, and of steps that came already, change nothing', () => {
  const { told, entry, state } = reading()
  entry(0, 1, 'former', 1)
  entry(0, 2, 'new', 2)
  entry(7, 3, 'zombie', 1)
  state(7, { kept: 2, records: 2 }, 1)
  state(0, { kept: 1 }, 2)
  expect(told.map(contentsOf)).toEqual([['new']])
  entry(1, 2, 'first', 2)
  state(1, { kept: 1, records: 1 }, 2)
  entry(1, 2, 'first again', 2)
  state(1, { kept: 1, records: 1 }, 2)
  expect(told.slice(1).map(contentsOf)).toEqual([['first']])
})

test('a state that compaction has taken a value from is passed over', () => {
  const { told, entry, state } = reading()
  entry(4, 1, 'left')
  // The other value of step 4 has gone for the sake of one of step 6.
  state(4, { kept: 2 })
  expect(told).toEqual([])
  entry(6, 2, 'later')
  state(6, { kept: 2 })
  expect(told.map(contentsOf)).toEqual([['later', 'left']])
})

test('a shard begins as far as it was seen, and no earlier; at the end it begins with what there is', () => {
  const seen = reading(9)
  seen.state(1, { next: 8 })
  expect(seen.told).toEqual([])
  seen.state(2, { next: 9 })
  expect(seen.told.map(({ kind }) => kind)).toEqual(['assigned'])

  const never = reading(9)
  never.state(1, { next: 8 })
  never.shard.reachedEnd()
  expect(never.told.map(({ kind }) => kind)).toEqual(['assigned'])
})

test('the end of the log in the middle of a step is no state', () => {
  const { told, shard, entry, state } = reading(9)
  state(0, { next: 1 })
  entry(1, 1, 'half')
  shard.reachedEnd()
  expect(told).toEqual([])
  state(1, { kept: 1, next: 2 })
  expect(told.map(contentsOf)).toEqual([['half']])
})

test.each([
  ['a step is missing', 2, 0],
  ['a step has lost a record', 1, 1],
])('where %s the log has been compacted ahead of the reader', (_what, step, records) => {
  const { state } = reading()
  state(0, {})
  expect(() => state(step, { records })).toThrow(Overtaken)
})

test('what was published by other definitions waits for a generation by ours', () => {
  const { told, shard, state } = reading()
  state(5, { definitions: 'others' })
  shard.reachedEnd()
  expect(told).toEqual([])
  state(0, {}, 2)
  expect(told.map(({ kind }) => kind)).toEqual(['assigned'])
})

test('ends are told with our own time, and a reader that is behind is at no end', () => {
  const { told, shard, state } = reading()
  const ends = writer.ends(
    { generation: 1, step: 0 },
    { ends: [{ topic: 'events', partition: 3, endOffset: 7, readTo: 7 }], hasRoom: true },
  )
  shard.take(recordOf(ends), live)
  expect(told).toEqual([])
  state(0, {})
  shard.take(recordOf(ends), live)
  shard.take(recordOf(ends), { at: 9_000, isBehind: true })
  expect(told.slice(1)).toMatchObject([
    { kind: 'ends', ends: [{ endOffset: 7, readTo: 7, toldAt: 5_000 }], hasRoom: true },
    { kind: 'ends', ends: [{ endOffset: 7, readTo: 6, toldAt: 9_000 }] },
  ])
})

test('a state is read as it was written, infinities and names of activities included', () => {
  const counts = newPartitionCounts()
  Object.defineProperty(counts.ignoredBy, '__proto__', {
    value: 3,
    enumerable: true,
    configurable: true,
    writable: true,
  })
  const state = about({ summary: { ...about().summary, counts: [counts] } })
  const read = readShardRecord(recordOf(writer.shard({ generation: 12, step: 345 }, state)), 3)
  expect(read).toEqual({ stamp: { generation: 12, step: 345 }, kind: 'shard', about: state })
})

test.each([
  ['no header', { ...recordOf(writer.shard({ generation: 1, step: 0 }, about())), headers: [] }],
  ['another shard', recordOf(new ShardRecordWriter(2).shard({ generation: 1, step: 0 }, about()))],
  ['no JSON', { ...recordOf(writer.shard({ generation: 1, step: 0 }, about())), value: Buffer.from('{') }],
])('a record with %s is refused', (_what, record) => {
  expect(() => readShardRecord(record, 3)).toThrow(NotPublished)
})
