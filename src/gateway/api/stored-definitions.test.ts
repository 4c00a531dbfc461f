import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StoredProcess, storedAt, storedProcess } from '../../../test/support/store/stored-process.ts'
import { instant } from '../../event/instant.ts'
import { auditListSchema, definitionListSchema } from '../../protocol/definitions.ts'
import type { AuditRow } from '../../store/writing/tables/audit.ts'
import type { DefinitionRow } from '../../store/writing/tables/definitions.ts'

let stored: StoredProcess

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
