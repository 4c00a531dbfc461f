import { expect, test } from 'vitest'
import { asOfCompany, MOST_COMPANIES } from './simulated-company.ts'
import { SimulatedStream } from './simulation.ts'
import { newPlan, OFFSETS_PER_MS } from './simulation-plan.ts'

const startedAt = Date.UTC(2026, 10, 23)
const stream = new SimulatedStream(newPlan(startedAt), startedAt * OFFSETS_PER_MS)
const [record] = stream.take(startedAt + 60_000, 1)
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString()

test('the first company is the one that is simulated', () => {
  expect(asOfCompany(record!, 0)).toEqual({ key: record!.key, value: record!.value })
})

test('another company has the same orders under other ids, in the key and in both fields', () => {
  const before = textOf(record!.value!)
  const first = JSON.parse(before)
  const { key, value } = asOfCompany(record!, 37)
  const copy = JSON.parse(textOf(value))
  const id = first.order_id.replace('O-', '11')
  expect(copy).toEqual({ ...first, order_id: id, event_id: first.event_id.replace('O-', '11') })
  expect(copy.event_id.startsWith(id)).toBe(true)
  expect(textOf(key)).toBe(id)
  expect(textOf(record!.value!)).toBe(before)
})

test('no two companies share an order', () => {
  const keys = Array.from({ length: MOST_COMPANIES }, (_, company) => textOf(asOfCompany(record!, company).key))
  expect(new Set(keys).size).toBe(MOST_COMPANIES)
})
