import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AlertTransition } from '../alerts/transition.ts'
import { durationMs } from '../event/duration.ts'
import { instant } from '../event/instant.ts'
import type { DeadLetter } from '../event/record.ts'
import type { PartitionCounts } from '../shard/counts.ts'
import type { MeasurePaneRow, PaneRow, VisitRow } from '../shard/output.ts'
import { ZERO_BUCKET } from '../windows/histogram.ts'
import { summaryForPeople } from './replay-output/summary.ts'
import { ReplayOutput } from './replay-output.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-replay-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const hour = 3_600_000
const version = { source: 'orders', partition: 0, epoch: 0, position: 1 }

const visit = (change: Partial<VisitRow> = {}): VisitRow => ({
  ...version,
  process: 'orders',
  stage: 'picking',
  case: 'c1',
  visit: 1,
  ordinal: 0,
  start: instant(0),
  end: undefined,
  outcome: 'open',
  reason: undefined,
  durationMs: undefined,
  businessMs: undefined,
  segment: { warehouse: 'A' },
  attributes: { warehouse: 'A', carrier: null },
  deleted: false,
  ...change,
})

const pane = (change: Partial<PaneRow> = {}): PaneRow => ({
  ...version,
  process: 'orders',
  stage: 'picking',
  segment: { warehouse: 'A' },
  total: false,
  start: instant(0),
  end: instant(hour),
  entered: 1,
  exited: 0,
  abandoned: 0,
  expired: 0,
  reworked: 0,
  breached: 0,
  sumMs: 0,
  minMs: undefined,
  maxMs: undefined,
  buckets: [],
  business: undefined,
  ...change,
})

const transition = (change: Partial<Omit<AlertTransition, 'stage' | 'measure'>> = {}): AlertTransition => ({
  id: 'a1',
  process: 'orders',
  rule: 'slow',
  stage: 'picking',
  segment: { warehouse: 'A' },
  state: 'firing',
  because: 'breach-held',
  from: 'pending',
  at: instant(hour),
  since: instant(0),
  firedAt: instant(hour),
  value: 5,
  owner: 'ops',
  severity: 'warning',
  summary: { en: 'slow' },
  explanation: {
    expression: 'wip > 3',
    terms: [{ text: 'wip > 3', values: { wip: 5, p90: undefined }, result: true }],
    result: true,
    window: { start: instant(0), end: instant(hour) },
    watermark: instant(hour),
    samples: 5,
    minSamples: 0,
    owner: 'ops',
    action: undefined,
    runbook: undefined,
  },
  ...change,
})

const counts = (change: Partial<PartitionCounts> = {}): PartitionCounts => ({
  consumed: 3,
  decoded: 2,
  skipped: 0,
  rejected: 1,
  rejectedBy: { 'not-json': 1 },
  events: 2,
  ignored: 1,
  ignoredBy: { ['__proto__']: 1 },
  duplicate: 0,
  conflicting: 0,
  late: 0,
  counted: 1,
  lateApplied: 0,
  beforeStart: 0,
  afterEnd: 0,
  unmatchedEnd: 0,
  settleCut: 0,
  lostOffsets: 0,
  ...change,
})

const nothing = { partitions: [], hasMeasures: false, rejections: [] }
const noEffort = () => ({ elapsedMs: 0, peakMemoryBytes: 0 })
const output = (rows: { visits?: VisitRow[]; panes?: PaneRow[] }) => ({
  visits: rows.visits ?? [],
  panes: rows.panes ?? [],
  measurePanes: [],
  deadLetters: [],
})

async function linesOf(file: string, replay: ReplayOutput): Promise<Record<string, unknown>[]> {
  await replay.write(folder, nothing, noEffort)
  const lines = readFileSync(join(folder, file), 'utf8').split('\n')
  expect(lines.pop()).toBe('')
  return lines.map(line => JSON.parse(line))
}

test('a visit is one line with all keys in their order, times in ISO 8601 and null where nothing applies', async () => {
  const replay = new ReplayOutput()
  replay.add(
    output({
      visits: [
        visit(),
        visit({
          case: 'c2',
          start: instant(-1),
          outcome: 'abandoned',
          reason: 'cancelled',
          end: instant(5),
          durationMs: durationMs(6),
        }),
      ],
    }),
  )
  await replay.write(folder, nothing, noEffort)
  expect(readFileSync(join(folder, 'visits.ndjson'), 'utf8')).toBe(
    '{"process":"orders","stage":"picking","case":"c1","visit":1,"started_at":"1970-01-01T00:00:00.000Z","ended_at":null,"outcome":"open","reason":null,"duration_ms":null,"business_ms":null,"segment":{"warehouse":"A"},"attributes":{"warehouse":"A","carrier":null}}\n' +
      '{"process":"orders","stage":"picking","case":"c2","visit":1,"started_at":"1969-12-31T23:59:59.999Z","ended_at":"1970-01-01T00:00:00.005Z","outcome":"abandoned","reason":"cancelled","duration_ms":6,"business_ms":null,"segment":{"warehouse":"A"},"attributes":{"warehouse":"A","carrier":null}}\n',
  )
})

test('of the rows of a visit the latest counts, and a visit that was withdrawn is gone', async () => {
  const replay = new ReplayOutput()
  replay.add(output({ visits: [visit(), visit({ case: 'c2' }), visit({ ordinal: 1 })] }))
  replay.add(
    output({
      visits: [
        visit({ outcome: 'completed', end: instant(9), durationMs: durationMs(9) }),
        visit({ case: 'c2', deleted: true }),
      ],
    }),
  )
  expect(await linesOf('visits.ndjson', replay)).toMatchObject([
    { case: 'c1', outcome: 'completed', duration_ms: 9 },
    { case: 'c1', outcome: 'open' },
  ])
})

test('a visit that was withdrawn and is so again is written', async () => {
  const replay = new ReplayOutput()
  replay.add(output({ visits: [visit(), visit({ deleted: true }), visit({ visit: 2 })] }))
  expect(await linesOf('visits.ndjson', replay)).toMatchObject([{ case: 'c1', visit: 2 }])
})

test('visits are sorted by stage, case and start, whatever order they came in', async () => {
  const rows = ['b', 'a'].flatMap(stage =>
    ['c10', 'c1', 'c-é'].flatMap(id => [20, -5, 3].map(start => visit({ stage, case: id, start: instant(start) }))),
  )
  const written: string[] = []
  for (const order of [rows, rows.toReversed()]) {
    const replay = new ReplayOutput()
    replay.add(output({ visits: order }))
    await linesOf('visits.ndjson', replay)
    written.push(readFileSync(join(folder, 'visits.ndjson'), 'utf8'))
  }
  expect(written[1]).toBe(written[0])
  const keys = (written[0] ?? '')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(keys.slice(0, 4).map(row => [row.stage, row.case, row.started_at.slice(20)])).toEqual([
    ['a', 'c-é', '995Z'],
    ['a', 'c-é', '003Z'],
    ['a', 'c-é', '020Z'],
    ['a', 'c1', '995Z'],
  ])
})

test('panes of several partitions become one: counts and buckets add, the extremes are those of all', async () => {
  const replay = new ReplayOutput()
  replay.add(
    output({
      panes: [
        pane({ exited: 2, sumMs: 30, minMs: 10, maxMs: 20, buckets: [[100, 2]] }),
        pane({
          partition: 1,
          exited: 3,
          sumMs: 17,
          minMs: 0,
          maxMs: 12,
          buckets: [
            [ZERO_BUCKET, 1],
            [9, 1],
            [100, 1],
          ],
        }),
        pane({ partition: 2, entered: 4 }),
      ],
    }),
  )
  await replay.write(folder, nothing, noEffort)
  expect(readFileSync(join(folder, 'windows.ndjson'), 'utf8')).toBe(
    '{"process":"orders","stage":"picking","segment":{"warehouse":"A"},"start":"1970-01-01T00:00:00.000Z","end":"1970-01-01T01:00:00.000Z","entered":6,"exited":5,"abandoned":0,"expired":0,"sum_ms":47,"min_ms":0,"max_ms":20,"buckets":{"9":1,"100":3,"zero":1},"business_sum_ms":null,"business_buckets":null}\n',
  )
})

test('business time stands beside the wall clock where the stage has a calendar', async () => {
  const business = (sumMs: number, buckets: PaneRow['buckets']) => ({ sumMs, minMs: 0, maxMs: sumMs, buckets })
  const replay = new ReplayOutput()
  replay.add(
    output({
      visits: [
        visit({ outcome: 'completed', end: instant(hour), durationMs: durationMs(hour), businessMs: durationMs(0) }),
      ],
      panes: [
        pane({ exited: 1, sumMs: 30, minMs: 30, maxMs: 30, buckets: [[158, 1]], business: business(0, [[-1, 1]]) }),
        pane({
          ...{ partition: 1, exited: 2, sumMs: 20, minMs: 10, maxMs: 10, buckets: [[107, 2]] },
          business: business(12, [
            [ZERO_BUCKET, 1],
            [115, 1],
          ]),
        }),
      ],
    }),
  )
  expect(await linesOf('visits.ndjson', replay)).toMatchObject([{ duration_ms: hour, business_ms: 0 }])
  expect(await linesOf('windows.ndjson', replay)).toMatchObject([
    { sum_ms: 50, min_ms: 10, max_ms: 30, business_sum_ms: 12, business_buckets: { 115: 1, zero: 2 } },
  ])
})

test('a pane that fell to nothing, in all partitions, is not written', async () => {
  const replay = new ReplayOutput()
  replay.add(output({ panes: [pane(), pane({ start: instant(hour), end: instant(2 * hour) })] }))
  replay.add(output({ panes: [pane({ entered: 0 }), pane({ partition: 1, entered: 0 })] }))
  expect(await linesOf('windows.ndjson', replay)).toMatchObject([{ start: '1970-01-01T01:00:00.000Z', min_ms: null }])
})

test('panes are sorted by stage, segment and start, the total first and the unknown before the known', async () => {
  const segments = [{ warehouse: 'B' }, { warehouse: null }, { warehouse: 'A' }]
  const panes = segments.flatMap(segment => [hour, 0].map(start => pane({ segment, start: instant(start) })))
  const replay = new ReplayOutput()
  replay.add(output({ panes: [...panes, pane({ total: true, segment: {} })] }))
  const rows = await linesOf('windows.ndjson', replay)
  expect(rows.map(row => [row.segment, String(row.start).slice(11, 13)])).toEqual([
    [{}, '00'],
    [{ warehouse: null }, '00'],
    [{ warehouse: null }, '01'],
    [{ warehouse: 'A' }, '00'],
    [{ warehouse: 'A' }, '01'],
    [{ warehouse: 'B' }, '00'],
    [{ warehouse: 'B' }, '01'],
  ])
})

test('the total of a stage without dimensions and its one segment do not replace each other', async () => {
  const replay = new ReplayOutput()
  replay.add(output({ panes: [pane({ total: true, segment: {}, entered: 2 }), pane({ segment: {}, entered: 1 })] }))
  expect(await linesOf('windows.ndjson', replay)).toMatchObject([{ entered: 2 }, { entered: 1 }])
})

test('alerts are written in the order of time, with their explanation and its times', async () => {
  const replay = new ReplayOutput()
  replay.addTransitions([transition({ at: instant(hour), state: 'pending', from: 'inactive' }), transition()])
  replay.addTransitions([transition({ id: 'a0', at: instant(0), value: undefined })])
  const rows = await linesOf('alerts.ndjson', replay)
  expect(rows.map(row => [row.id, row.state, row.value])).toEqual([
    ['a0', 'firing', null],
    ['a1', 'pending', 5],
    ['a1', 'firing', 5],
  ])
  expect(rows[0]).toEqual({
    id: 'a0',
    rule: 'slow',
    segment: { warehouse: 'A' },
    state: 'firing',
    at: '1970-01-01T00:00:00.000Z',
    value: null,
    explanation: {
      expression: 'wip > 3',
      result: true,
      terms: [{ text: 'wip > 3', values: { wip: 5, p90: null }, at_least: [], result: true }],
      window: { start: '1970-01-01T00:00:00.000Z', end: '1970-01-01T01:00:00.000Z' },
      watermark: '1970-01-01T01:00:00.000Z',
      samples: 5,
      live: null,
      min_samples: 0,
      version: null,
      past: [],
      flow: null,
      neighbours: [],
      open_cases: null,
      before: null,
      attribution: null,
      suspected: null,
      silent_since: null,
      owner: 'ops',
      action: null,
      runbook: null,
    },
  })
})

test('the summary holds the counts of every partition and their total, and what was written', async () => {
  const replay = new ReplayOutput()
  replay.add(output({ visits: [visit()], panes: [pane(), pane({ total: true, segment: {} })] }))
  const partition = { process: 'orders', topic: 'orders' }
  const partitions = [
    { ...partition, partition: 0, counts: counts() },
    { ...partition, partition: 1, counts: counts({ rejectedBy: { 'bad-time': 1 } }) },
  ]
  await replay.write(folder, { ...nothing, partitions }, () => ({ elapsedMs: 2, peakMemoryBytes: 7 }))
  const summary = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8'))
  expect(summary).toMatchObject({
    total: {
      counts: { consumed: 6, decoded: 4, skipped: 0, rejected: 2, events: 4, ignored: 2, counted: 2, late_applied: 0 },
      rejected_by: { 'bad-time': 1, 'not-json': 1 },
    },
    lines: { visits: 1, windows: 2, alerts: 0 },
    events_per_second: 2_000,
    elapsed_ms: 2,
    peak_memory_bytes: 7,
  })
  expect(Object.entries(summary.total.ignored_by)).toEqual([['__proto__', 2]])
  expect(summary.partitions[1]).toMatchObject({ process: 'orders', topic: 'orders', counts: { unmatched_end: 0 } })
  expect(summary.partitions.map((each: { partition: number }) => each.partition)).toEqual([0, 1])
})

test('a person at the terminal is told the counts, and where the files are', () => {
  const partitions = [{ process: 'orders', topic: 'orders', partition: 0, counts: counts({ consumed: 1_234_567 }) }]
  expect(summaryForPeople({ ...nothing, partitions, elapsedMs: 1_500, peakMemoryBytes: 3 * 1_048_576 }, 'out')).toBe(
    `1,234,567 records: 2 decoded, 0 skipped, 1 rejected (not-json 1)
2 events: 1 counted, 0 duplicate, 0 late, 1 ignored
1.5 s, 1 events/s, 3 MiB at most
visits.ndjson, windows.ndjson, alerts.ndjson and summary.json are in out
`,
  )
})

test('the time of a replay ends when all rows have been written', async () => {
  const replay = new ReplayOutput()
  replay.add(output({ visits: [visit()], panes: [pane()] }))
  const partitions = [{ process: 'orders', topic: 'orders', partition: 0, counts: counts() }]
  const written: Record<string, number> = {}
  const summary = await replay.write(folder, { ...nothing, partitions }, () => {
    for (const name of readdirSync(folder))
      written[name] = readFileSync(join(folder, name), 'utf8').split('\n').length - 1
    return { elapsedMs: 500, peakMemoryBytes: 7 }
  })
  expect(written).toEqual({ 'visits.ndjson.part': 1, 'windows.ndjson.part': 1, 'alerts.ndjson.part': 0 })
  expect(summary).toMatchObject({ elapsedMs: 500, peakMemoryBytes: 7, partitions })
  expect(JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8'))).toMatchObject({
    elapsed_ms: 500,
    events_per_second: 4,
  })
})

const letter = (partition: number, offset: number, change: Partial<DeadLetter> = {}): DeadLetter => ({
  process: 'orders',
  topic: 'orders',
  partition,
  offset,
  reason: 'bad-time',
  detail: `record ${offset} of ${partition}`,
  key: null,
  value: Buffer.from('{}'),
  ...change,
})

test('the first three rejected records of each reason are kept, in whatever order they come; a late event is none', () => {
  const replay = new ReplayOutput()
  const letters = [
    letter(1, 0),
    letter(0, 9),
    letter(0, 7, { reason: 'late' }),
    letter(0, 8, { reason: 'not-json' }),
    letter(0, 2),
    letter(0, 5),
  ]
  for (const each of letters) replay.add({ ...output({}), deadLetters: [each] })
  expect(replay.rejections.map(({ reason, partition, offset }) => [reason, partition, offset])).toEqual([
    ['bad-time', 0, 2],
    ['bad-time', 0, 5],
    ['bad-time', 0, 9],
    ['not-json', 0, 8],
  ])
  expect(replay.rejections[0]).not.toHaveProperty('value')
})

test('a person is told which records were rejected, by file and line, at the end', () => {
  const rejectedBy = { 'bad-time': 1_204, 'not-json': 1 }
  const partitions = [{ process: 'orders', topic: 'orders', partition: 0, counts: counts({ rejectedBy }) }]
  const { key: _, value: __, ...rejected } = letter(0, 3)
  const rejections = [
    { ...rejected, file: 'a.ndjson' },
    { ...rejected, offset: 5, file: 'a.ndjson' },
    { ...rejected, reason: 'not-json' as const, detail: 'bad \u001b[31mtext\n', file: 'b.ndjson.gz' },
  ]
  const summary = { ...nothing, ...noEffort(), partitions, rejections }
  expect(summaryForPeople(summary, 'out').split('are in out\n')[1]).toBe(`rejected as bad-time, the first 2 of 1,204:
  a.ndjson:4 record 3 of 0
  a.ndjson:6 record 3 of 0
rejected as not-json, 1:
  b.ndjson.gz:4 bad  [31mtext${' '}
`)
  const two = [...partitions, { ...partitions[0]!, process: 'returns' }]
  expect(summaryForPeople({ ...summary, partitions: two }, 'out')).toContain('  a.ndjson:4 (orders) record 3 of 0\n')
})

test('a replay without events writes four files, three of them empty', async () => {
  await new ReplayOutput().write(join(folder, 'not', 'there'), nothing, noEffort)
  const written = readdirSync(join(folder, 'not', 'there'))
  expect(written.sort()).toEqual(['alerts.ndjson', 'summary.json', 'visits.ndjson', 'windows.ndjson'])
  expect(readFileSync(join(folder, 'not', 'there', 'visits.ndjson'), 'utf8')).toBe('')
})

test('a replay that cannot write leaves the files of an earlier one as they were', async () => {
  writeFileSync(join(folder, 'visits.ndjson'), 'earlier\n')
  const replay = new ReplayOutput()
  // An instant that no date can hold: the second file fails while the first is complete.
  replay.add(output({ visits: [visit()], panes: [pane({ start: instant(1e300) })] }))
  await expect(replay.write(folder, nothing, noEffort)).rejects.toThrow(RangeError)
  expect(readdirSync(folder)).toEqual(['visits.ndjson'])
  expect(readFileSync(join(folder, 'visits.ndjson'), 'utf8')).toBe('earlier\n')
})

test('a folder that cannot be written is told with a remedy', async () => {
  writeFileSync(join(folder, 'taken'), '')
  const writing = new ReplayOutput().write(join(folder, 'taken'), nothing, noEffort)
  await expect(writing).rejects.toMatchObject({
    message: expect.stringContaining(`cannot be written to ${join(folder, 'taken')}`),
    remedy: expect.stringContaining('--out'),
  })
})

test('more text than the stream takes at once arrives whole', async () => {
  const replay = new ReplayOutput()
  const rows = Array.from({ length: 5_000 }, (_, index) =>
    visit({ case: `c${index}`, attributes: { note: '履'.repeat(40) } }),
  )
  replay.add(output({ visits: rows }))
  expect((await linesOf('visits.ndjson', replay)).length).toBe(5_000)
})

const measurePane = (change: Partial<MeasurePaneRow> = {}): MeasurePaneRow => ({
  source: 'events',
  partition: 0,
  epoch: 0,
  position: 0,
  process: 'orders',
  measure: 'revenue',
  decimals: 2,
  segment: { warehouse: 'A' },
  total: false,
  start: instant(0),
  end: instant(10_000),
  count: 1,
  sum: 1_250n,
  min: 1_250,
  max: 1_250,
  buckets: [[331, 1]],
  distinct: undefined,
  ...change,
})

test('panes of measures are lines in the unit of the measure, exact however large, merged over partitions', async () => {
  const replay = new ReplayOutput()
  replay.add({
    ...output({}),
    measurePanes: [
      measurePane({ segment: { warehouse: 'B' }, count: 0, sum: 0n, min: undefined, max: undefined, buckets: [] }),
      measurePane({
        partition: 1,
        sum: -(2n ** 60n),
        min: -(2 ** 53),
        max: 0,
        count: 3,
        buckets: [
          [-1, 2],
          [0, 1],
        ],
      }),
      measurePane(),
      measurePane({ measure: 'items', decimals: 0, sum: 7n, min: 7, max: 7, distinct: 1, total: true, segment: {} }),
    ],
  })
  await replay.write(folder, { ...nothing, hasMeasures: true }, noEffort)
  const head = (measure: string, segment: string) =>
    `{"process":"orders","measure":"${measure}","segment":${segment},"start":"1970-01-01T00:00:00.000Z","end":"1970-01-01T00:00:10.000Z",`
  expect(readFileSync(join(folder, 'measures.ndjson'), 'utf8')).toBe(
    `${head('items', '{}')}"count":1,"sum":7,"min":7,"max":7,"buckets":{"330":1},"distinct":1}\n` +
      `${head('revenue', '{"warehouse":"A"}')}"count":4,"sum":-11529215046068457.26,"min":-90071992547409.92,"max":12.5,"buckets":{"-0":2,"zero":1,"330":1},"distinct":null}\n`,
  )
  expect(JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')).lines).toMatchObject({ measures: 2 })
})
