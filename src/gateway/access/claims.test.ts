import { expect, test } from 'vitest'
import { type ClaimRules, identityOf } from './claims.ts'

const rules: ClaimRules = {
  nameClaim: undefined,
  roleClaim: 'groups',
  roleOf: new Map([
    ['ops', 'responder'],
    ['leads', 'approver'],
    ['constructor', 'admin'],
  ]),
  ownersClaim: undefined,
}
const of = (claims: object, changed: Partial<ClaimRules> = {}) =>
  identityOf({ sub: 'u-1', ...claims }, { ...rules, ...changed })

test.each([
  ['one of several groups', { groups: ['x', 'ops'] }, {}, 'responder'],
  ['the group that may do most, wherever it stands', { groups: ['leads', 'ops'] }, {}, 'approver'],
  ['a claim that is one text', { groups: 'ops' }, {}, 'responder'],
  ['a claim below others', { realm: { access: { roles: ['ops'] } } }, { roleClaim: 'realm.access.roles' }, 'responder'],
  [
    'a claim named by an address',
    { 'https://x.example/roles': ['ops'] },
    { roleClaim: 'https://x.example/roles' },
    'responder',
  ],
  ['no group', {}, {}, undefined],
  ['groups that nobody mapped', { groups: ['x'] }, {}, undefined],
  ['what is no text', { groups: [{ ops: true }, 1, null] }, {}, undefined],
  ['what every object has', {}, { roleClaim: 'constructor.name' }, undefined],
] as const)('a role comes from %s', (_what, claims, changed, role) => {
  expect(of(claims, changed).role).toBe(role)
})

test('a name is the one that people know, and there is always one', () => {
  expect(of({ preferred_username: 'li.wei', email: 'li@example.com' }).name).toBe('li.wei')
  expect(of({ preferred_username: ' ', email: 'li@example.com' }).name).toBe('li@example.com')
  expect(of({}).name).toBe('u-1')
  expect(of({ email: 'li@example.com' }, { nameClaim: 'email' }).name).toBe('li@example.com')
  expect(of({ preferred_username: 'li.wei' }, { nameClaim: 'email' }).name).toBe('u-1')
  expect(of({ preferred_username: 'x'.repeat(500) }).name).toHaveLength(200)
})

test('where owners are said by a claim, whoever lacks it acts for none', () => {
  expect(of({}).owners).toBeUndefined()
  expect(of({}, { ownersClaim: 'teams' }).owners).toEqual(new Set())
  expect(of({ teams: ['a', 'b'] }, { ownersClaim: 'teams' }).owners).toEqual(new Set(['a', 'b']))
})
