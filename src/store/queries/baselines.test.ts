import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { embeddedScratchStore, type ScratchStore } from '../../../test/support/store/scratch-store.ts'
import { hasValues, panesOf, visitRow } from '../../../test/support/store/visits-and-panes.ts'
import type { CaseId } from '../../event/event.ts'
import { instant } from '../../event/instant.ts'
import type { SegmentLabels } from '../../event/segment.ts'
import type { MeasurePaneRow, VisitRow } from '../../shard/output.ts'
import { bucketOf, Histogram } from '../../windows/histogram.ts'
import { measureBucketOf } from '../../windows/measure-buckets.ts'
import { QueryError } from './query-error.ts'

let store: ScratchStore

beforeAll(async () => {
  store = await embeddedScratchStore()
})

afterAll(() => store.close())

const quarterMs = 900_000
const hourMs = 3_600_000
const weekMs = 604_800_000

type Slot = { readonly key: string; readonly localMs: number; readonly hourOfWeek: number }

/** Which hour the clocks of a place show, as Intl tells it. */
function slotter(timezone: string): (at: number) => Slot {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...({ timeZone: timezone, hourCycle: 'h23', timeZoneName: 'longOffset', weekday: 'short' } as const),
    ...({ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit' } as const),
  })
  return at => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
    const localMs = Date.UTC(Number(parts.year), Number(parts.month) - 1, Number(parts.day), Number(parts.hour))
    const day = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(parts.weekday ?? '')
    return {
      key: `${parts.year}-${parts.month}-${parts.day} ${parts.hour} ${parts.timeZoneName}`,
      ...{ localMs, hourOfWeek: 24 * day + Number(parts.hour) },
    }
  }
}

/** The hours of the span that were seen, by what the clocks showed. */
function plainHours(timezone: string, before: number, weeks: number, firstPane: number): Map<string, Slot> {
  const slotOf = slotter(timezone)
  const end = slotOf(before)
  const hours = new Map<string, Slot>()
  const first = slotOf(firstPane)
  let isSeen = false
  for (let at = before - (before % quarterMs) - weeks * weekMs - 3 * hourMs; at < before; at += quarterMs) {
    const slot = slotOf(at)
    isSeen ||= firstPane < at || slot.key === first.key
    if (isSeen && slot.localMs >= end.localMs - weeks * weekMs && slot.key !== end.key) hours.set(slot.key, slot)
  }
  return hours
}

const meanOf = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0) / counts.length

function spreadOf(counts: readonly number[]): number | undefined {
  if (counts.length < 2) return undefined
  const mean = meanOf(counts)
  return Math.sqrt(counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1))
}

const zones: Record<string, string> = {
  'Europe/Berlin': '2025-10-30T10:20:00Z',
  'America/New_York': '2026-03-12T03:00:00Z',
  'Asia/Kolkata': '2025-10-30T10:20:00Z',
  'Australia/Lord_Howe': '2026-04-08T12:34:56.789Z',
  'Asia/Shanghai': '2025-12-31T16:00:00Z',
  UTC: '2026-01-01T00:00:00Z',
}

const drawnVisit = fc.record({
  start: fc.nat(4 * weekMs),
  ms: fc.integer({ min: 0, max: 3 * hourMs }),
  warehouse: fc.constantFrom('WH-1', 'WH-2'),
})

let runs = 0

test.each(Object.keys(zones))(
  'hours of the week are those of the clocks of %s, also over a week in which they are set',
  async timezone => {
    const before = Date.parse(zones[timezone] as string)
    const slotOf = slotter(timezone)
    await fc.assert(
      fc.asyncProperty(
        fc.array(drawnVisit, { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom<SegmentLabels | undefined>(undefined, { warehouse: 'WH-1' }),
        async (drawn, weeks, segment) => {
          const process = `baseline-${timezone}-${runs++}`
          const visits = drawn.map(({ start, ms, warehouse }, index) =>
            visitRow(process, {
              ...{ case: `A-${index}` as CaseId, segment: { warehouse } },
              ...{ start: instant(before - start), end: instant(before - start + ms) },
            }),
          )
          await store.write({
            panes: panesOf(visits, quarterMs),
            settled: [
              {
                process,
                source: 'orders.events',
                partition: 0,
                epoch: 0,
                position: 11,
                before: instant(before - weekMs),
              },
            ],
          })
          const found = await store.queries.stageBaseline({
            ...{ process, stage: 'picking', before: instant(before), weeks, timezone },
            ...(segment === undefined ? {} : { segment }),
          })
          const floor = (at: number) => Math.floor(at / quarterMs) * quarterMs
          const starts = visits.flatMap(({ start, end }) => [floor(start), floor(end as number)])
          const hours = plainHours(timezone, before, weeks, Math.min(...starts))
          const ofSegment = visits.filter(visit => hasValues(visit.segment, segment ?? {}))
          const expected = [...new Set([...hours.values()].map(({ hourOfWeek }) => hourOfWeek))]
            .sort((left, right) => left - right)
            .map(hourOfWeek => {
              const keys = [...hours].filter(([, slot]) => slot.hourOfWeek === hourOfWeek).map(([key]) => key)
              const inHour = (at: (visit: VisitRow) => number) =>
                keys.map(key => ofSegment.filter(visit => slotOf(floor(at(visit))).key === key))
              const ended = inHour(({ end }) => end as number)
              const durations = ended.flat().map(({ durationMs }) => durationMs as number)
              const entered = inHour(({ start }) => start).map(({ length }) => length)
              const exited = ended.map(({ length }) => length)
              return {
                ...{ hourOfWeek, hours: keys.length, entered: meanOf(entered), exited: meanOf(exited) },
                ...{ enteredSpread: rounded(spreadOf(entered)), p90Ms: liveQuantile(durations) },
              }
            })
          expect(
            found.map(({ hourOfWeek, hours, entered, exited, p90Ms }) => ({
              ...{ hourOfWeek, hours, entered: entered.mean, exited: exited.mean },
              ...{ enteredSpread: rounded(entered.spread), p90Ms },
            })),
          ).toEqual(expected)
          for (const { weeks: seen, hours } of found) expect(seen).toBeLessThanOrEqual(Math.min(weeks, hours))
        },
      ),
      { numRuns: 6 },
    )
  },
)

const rounded = (value: number | undefined) => (value === undefined ? undefined : Number(value.toFixed(9)))

function liveQuantile(durations: readonly number[]): number | undefined {
  const histogram = new Histogram()
  for (const ms of durations) histogram.add(bucketOf(ms), 1)
  return histogram.quantileWithin(0.9, () => ({ minMs: Math.min(...durations), maxMs: Math.max(...durations) }))
}

test('an hour that clocks show twice is seen twice in a week, and one that they skip in one week less', async () => {
  const hoursOf = async (timezone: string, before: string) => {
    const process = `clocks-${timezone}`
    const start = instant(Date.parse(before) - 4 * weekMs)
    await store.write({ panes: panesOf([visitRow(process, { start, end: start })], quarterMs) })
    const span = { process, stage: 'picking', before: instant(Date.parse(before)), weeks: 3, timezone }
    return new Map((await store.queries.stageBaseline(span)).map(hour => [hour.hourOfWeek, [hour.weeks, hour.hours]]))
  }
  const sundayAt = (hour: number) => 6 * 24 + hour
  const autumn = await hoursOf('Europe/Berlin', '2025-10-30T10:20:00Z')
  expect([autumn.get(sundayAt(2)), autumn.get(sundayAt(3)), autumn.size]).toEqual([[3, 4], [3, 3], 168])
  const spring = await hoursOf('America/New_York', '2026-03-12T03:00:00Z')
  expect([spring.get(sundayAt(2)), spring.get(sundayAt(3))]).toEqual([
    [2, 2],
    [3, 3],
  ])
})

const measurePane = (process: string, start: number, values: readonly number[], decimals = 2): MeasurePaneRow => {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(measureBucketOf(value), (counts.get(measureBucketOf(value)) ?? 0) + 1)
  return {
    ...{ process, measure: 'amount', decimals, segment: {}, total: true },
    ...{ start: instant(start), end: instant(start + quarterMs), count: values.length },
    sum: BigInt(values.reduce((sum, value) => sum + value, 0)),
    ...{ min: Math.min(...values), max: Math.max(...values) },
    buckets: [...counts].sort(([left], [right]) => left - right),
    ...{ distinct: undefined, source: 'orders.events', partition: 0, epoch: 0, position: 10 },
  }
}

test('a measure has its usual counts and amounts by hour of the week, and its series exact sums', async () => {
  const process = 'amounts'
  const monday = Date.parse('2026-01-05T08:00:00Z')
  await store.write({
    measurePanes: [
      measurePane(process, monday, [1_050, -300, 0]),
      measurePane(process, monday + quarterMs, [999_999]),
      measurePane(process, monday + weekMs, [2_000]),
      // From here on the definition counts thousandths.
      measurePane(process, monday + 2 * weekMs, [12_345, 10_000], 3),
    ],
  })
  const hours = await store.queries.measureBaseline({
    ...{ process, measure: 'amount', before: instant(monday + 3 * weekMs), weeks: 3, timezone: 'UTC' },
  })
  expect(hours.find(({ hourOfWeek }) => hourOfWeek === 8)).toMatchObject({
    ...{ weeks: 3, hours: 3, count: { mean: 7 / 3, spread: Math.sqrt(7 / 3) } },
    // Amounts of two scales have no common histogram.
    ...{ p50: undefined, p90: undefined },
  })
  expect(hours.find(({ hourOfWeek }) => hourOfWeek === 9)).toMatchObject({ weeks: 3, count: { mean: 0, spread: 0 } })
  const points = await store.queries.measureSeries({
    ...{ process, measure: 'amount', from: instant(monday), to: instant(monday + hourMs), stepMs: hourMs },
  })
  expect(points).toHaveLength(1)
  const [point] = points
  expect(point?.sums).toMatchObject({ count: 4, sum: 1_000_749n, decimals: 2, min: -3, max: 9_999.99 })
  expect(point?.sums?.avg).toBe(10_007.49 / 4)
  expect(point?.sums?.p50).toBe(0)
  expect(Math.abs((point?.sums?.p99 as number) - 9_999.99)).toBeLessThanOrEqual(0.011 * 9_999.99)
  const whole = await store.queries.measureSeries({
    ...{ process, measure: 'amount', from: instant(monday), to: instant(monday + 3 * weekMs), stepMs: 3 * weekMs },
  })
  // 10,007.49 + 20.00 + 22.345, in thousandths.
  expect(whole[0]?.sums).toMatchObject({ count: 7, sum: 10_049_835n, decimals: 3, p50: undefined })
})

test('a zone that there is not, or a number of weeks that makes no sense, is told with what to ask instead', async () => {
  const query = { process: 'p', stage: 's', before: instant(0), weeks: 1, timezone: 'Europe/Berlin' }
  for (const timezone of ['Europe/Berlinn', '+08:00', "UTC'); DROP TABLE visits; --", '', '\0']) {
    const asked = store.queries.stageBaseline({ ...query, timezone })
    await expect(asked).rejects.toThrow(QueryError)
    await expect(asked).rejects.toThrow(/"timezone" .* is not known. Use a name of the IANA time zone database/)
  }
  await expect(store.queries.stageBaseline({ ...query, weeks: 54 })).rejects.toThrow(/"weeks" is 54/)
})
