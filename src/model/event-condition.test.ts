import { expect, test } from 'vitest'
import { checkEventCondition, compileEventCondition, eventConditionNames } from './event-condition.ts'

const names = ['lifecycle', 'customer.tier', 'amount']

test.each([
  ['lifecycle == "start"', ['start', null, null], true],
  ['lifecycle == "start"', ['complete', null, null], false],
  ['lifecycle in ["start", "resume"] && amount >= 10', ['resume', 'gold', 10], true],
  ['customer.tier == "gold"', ['start', 'gold', 1], true],
  ['amount > 12', [null, null, '12.50'], true],
  ['has(customer.tier)', [null, null, null], false],
  ['lifecycle.startsWith("st")', ['start', null, null], true],
])('%s of %j is %s', (text, values, expected) => {
  expect(compileEventCondition(text, names)(values)).toBe(expected)
})

test.each(['lifecycle == "start"', 'lifecycle != "start"', 'amount < 5', 'amount >= 5', 'customer.tier in ["gold"]'])(
  'a comparison with null is false, and so its negation true: %s',
  text => {
    expect(compileEventCondition(text, names)([null, null, null])).toBe(false)
    expect(compileEventCondition(`!(${text})`, names)([null, null, null])).toBe(true)
  },
)

test('the names that a condition reads are listed once, paths joined with dots', () => {
  expect(eventConditionNames('a.b == 1 && (c in ["x"] || has(d.e.f)) && size(a.b) > 1 && !g')).toEqual({
    names: ['a.b', 'c', 'd.e.f', 'g'],
  })
  expect(eventConditionNames('true')).toEqual({ names: [] })
})

test('names of a condition that is wrong are its problem', () => {
  expect(eventConditionNames('lifecycle = "start"')).toMatchObject({
    offset: 10,
    message: '"=" is not expected here; write ==',
  })
})

test.each([
  ['lifecicle == "start"', 0, 'there is no field "lifecicle"; did you mean "lifecycle"?'],
  ['amount > 1 && customer.ties == "gold"', 14, 'there is no field "customer.ties"; did you mean "customer.tier"?'],
  ['amount["x"] == 1', 0, '`amount["x"]` is no field; a field is written like lifecycle, customer.id'],
])('%s is refused at offset %i', (text, offset, message) => {
  expect(checkEventCondition(text, names)).toMatchObject({ message, offset })
})
