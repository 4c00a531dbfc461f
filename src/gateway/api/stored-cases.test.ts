import { afterAll, beforeAll, expect, test } from 'vitest'
import { statusAt } from '../../../test/browser/quick-delivery.ts'
import { type StoredProcess, storedAt, storedProcess } from '../../../test/support/store/stored-process.ts'
import { transitionRow } from '../../../test/support/store/transition-row.ts'
import { visitRow } from '../../../test/support/store/visits-and-panes.ts'
import type { AlertTransition } from '../../alerts/transition.ts'
import type { CaseId } from '../../event/event.ts'
import { instant } from '../../event/instant.ts'
import type { SegmentLabels } from '../../event/segment.ts'
import { caseListSchema } from '../../protocol/case-search.ts'
import { caseTimelineSchema } from '../../protocol/history.ts'
import type { Explanation } from '../../rules/explanation.ts'

let stored: StoredProcess

beforeAll(async () => {
  stored = await storedProcess()
})

afterAll(() => stored.close())

/** What an alert differs in from one on picking in WH-2. */
type Change = { readonly stage?: string; readonly segment?: SegmentLabels; readonly explanation?: Explanation }

const cases = '/api/v1/processes/quick-delivery/cases'

async function search(query: string) {
  const { status, body, text } = await stored.ask(`${cases}?${query}`)
  expect(status, text).toBe(200)
  return caseListSchema.parse(body)
}

const newestFirst = () =>
  stored.visits
    .toSorted((one, other) => other.start - one.start || (one.case < other.case ? 1 : -1))
    .map(visit => visit.case as string)

test('cases are found by the beginning of their id, newest first, on pages that hold while others begin', async () => {
  const expected = newestFirst().filter(id => id.startsWith('ORD-01'))
  const seen: string[] = []
  let page = await search('query=ORD-01&limit=30')
  const late = { case: 'ORD-01-late' as CaseId, start: instant(storedAt + 1_000), outcome: 'open' as const }
  // One that is still to come goes on meanwhile: it is on its page all the same.
  const on = { ...late, case: expected.at(-1) as CaseId, stage: 'packing', start: instant(storedAt + 500) }
  stored.store.write({ visits: [late, on].map(visit => visitRow('quick-delivery', visit)) })
  await stored.store.flush()
  stored.engine.evaluate(statusAt(instant(storedAt + 2_000)), [])
  for (;;) {
    seen.push(...page.cases.map(found => found.case))
    if (page.next === undefined) break
    page = await search(`query=ORD-01&limit=30&cursor=${page.next}`)
  }
  expect(seen).toEqual(expected)
  expect((await search('query=ORD-01&limit=2')).cases.map(found => found.case)).toEqual([late.case, on.case])
  stored.engine.evaluate(statusAt(storedAt), [])
  expect((await search('limit=5')).cases.map(found => found.case)).toEqual(newestFirst().slice(0, 5))
  expect((await search('query=nothing')).cases).toEqual([])
  const { status, text } = await stored.ask(
    `${cases}?query=ORD-02&cursor=${(await search('query=ORD-01&limit=1')).next}`,
  )
  expect([status, text]).toEqual([400, expect.stringContaining('belongs to another question')])
})

test('the case that has the whole id is the first one, however old it is, and is on no other page', async () => {
  const visits = ['A', 'AB', 'AC'].map((id, index) =>
    visitRow('quick-delivery', { case: id as CaseId, start: instant(storedAt - (400 - index) * 86_400_000) }),
  )
  stored.store.write({ visits })
  await stored.store.flush()
  const pages = []
  let page = await search('query=A&limit=1')
  for (;;) {
    pages.push(page.cases.map(found => found.case))
    if (page.next === undefined) break
    page = await search(`query=A&limit=1&cursor=${page.next}`)
  }
  expect(pages).toEqual([['A'], ['AC'], ['AB']])
})

test('a case that is found tells where it is and since when, or how it ended', async () => {
  const visit = (
    stage: string,
    from: number,
    to: number | undefined,
    outcome = to === undefined ? 'open' : 'completed',
  ) =>
    visitRow('quick-delivery', {
      ...{ case: 'STATE-1' as CaseId, stage, outcome: outcome as 'open' },
      ...{ start: instant(storedAt - from), ...(to !== undefined && { end: instant(storedAt - to) }) },
    })
  const story = [
    visit('lead_time', 9_000, undefined),
    visit('payment', 9_000, 8_000),
    visit('picking', 8_000, undefined),
  ]
  stored.store.write({ visits: story })
  await stored.store.flush()
  expect((await search('query=STATE-1')).cases).toEqual([
    {
      case: 'STATE-1',
      state: 'open',
      stage: 'picking',
      since: new Date(storedAt - 8_000).toISOString(),
      started_at: new Date(storedAt - 9_000).toISOString(),
      open_stages: ['picking', 'lead_time'],
      visit_count: 3,
    },
  ])
  const later = { position: 20 }
  stored.store.write({
    visits: [visit('lead_time', 9_000, 1_000), visit('picking', 8_000, 1_000, 'abandoned')].map(one => ({
      ...one,
      ...later,
    })),
  })
  await stored.store.flush()
  expect((await search('query=STATE')).cases).toMatchObject([
    { state: 'abandoned', stage: 'picking', since: new Date(storedAt - 1_000).toISOString(), open_stages: [] },
  ])
})

test('a case has the alerts of its stages and segments while it was there, and those that named it', async () => {
  const [from, to] = [storedAt - 7_200_000, storedAt - 3_600_000]
  const own = visitRow('quick-delivery', {
    ...{ case: 'ALERTED-1' as CaseId, start: instant(from), end: instant(to) },
    attributes: { warehouse: 'WH-2', zone: 7 },
  })
  const again = { ...own, visit: 2, start: instant(to + 600_000), end: instant(to + 900_000) }
  const alert = (id: string, begun: number, ended: number | undefined, change: Change = {}) =>
    [
      { state: 'firing' as const, at: instant(begun) },
      ...(ended === undefined ? [] : [{ state: 'resolved' as const, at: instant(ended) }]),
    ].map(
      step =>
        ({
          ...transitionRow('quick-delivery', { id, segment: { warehouse: 'WH-2' }, ...step }),
          ...change,
        }) as AlertTransition,
    )
  const oldest = [{ case: 'ALERTED-1', enteredAt: instant(from), ageMs: 1 }]
  const { explanation } = transitionRow('quick-delivery', {})
  stored.store.write({
    visits: [own, again],
    transitions: [
      ...alert('during', from + 1_000, from + 2_000),
      ...alert('reaches-in', from - 90_000, from),
      ...alert('still', to, undefined, { segment: { zone: '7' } }),
      ...alert('second', to + 700_000, to + 800_000),
      ...alert('whole', from + 5_000, to + 9_000, { segment: {} }),
      ...alert('before', from - 90_000, from - 1),
      ...alert('after', to + 900_001, undefined),
      ...alert('between', to + 1, to + 599_999),
      ...alert('elsewhere', from, to, { segment: { warehouse: 'WH-1' } }),
      ...alert('other-stage', from, to, { stage: 'packing' }),
      ...alert('named', from, to, {
        stage: 'packing',
        explanation: { ...explanation, openCases: { open: 1, oldest } },
      }),
    ],
  })
  await stored.store.flush()
  const { body } = await stored.ask(`${cases}/ALERTED-1`)
  const { alerts } = caseTimelineSchema.parse(body)
  expect(alerts.map(({ id, visit, names_case }) => [id, visit, names_case])).toEqual([
    ['reaches-in', 1, false],
    ['named', null, true],
    ['during', 1, false],
    ['whole', 1, false],
    ['still', 1, false],
    ['second', 2, false],
  ])
  expect(alerts.map(({ ended_at }) => ended_at === null)).toEqual([...[false, false, false, false, true, false]])
})
