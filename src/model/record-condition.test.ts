import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkRecordCondition, compileRecordCondition } from './record-condition.ts'

const record = {
  tenant: 'cn',
  amount: 12.5,
  total: '12.50',
  order: '12345678901234567890',
  express: true,
  note: null,
  customer: { id: 7, region: 'north', tags: ['new', 'vip', 3] },
  items: [{ sku: 'A-1' }, { sku: 'B-2' }],
  name: '🧨ab',
}

test.each([
  ['tenant == "cn"', true],
  ['tenant == "de"', false],
  ['tenant != "de"', true],
  ['customer.region in ["north", "south"]', true],
  ['customer.region in ["east"]', false],
  ['customer.id in [1, 7]', true],
  ['has(customer.id) && !has(customer.phone)', true],
  ['has(note)', false],
  ['has(tenant) == true', true],
  ['amount > 12 && amount <= 12.5', true],
  ['amount * 2 == 25', true],
  ['-amount < -12', true],
  ['(amount + 7.5) / 4 - 1 == 4', true],
  ['amount / 0 > 1 || amount / 0 <= 1', false],
  ['customer.id == 7', true],
  ['express', true],
  ['!express', false],
  ['tenant', false],
  ['express == true', true],
  ['tenant.startsWith("c") && tenant.endsWith("n") && tenant.contains("cn")', true],
  ['amount.startsWith("1")', false],
  ['size(tenant) == 2 && tenant.size() == 2', true],
  ['size(name) == 3', true],
  ['size(items) == 2 && size(customer) == 3', true],
  ['size(amount) == 0', false],
  ['items[1].sku == "B-2"', true],
  ['items[2].sku == "B-2"', false],
  ['customer["region"] == "north"', true],
  ['"vip" in customer.tags', true],
  ['"id" in customer', true],
  ['"toString" in customer', false],
  ['express ? amount > 1 : amount > 100', true],
  ['tenant < "d" && tenant > "cm"', true],
  ['true', true],
])('of the record, %s is %s', (text, expected) => {
  expect(checkRecordCondition(text)).toBeUndefined()
  expect(compileRecordCondition(text)(record)).toBe(expected)
})

test.each(['missing == "a"', 'missing != "a"', 'missing > 1', 'missing <= 1', 'missing in ["a"]', 'note != "a"'])(
  'a comparison with a field that is not there is false: %s',
  text => {
    expect(compileRecordCondition(text)(record)).toBe(false)
    expect(compileRecordCondition(`!(${text})`)(record)).toBe(true)
  },
)

test.each([
  'tenant.x.y == 1',
  'amount.x == 1',
  'items.sku == "A-1"',
  'items.length == 2',
  'has(constructor)',
  'has(customer.toString)',
  'tenant.length == 2',
])('what is no member of the record is not there: %s', text => {
  expect(compileRecordCondition(text)(record)).toBe(false)
})

test('a text that spells a number is compared with numbers as that number, with texts as the text', () => {
  const holds = (text: string) => compileRecordCondition(text)(record)
  expect(holds('total > 12 && total == 12.5 && total in [12.5]')).toBe(true)
  expect(holds('total == amount && total <= amount')).toBe(true)
  expect(holds('total == "12.5"')).toBe(false)
  expect(holds('total == "12.50"')).toBe(true)
  expect(holds('order == "12345678901234567890" && order > 5')).toBe(true)
  expect(holds('tenant > 5 || tenant <= 5 || tenant == 5')).toBe(false)
  expect(holds('tenant != 5')).toBe(true)
  expect(holds('customer.id in ["7"]')).toBe(true)
})

test.each([
  [
    'a.matches("(a+)+$")',
    0,
    'matches is not available, because a pattern can stall; use startsWith, endsWith or contains',
  ],
  ['a.startWith("x")', 0, 'there is no function "startWith"; did you mean "startsWith"?'],
  ['a == null', 5, 'a comparison with null never holds; write has(field) or !has(field)'],
  ['tenant == "cn" && "x"', 18, '`"x"` is a text, neither true nor false; compare it with something'],
  ['size(a) == "x"', 0, '`size(a) == "x"` compares a number with a text'],
  ['a + "x" == 3', 4, '`"x"` is a text; only numbers can be calculated with'],
  ['a in [b]', 6, '`b` may not stand in a list; write texts and numbers'],
  ['a in "abc"', 5, 'a list or a field is expected after "in"'],
  ['[1] == a', 0, 'a list may only stand after "in", e.g. region in ["north", "south"]'],
  ['a[-1] == 2', 0, '`a[-1]` is no field; a field is written like customer.id, customer["id"], items[0].id'],
  ['has(1)', 4, '`1` is no field; a field is written like customer.id, customer["id"], items[0].id'],
  ['1 < a < 3', 0, '"<" orders numbers and texts; a range is written a < b && b < c'],
  ['a.all(x, x > 1)', 0, 'there is no function "all"; there is: has, size, startsWith, endsWith, contains'],
  ['package == 1', 0, 'package is a reserved word of CEL and cannot be a name here'],
  ['a % 2 == 1', 0, '`a % 2` is not available in a condition over fields'],
  ['1.contains("a")', 0, '`1` is no text'],
])('%s is refused at offset %i', (text, offset, message) => {
  expect(checkRecordCondition(text)).toMatchObject({ offset, message })
  expect(() => compileRecordCondition(text)).toThrow(message)
})

test('whatever the record holds, a condition answers true or false and its negation the contrary', () => {
  const conditions = [
    ...['a == 1', 'a != b', 'a.b < "x"', 'a in [1, "2"]', 'a in b', 'size(a) > 1', 'a.startsWith("x")', 'has(a.b)'],
    ...['a + b > 2', 'a[0] == b["b"]', 'a ? b : a.b', '-a < b'],
  ].map(text => [compileRecordCondition(text), compileRecordCondition(`!(${text})`)] as const)
  const anyRecord = fc.oneof(fc.jsonValue(), fc.record({ a: fc.jsonValue(), b: fc.jsonValue() }, { requiredKeys: [] }))
  fc.assert(
    fc.property(anyRecord, value => {
      for (const [holds, contrary] of conditions) expect([holds(value), contrary(value)]).toContain(true)
      for (const [holds, contrary] of conditions) expect(holds(value)).toBe(!contrary(value))
    }),
  )
})
