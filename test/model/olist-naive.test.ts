import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { oracleFinalOnly } from './final-only.ts'
import { compareOlist, naiveOlist } from './olist-naive.ts'
import type { OracleArrival, OraclePane, OracleState, OracleVisit } from './oracle.ts'
import { makeProcess } from './process.ts'

const dataSet = join(import.meta.dirname, '../../../shared/data/olist/events.ndjson.gz')

const olist = makeProcess({
  activities: ['purchased', 'approved', 'handed_to_carrier', 'delivered'],
  attributes: ['customer_state'],
  starts: ['purchased'],
  ends: { completed: ['delivered'] },
  stages: {
    approval: { from: ['purchased'], to: ['approved'], by: ['customer_state'] },
    handling: { from: ['approved'], to: ['handed_to_carrier'], by: ['customer_state'] },
    transit: { from: ['handed_to_carrier'], to: ['delivered'], by: ['customer_state'] },
    lead_time: { from: ['purchased'], to: ['delivered'], by: ['customer_state'] },
  },
  settle: 3_600_000,
  pane: 3_600_000,
  timeout: 365 * 86_400_000,
})

/** The model's result in the files of a replay. */
async function writeReplay(folder: string, state: OracleState): Promise<void> {
  const text = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())
  const stageOf = (stage: number) => olist.stages[stage]!.name
  const visitOf = (visit: OracleVisit) => ({
    process: 'olist',
    stage: stageOf(visit.stage),
    case: visit.case,
    visit: visit.visit,
    started_at: text(visit.start),
    ended_at: text(visit.end),
    outcome: visit.outcome,
    reason: visit.reason,
    duration_ms: visit.end === undefined ? undefined : visit.end - visit.start,
    segment: { customer_state: JSON.parse(visit.segment)[0] },
    attributes: { customer_state: visit.attributes[0] },
  })
  const paneOf = ({ stage, segment, start, end, sum, min, max, buckets, ...pane }: OraclePane) => ({
    ...pane,
    stage: stageOf(stage),
    segment: segment === 'total' ? {} : { customer_state: JSON.parse(segment)[0] },
    start: text(start),
    end: text(end),
    sum_ms: sum,
    min_ms: min,
    max_ms: max,
    buckets: Object.fromEntries(buckets),
  })
  await writeFile(join(folder, 'visits.ndjson'), state.visits.map(row => `${JSON.stringify(visitOf(row))}\n`).join(''))
  await writeFile(join(folder, 'windows.ndjson'), state.panes.map(row => `${JSON.stringify(paneOf(row))}\n`).join(''))
}

const arrivalsOf = (lines: readonly string[]): OracleArrival[] =>
  lines.map(line => {
    const { order_id, activity, ts, customer_state } = JSON.parse(line)
    const event = { case: order_id, activity: olist.activities.indexOf(activity), at: Date.parse(ts) }
    return { topic: 'events', partition: 0, events: [{ ...event, attributes: [customer_state ?? null] }] }
  })

async function withFolder<R>(use: (folder: string) => Promise<R>): Promise<R> {
  const folder = await mkdtemp(join(tmpdir(), 'olist-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const line = (order_id: string, activity: string, ts: string) =>
  JSON.stringify({ order_id, activity, ts, customer_state: 'SP' })

/** In this order: skipped approval, an event before the purchase, ones after the delivery, an order that expires. */
const fewLines = [
  line('old', 'purchased', '2016-01-01T00:00:00Z'),
  line('half', 'delivered', '2017-01-01T09:00:00Z'),
  line('one', 'handed_to_carrier', '2017-06-01T08:00:00Z'),
  line('one', 'purchased', '2017-06-01T10:00:00Z'),
  line('two', 'purchased', '2017-06-01T10:30:00Z'),
  line('two', 'handed_to_carrier', '2017-06-01T11:00:00Z'),
  line('two', 'approved', '2017-06-01T11:30:00Z'),
  line('two', 'delivered', '2017-06-01T12:00:00Z'),
  line('two', 'approved', '2017-06-01T13:00:00Z'),
  line('two', 'handed_to_carrier', '2017-06-01T13:00:01Z'),
]

test('a few orders come out as written by hand', () =>
  withFolder(async folder => {
    const input = join(folder, 'events.ndjson.gz')
    await writeFile(input, gzipSync(fewLines.join('\n')))
    const naive = await naiveOlist(input)
    // Before their purchase: half, one's hand-over, and two's last hand-over, which is a run of its own.
    expect(naive).toMatchObject({ orders: 4, events: 10, beforeStart: 3, afterEnd: 1, unmatchedEnd: 1 })
    const written = naive.visits.map(
      v => `${v.order} ${v.stage} ${v.outcome} ${v.end === null ? '' : (v.end - v.start) / 60_000}`,
    )
    expect(written.sort()).toEqual([
      'old approval expired 525600',
      'old lead_time expired 525600',
      'one approval open ',
      'one lead_time open ',
      'two approval completed 60',
      'two handling abandoned 30',
      'two lead_time completed 90',
      'two transit completed 60',
    ])
  }))

test('a difference in a visit or a pane is told, a missing and an additional row too', () =>
  withFolder(async folder => {
    const input = join(folder, 'events.ndjson.gz')
    await writeFile(input, gzipSync(fewLines.join('\n')))
    const state = oracleFinalOnly(olist, arrivalsOf(fewLines))
    await writeReplay(folder, state)
    expect((await compareOlist(folder, input)).differences).toEqual([])
    const [first, second, ...others] = state.visits
    const [pane, ...panes] = state.panes
    await writeReplay(folder, {
      ...state,
      visits: [{ ...first!, visit: 7 }, { ...second!, start: second!.start + 1 }, ...others],
      panes: [{ ...pane!, entered: 9 }, ...panes, pane!],
    })
    const { differences } = await compareOlist(folder, input)
    expect(differences.map(text => text.replace(/.*\]: (missing|twice|not expected|expected).*/, '$1')).sort()).toEqual(
      ['expected', 'expected', 'missing', 'not expected', 'twice'],
    )
  }))

test.skipIf(!existsSync(dataSet))(
  'the model and the computation by hand agree on a sixteenth of the data set (skipped without it)',
  () =>
    withFolder(async folder => {
      const all = gunzipSync(await readFile(dataSet))
        .toString('utf8')
        .split('\n')
      const lines = all.filter(text => text.startsWith('{"order_id":"0'))
      const input = join(folder, 'events.ndjson')
      await writeFile(input, lines.join('\n'))
      const state = oracleFinalOnly(olist, arrivalsOf(lines))
      await writeReplay(folder, state)
      const { differences, ...expected } = await compareOlist(folder, input)
      expect(differences).toEqual([])
      const { beforeStart, afterEnd, unmatchedEnd } = state.counts['events/0']!
      expect(expected).toEqual({
        orders: new Set(lines.map(text => JSON.parse(text).order_id)).size,
        events: lines.length,
        beforeStart,
        afterEnd,
        unmatchedEnd,
        visits: state.visits.length,
        panes: state.panes.length,
      })
      expect(expected.orders).toBeGreaterThan(4_000)
    }),
)
