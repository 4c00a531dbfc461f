import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StoredProcess, storedAt, storedProcess } from '../../../test/support/store/stored-process.ts'
import { exactQuantile } from '../../../test/support/store/visits-and-panes.ts'
import { instant } from '../../event/instant.ts'
import { stageHistorySchema } from '../../protocol/history.ts'
import { openStageSchema } from '../../protocol/open-stage.ts'
import { stageSegmentsSchema } from '../../protocol/stage-segments.ts'
import { countedNumbers, stageVisitsSchema } from '../../protocol/stage-visits.ts'
import type { VisitRow } from '../../shard/output.ts'

let stored: StoredProcess

beforeAll(async () => {
  stored = await storedProcess()
})

afterAll(() => stored.close())

const HOUR_MS = 3_600_000
const picking = '/api/v1/processes/quick-delivery/stages/picking'

async function answer(path: string) {
  const { status, body, text } = await stored.ask(path)
  expect(status, text).toBe(200)
  return body
}

/** Hours before the last evaluation. */
const at = (hours: number) => storedAt - hours * HOUR_MS
const iso = (ms: number) => new Date(ms).toISOString()
const between = (fromHours: number, toHours: number) => `from=${iso(at(fromHours))}&to=${iso(at(toHours))}`

const entered = (from: number, to: number) => stored.visits.filter(({ start }) => start >= from && start < to)
const left = (from: number, to: number, outcome: VisitRow['outcome'] = 'completed') =>
  stored.visits.filter(visit => visit.outcome === outcome && visit.end! >= from && visit.end! < to)
const openAt = (ms: number) => stored.visits.filter(({ start, end }) => start < ms && (end === undefined || end >= ms))
const durations = (visits: readonly VisitRow[]) => visits.map(({ durationMs }) => durationMs as number)

test('a range of long ago tells each step, the range as one and the open visits, and the period before', async () => {
  const history = stageHistorySchema.parse(
    await answer(`${picking}/history?${between(24, 12)}&step=1h&compare=period-before`),
  )
  expect(history.points).toHaveLength(12)
  for (const point of history.points) {
    const [from, to] = [Date.parse(point.start), Date.parse(point.end)]
    expect(point).toMatchObject({
      entered: entered(from, to).length,
      exited: left(from, to).length,
      abandoned: left(from, to, 'abandoned').length,
      expired: left(from, to, 'expired').length,
      wip: openAt(to).length,
      before: { entered: entered(from - 12 * HOUR_MS, to - 12 * HOUR_MS).length },
    })
  }
  expect(history.wip_before).toBe(openAt(at(24)).length)
  const exits = left(at(24), at(12))
  expect(exits.length).toBeGreaterThan(50)
  expect(history.whole).toMatchObject({
    exited: exits.length,
    breached: exits.filter(({ breached }) => breached).length,
    reworked: entered(at(24), at(12)).filter(({ visit }) => visit > 1).length,
    before: { exited: left(at(36), at(24)).length },
  })
  const exact = exactQuantile(durations(exits), 0.9)!
  expect(Math.abs(history.whole.p90_ms! - exact) / exact).toBeLessThan(0.012)
  const all = stageHistorySchema.parse(await answer(`${picking}/history?${between(48, 0)}`))
  expect([all.points.length, all.step_ms]).toEqual([96, 1_800_000])
  expect(all.points.at(-1)?.wip).toBe(openAt(storedAt).length)
  // A cumulative flow: what was there, came and went is what is there.
  const came = all.points.reduce((sum, point) => sum + point.entered, 0)
  const went = all.points.reduce((sum, { exited, abandoned, expired }) => sum + exited + abandoned + expired, 0)
  expect(all.wip_before! + came - went).toBe(openAt(storedAt).length)
})

test('days begin at midnight by the clocks of the process', async () => {
  const asked = 'from=2026-11-21T20:00:00Z&to=2026-11-22T20:00:00Z&step=24h'
  const { points } = stageHistorySchema.parse(await answer(`${picking}/history?${asked}`))
  expect(points.map(({ start }) => start)).toEqual(['2026-11-21T16:00:00.000Z', '2026-11-22T16:00:00.000Z'])
  const [from, to] = [Date.parse(points[0]!.start), Date.parse(points[0]!.end)]
  expect(points[0]?.exited).toBe(left(from, to).length)
})

test('segments and the rest add up to the total, and their changes lead from the mean before to that of now', async () => {
  const asked = `${picking}/segments?${between(24, 0)}&limit=2`
  const { total, segments, rest, change } = stageSegmentsSchema.parse(await answer(asked))
  const exits = left(at(24), at(0))
  expect(total).toMatchObject({ exited: exits.length, before: { exited: left(at(48), at(24)).length } })
  expect(total.sum_ms).toBe(durations(exits).reduce((sum, ms) => sum + ms, 0))
  expect([segments.length, rest.segment_count]).toEqual([2, 2])
  const parts = [...segments, rest]
  for (const name of ['entered', 'exited', 'breached', 'sum_ms'] as const) {
    expect(parts.reduce((sum, part) => sum + part[name], 0)).toBe(total[name])
    expect(parts.reduce((sum, part) => sum + part.share[name]!, 0)).toBeCloseTo(1, 9)
    expect(parts.reduce((sum, part) => sum + part.before[name], 0)).toBe(total.before[name])
  }
  expect(segments[0]).toMatchObject({ segment: { warehouse: 'WH-2' }, target_ms: 180_000 })
  expect(segments[0]?.exited).toBe(exits.filter(({ segment }) => segment.warehouse === 'WH-2').length)
  const moved = parts.reduce(
    (sum, part) => sum + part.change!.time_ms + part.change!.mix_ms + part.change!.rework_ms,
    0,
  )
  expect(change!.before_ms + moved).toBeCloseTo(change!.now_ms, -1)
  const [slow, other] = segments
  expect(slow!.change!.time_ms).toBeGreaterThan(3 * Math.abs(other!.change!.time_ms))
  const byExits = stageSegmentsSchema.parse(await answer(`${asked}&order=exited&by=warehouse`))
  expect(byExits.segments[0]!.exited).toBeGreaterThanOrEqual(byExits.segments[1]!.exited)
  const nothing = stageSegmentsSchema.parse(await answer(`${picking}/segments?${between(1_000, 999)}`))
  expect([nothing.segments, nothing.change, nothing.rest.change]).toEqual([[], null, null])
})

const listed = async (query: string) => stageVisitsSchema.parse(await answer(`${picking}/visits?${query}`))

test('the visits behind each number of a range are as many as it says, and are those', async () => {
  const { points } = stageHistorySchema.parse(await answer(`${picking}/history?${between(30, 6)}&step=12h`))
  for (const point of points) {
    const [from, to] = [Date.parse(point.start), Date.parse(point.end)]
    const known = {
      exited: left(from, to),
      breached: left(from, to).filter(({ breached }) => breached),
      abandoned: left(from, to, 'abandoned'),
      expired: left(from, to, 'expired'),
      entered: entered(from, to),
    }
    for (const number of countedNumbers) {
      const { count, visits } = await listed(`from=${point.start}&to=${point.end}&number=${number}&limit=1000`)
      expect(count).toEqual({ kind: 'exact', visits: point[number] })
      expect(visits.map(visit => visit.case).sort()).toEqual(known[number].map(visit => visit.case).sort())
    }
  }
  const range = `from=${points[0]!.start}&to=${points[0]!.end}`
  const segment = encodeURIComponent('{"warehouse":"WH-2"}')
  const { whole } = stageHistorySchema.parse(await answer(`${picking}/history?${range}&segment=${segment}`))
  const part = await listed(`${range}&segment=${segment}`)
  expect(part.count?.visits).toBe(whole.exited)
  expect(part.visits.every(visit => visit.segment.warehouse === 'WH-2')).toBe(true)
})

test('visits come in pages, the slowest first, newest or oldest, and within bounds of how long they took', async () => {
  const all = left(at(48), at(0))
  const seen: string[] = []
  let page = await listed('number=exited&limit=100&from=2026-11-21T00:00:00Z')
  expect(page.count?.visits).toBe(all.length)
  for (;;) {
    seen.push(...page.visits.map(visit => visit.case))
    if (page.next === undefined) break
    page = await listed(`number=exited&limit=100&cursor=${page.next}`)
    expect(page.count).toBeNull()
  }
  const slowest = all.toSorted(
    (one, other) => other.durationMs! - one.durationMs! || (one.start < other.start ? 1 : -1),
  )
  expect(seen).toEqual(slowest.map(visit => visit.case))
  const first = async (order: string) => (await listed(`${between(48, 0)}&order=${order}&limit=1`)).visits[0]?.case
  expect(await first('newest')).toBe(all.toSorted((one, other) => other.end! - one.end!)[0]?.case)
  expect(await first('oldest')).toBe(all.toSorted((one, other) => one.end! - other.end!)[0]?.case)
  const some = await listed(`${between(48, 0)}&at_least=2m&at_most=3m&limit=1000`)
  const within = all.filter(({ durationMs: ms }) => ms! >= 120_000 && ms! <= 180_000)
  expect([some.count?.visits, some.visits.length]).toEqual([within.length, within.length])
  expect((await stored.ask(`${picking}/visits?order=newest&cursor=${page.next ?? '1.2.abc'}`)).status).toBe(400)
})

test('the oldest open visits are listed with their ages, and those that may be late by how probably they are', async () => {
  const open = stored.visits
    .filter(({ outcome }) => outcome === 'open')
    .toSorted((one, other) => one.start - other.start)
  expect(open.length).toBeGreaterThan(3)
  for (const [index, { case: id, start }] of open.entries()) {
    const [due, chance] = [instant(storedAt + 60_000 - index), { low: index / 10, high: index / 10 }]
    stored.engine.setDeadlines(id, [
      { stage: 'picking', start, due, state: 'on_time', chance, level: 0.5, within: undefined },
    ])
  }
  const found = openStageSchema.parse(await answer(`${picking}/open-cases?limit=200`))
  expect(found.oldest?.map(visit => [visit.case, visit.age_ms])).toEqual(
    open.map(({ case: id, start }) => [id, storedAt - start]),
  )
  expect(found.oldest?.[0]?.deadline).toMatchObject({ due_at: iso(storedAt + 60_000), late: { low: 0, high: 0 } })
  expect(found.at_risk?.map(visit => visit.case)).toEqual(
    open
      .slice(1)
      .reverse()
      .map(visit => visit.case),
  )
  expect(found.looked_at).toBe(open.length)
  expect(found.values).toMatchObject({ wip: open.length, live_p90: expect.any(Number), p90: expect.any(Number) })
  const some = open[0]!.segment.warehouse
  const part = openStageSchema.parse(
    await answer(`${picking}/open-cases?limit=1&segment=${encodeURIComponent(JSON.stringify({ warehouse: some }))}`),
  )
  expect(part.oldest?.map(visit => visit.case)).toEqual([open[0]!.case])
  // As it is overdue, it is at risk no more.
  stored.engine.setDeadlines(open[1]!.case, [
    {
      ...{ stage: 'picking', start: open[1]!.start, due: instant(storedAt - 1), state: 'overdue' as const },
      ...{ chance: { low: 1, high: 1 }, level: 0.5, within: undefined },
    },
  ])
  const later = openStageSchema.parse(await answer(`${picking}/open-cases`))
  expect(later.oldest?.[1]?.overdue).toBe(true)
  expect(later.at_risk?.map(visit => visit.case)).not.toContain(open[1]!.case)
})

test.each([
  ['picking/open-cases?segment={"zone":"x"}', /not cut by .*use some of warehouse/],
  ['payment/open-cases?segment={"zone":"x"}', /leave out `segment`/],
  ['picking/segments?by=carrier', /picking is not cut by .*use some of warehouse/],
  ['payment/segments', /cut by no dimension/],
  ['picking/segments?limit=0', /between 1 and 1000/],
  ['picking/segments?order=size', /is none of sum_ms/],
  ['picking/visits?number=wip', /is none of exited/],
  ['picking/visits?at_least=long', /is no duration/],
  ['picking/visits?cursor=abc', /none of this list/],
  ['picking/visits?limit=1001', /between 1 and 1000/],
  ['picking/history?compare=ever', /is none of period-before/],
  ['picking/history?step=10s&from=2026-01-01T00:00:00Z', /shorter range/],
])('%s is refused with what to do', async (path, said) => {
  const { status, text } = await stored.ask(`/api/v1/processes/quick-delivery/stages/${path}`)
  expect(status).toBe(400)
  expect(text).toMatch(said)
})
