import { expect, test } from 'vitest'
import { compileRecordCondition } from './record-condition.ts'
import { type JsonRecord, satisfyingRecords, withField } from './satisfying-records.ts'

const base: JsonRecord = { order_id: 'A-1', activity: 'created', customer: { id: 'C-1' } }
const found = (text: string, record = base) => {
  const [first] = satisfyingRecords(text, record)
  return first === undefined ? undefined : JSON.parse(JSON.stringify(first))
}

test.each([
  ['tenant == "cn"', { ...base, tenant: 'cn' }],
  ['"cn" == tenant', { ...base, tenant: 'cn' }],
  ['activity == "created"', base],
  ['activity != "paid"', base],
  ['tenant != "cn"', { ...base, tenant: 'example' }],
  ['!(tenant == "cn")', base],
  ['tenant in ["cn", "de"]', { ...base, tenant: 'cn' }],
  ['version in [2, 3]', { ...base, version: 2 }],
  ['"vip" in customer.tags', { ...base, customer: { id: 'C-1', tags: ['vip'] } }],
  ['has(tenant)', { ...base, tenant: 'example' }],
  ['!has(customer.id)', { ...base, customer: {} }],
  ['express', { ...base, express: true }],
  ['express == false', { ...base, express: false }],
  ['amount > 100', { ...base, amount: 101 }],
  ['amount > 10 && amount < 20', { ...base, amount: 11 }],
  ['amount * 2 >= 50', { ...base, amount: 50 }],
  ['size(note) > 30', { ...base, note: 'x'.repeat(31) }],
  ['order_id.startsWith("CN-") && order_id.endsWith("!")', { ...base, order_id: 'CN-A-1!' }],
  ['customer["id"] == "C-2" && items[1].sku == "x"', { ...base, customer: { id: 'C-2' }, items: [null, { sku: 'x' }] }],
  ['a.b == c', { ...base, a: { b: 'example' }, c: 'example' }],
  ['tenant == "cn" && (version == 2 || has(legacy))', { ...base, tenant: 'cn', version: 2 }],
  ['(tenant == "cn" || tenant == "de") && tenant != "cn"', { ...base, tenant: 'de' }],
  ['has(v) ? v == 2 : tenant == "cn"', { ...base, v: 2 }],
  ['true', base],
])('the record nearest to the given one for which %s', (text, expected) => {
  expect(found(text)).toEqual(expected)
})

test.each([
  'tenant == "cn" && tenant == "de"',
  'tenant != tenant',
  'has(a) && !has(a)',
  'false',
  // What no value that is tried makes true is left alone, although there is one.
  'amount * amount == 1849',
])('no record is made up for which %s', text => {
  expect(found(text)).toBeUndefined()
})

test('whatever is found, the condition holds of it', () => {
  const text = '!(has(a.b) && x > 3) && (kind in ["p", "q"] ? size(name) == 3 || flag : !flag && n - 2 == 3)'
  const holds = compileRecordCondition(text)
  const records = [...satisfyingRecords(text, { a: { b: 1 }, x: 4 })]
  expect(records.length).toBeGreaterThan(5)
  for (const record of records) expect(holds(JSON.parse(JSON.stringify(record)))).toBe(true)
})

test('a contradiction of many parts is given up, not tried in all its combinations', () => {
  const parts = Array.from({ length: 12 }, (_, index) => `(a${index} == "x" || b${index} == "y" || c${index} > 3)`)
  expect(found([...parts, 'z == 1', 'z == 2'].join(' && '))).toBeUndefined()
})

test('names that every object inherits are fields like others, and nothing but the record is changed', () => {
  const text = 'x["__proto__"].polluted == "yes" && constructor == "c"'
  const [record] = satisfyingRecords(text, {})
  expect(JSON.stringify(record)).toBe('{"x":{"__proto__":{"polluted":"yes"}},"constructor":"c"}')
  expect('polluted' in {}).toBe(false)
})

test('the record that a value is put into stays as it was', () => {
  const before = { a: { b: 1 } }
  expect(withField(before, ['a', 'c'], 2)).toEqual({ a: { b: 1, c: 2 } })
  expect(withField(before, ['a', 'b', 'c'], 2)).toEqual({ a: { b: { c: 2 } } })
  expect(withField({}, ['list', 4_000_000_000], 1)).toEqual({ list: undefined })
  expect(before).toEqual({ a: { b: 1 } })
})
