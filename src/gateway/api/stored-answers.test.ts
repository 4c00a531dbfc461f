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
import { auditListSchema, definitionListSchema } from '../../protocol/definitions.ts'
import { caseTimelineSchema } from '../../protocol/history.ts'
import type { Explanation } from '../../rules/explanation.ts'
import type { AuditRow } from '../../store/writing/tables/audit.ts'
import type { DefinitionRow } from '../../store/writing/tables/definitions.ts'

let stored: StoredProcess

beforeAll(async () => {
  stored = await storedProcess()
  stored.store.write({
    definitions: [
      definition('slow', 1, { when: 'p90 > 5', forMs: 10, by: ['a'] }),
      definition('slow', 3, { when: 'p90 > 50', forMs: 10, severity: 'info' }),
      definition('slow', 5, undefined),
      definition('slow', 6, { when: 'p90 > 5', forMs: 10 }),
      definition('other', 2, { when: 'wip > 1' }),
      { ...definition('foreign', 4, { when: 'true' }), process: 'claims' },
      { ...definition('picking', 4, { by: [] }), kind: 'stage' },
    ],
    audit: [
      ...[1, 2, 3, 4].map(sequence => entry('here', sequence)),
      entry('there', 2, { actor: 'ben', action: 'silence', subject: 'silence s', detail: null }),
    ],
  })
  await stored.store.flush()
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

test('a case tells which of its visits were told otherwise first, and when, by its own rows alone', async () => {
  const began = Date.now()
  const row = (start: number, more: Partial<ReturnType<typeof visitRow>>) => ({
    ...visitRow('quick-delivery', {
      ...{ case: 'MOVED-1' as CaseId, stage: 'picking', start: instant(storedAt + start) },
      ...{ end: instant(storedAt + 5_000), outcome: 'completed' },
    }),
    ...more,
  })
  const other = visitRow('quick-delivery', { case: 'MOVED-2' as CaseId, start: instant(storedAt), outcome: 'open' })
  stored.store.write({
    visits: [row(1_000, { position: 1 }), row(2_000, { position: 1 }), row(3_000, { position: 1 }), other],
  })
  await stored.store.flush()
  const ask = async () => caseTimelineSchema.parse((await stored.ask(`${cases}/MOVED-1`)).body)
  expect((await ask()).corrections).toEqual([])
  const later = [
    row(1_000, { position: 2, deleted: true }),
    row(2_000, { position: 2, corrected: true, end: instant(storedAt + 9_000) }),
    // As it was, told once more.
    row(3_000, { position: 2 }),
  ]
  stored.store.write({ visits: later })
  await stored.store.flush()
  const { visits, corrections } = await ask()
  expect(visits.map(({ started_at }) => Date.parse(started_at) - storedAt)).toEqual([2_000, 3_000])
  expect(corrections.map(({ kind, visit, started_at }) => [kind, visit, Date.parse(started_at) - storedAt])).toEqual([
    ['withdrawn', null, 1_000],
    ['changed', visits[0]?.visit, 2_000],
  ])
  for (const { at } of corrections) {
    expect(Date.parse(at)).toBeGreaterThanOrEqual(began)
    expect(Date.parse(at)).toBeLessThanOrEqual(Date.now())
  }
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

const definition = (name: string, sinceHours: number, fields: object | undefined): DefinitionRow => ({
  ...{ process: 'quick-delivery', kind: 'rule', name, since: instant(storedAt + sinceHours * 3_600_000) },
  ...{ hash: fields === undefined ? '' : JSON.stringify(fields).length.toString().padStart(64, '0') },
  ...{ version: undefined, owner: 'warehouse', epoch: 0 },
  definition: fields === undefined ? '' : JSON.stringify({ name, ...fields }),
})

const entry = (chain: string, sequence: number, change: Partial<AuditRow> = {}): AuditRow => ({
  ...{ chain, sequence, at: storedAt + sequence * 1_000, actor: 'ana', action: 'acknowledge', subject: 'alert a' },
  ...{ detail: { comment: '=1+1' }, previous: '0'.repeat(64), hash: `${sequence}`.padStart(64, '0') },
  ...change,
})

async function answer(path: string) {
  const { status, body, text } = await stored.ask(path)
  expect(status, text).toBe(200)
  return body
}

test('definitions are told from the newest change on: what is new, what is another than before, what is gone', async () => {
  const list = async (query: string) =>
    definitionListSchema.parse(await answer(`/api/v1/processes/quick-delivery/definitions?${query}`))
  const rules = await list('kind=rule')
  expect(rules.definitions.map(({ name, what, in_force }) => [name, what, in_force])).toEqual([
    ['slow', 'new', true],
    ['slow', 'gone', false],
    ['slow', 'changed', false],
    ['other', 'new', true],
    ['slow', 'new', false],
  ])
  expect(rules.definitions[2]?.changes).toEqual([
    { field: 'by', before: ['a'], after: null },
    { field: 'severity', before: null, after: 'info' },
    { field: 'when', before: 'p90 > 5', after: 'p90 > 50' },
  ])
  expect(rules.definitions[1]).toMatchObject({ hash: null, definition: null, changes: [] })
  expect((await list('name=picking')).definitions.map(({ kind }) => kind)).toEqual(['stage'])
  const seen: string[] = []
  let page = await list('limit=2')
  for (;;) {
    seen.push(...page.definitions.map(({ kind, name, what }) => `${kind} ${name} ${what}`))
    if (page.next === undefined) break
    page = await list(`limit=2&cursor=${page.next}`)
  }
  // What was there before the first page is known on the others, too.
  expect(seen).toEqual([
    ...['rule slow new', 'rule slow gone', 'stage picking new', 'rule slow changed', 'rule other new', 'rule slow new'],
  ])
})

test('the audit is told from the newest entry on, over all chains, by whom and what was asked for', async () => {
  const list = async (query: string) => auditListSchema.parse(await answer(`/api/v1/audit?${query}`))
  const places = ({ entries }: { entries: { chain: string; sequence: number }[] }) =>
    entries.map(({ chain, sequence }) => `${chain} ${sequence}`)
  expect(places(await list(''))).toEqual(['here 4', 'here 3', 'there 2', 'here 2', 'here 1'])
  const first = await list('limit=3')
  expect(places(await list(`limit=3&cursor=${first.next}`))).toEqual(['here 2', 'here 1'])
  expect((await list('actor=ben')).entries).toMatchObject([{ action: 'silence', subject: 'silence s', detail: null }])
  expect(
    places(await list(`action=acknowledge&subject=alert+a&to=${new Date(storedAt + 3_000).toISOString()}`)),
  ).toEqual(['here 2', 'here 1'])
  const { text } = await stored.ask('/api/v1/audit?format=csv&limit=1')
  expect(text).toContain("'=1+1")
  for (const [query, said] of [
    [`from=${new Date(storedAt).toISOString()}&to=${new Date(0).toISOString()}`, 'not before'],
    [`actor=ben&cursor=${first.next}`, 'belongs to another question'],
  ]) {
    const refused = await stored.ask(`/api/v1/audit?${query}`)
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining(said as string)])
  }
})
