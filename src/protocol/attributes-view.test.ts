import { expect, test } from 'vitest'
import { attributesView } from './attributes-view.ts'

const attributes = [
  { name: 'warehouse', kind: 'dimension', readByWhere: false },
  { name: 'amount', kind: 'value', decimals: 2, readByWhere: false },
  { name: 'items', kind: 'number', readByWhere: false },
] as const

test('an amount is told in its own unit, and all else as it is', () => {
  const shown = attributesView({ attributes }, { warehouse: 'WH-2', amount: 6_905, items: 3, paid: true })
  expect(shown).toEqual({ warehouse: 'WH-2', amount: 69.05, items: 3, paid: true })
  expect(attributesView({ attributes }, { amount: 29 })).toEqual({ amount: 0.29 })
  expect(attributesView({ attributes }, { warehouse: null, amount: null })).toEqual({ warehouse: null, amount: null })
})
