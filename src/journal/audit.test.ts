import fc from 'fast-check'
import { expect, test } from 'vitest'
import { instant } from '../event/instant.ts'
import { type AuditEntry, type AuditRecord, beginningOfAudit, linkAudit, verifyAudit } from './audit.ts'

const record = (number: number): AuditRecord => ({
  at: instant(1_000 + number),
  actor: 'li.wei',
  action: 'acknowledge',
  subject: `alert ${number}`,
  detail: { reason: '慢', nested: { b: [1, 'x', null], a: true } },
})

function chainOf(count: number): AuditEntry[] {
  const entries: AuditEntry[] = []
  for (let number = 1; number <= count; number++) {
    entries.push(linkAudit(entries.at(-1) ?? beginningOfAudit, record(number)))
  }
  return entries
}

test('a chain is intact, whole or any piece of it, also after it was JSON with fields in another order', () => {
  const entries = chainOf(5)
  const last = entries[4]!
  expect(entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5])
  expect(verifyAudit(entries, beginningOfAudit, last)).toEqual({ intact: true, head: { sequence: 5, hash: last.hash } })
  expect(verifyAudit(entries.slice(2), entries[1])).toMatchObject({ intact: true })
  expect(verifyAudit([])).toEqual({ intact: true, head: beginningOfAudit })
  const backwards = (value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([name, field]) => [name, backwards(field)]),
        )
      : value
  const read = JSON.parse(JSON.stringify(entries)).map(backwards)
  expect(Object.keys(read[0])[0]).toBe('hash')
  expect(verifyAudit(read)).toMatchObject({ intact: true })
})

test.each<[string, (entries: AuditEntry[]) => AuditEntry[], number, string]>([
  ['changed', ([a, b, ...rest]) => [a!, { ...b!, actor: 'somebody else' }, ...rest], 2, 'changed'],
  ['changed in its detail', ([a, b, ...rest]) => [a!, { ...b!, detail: {} }, ...rest], 2, 'changed'],
  ['taken out', ([a, , ...rest]) => [a!, ...rest], 2, 'missing'],
  ['taken out at the beginning', entries => entries.slice(1), 1, 'missing'],
  ['taken out at the end', entries => entries.slice(0, -1), 5, 'missing'],
  ['moved', ([a, b, c, ...rest]) => [a!, c!, b!, ...rest], 2, 'missing'],
  ['doubled', ([a, ...rest]) => [a!, a!, ...rest], 2, 'missing'],
  ['replaced, hash and all', ([a, , ...rest]) => [a!, linkAudit(a!, record(9)), ...rest], 3, 'not-linked'],
  ['replaced at the end', entries => [...entries.slice(0, 4), linkAudit(entries[3]!, record(9))], 5, 'changed'],
])('an entry that was %s shows', (_what, change, sequence, problem) => {
  const entries = chainOf(5)
  expect(verifyAudit(change(entries), beginningOfAudit, entries[4])).toEqual({ intact: false, sequence, problem })
})

test('no change of any field of any entry goes unseen', () => {
  const entries = chainOf(6)
  const fields = Object.keys(entries[0]!) as (keyof AuditEntry)[]
  fc.assert(
    fc.property(fc.nat(5), fc.constantFrom(...fields), fc.jsonValue(), (index, field, value) => {
      fc.pre(JSON.stringify(value) !== JSON.stringify(entries[index]![field]))
      const changed = entries.map((entry, at) => (at === index ? { ...entry, [field]: value } : entry)) as AuditEntry[]
      expect(verifyAudit(changed, beginningOfAudit, entries[5]).intact).toBe(false)
    }),
  )
})
