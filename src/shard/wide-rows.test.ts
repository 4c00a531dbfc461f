import { expect, test } from 'vitest'
import { compileDecoder } from '../decode/decoder.ts'
import { instant } from '../event/instant.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import { loadDefinitions } from '../model/load.ts'
import { Shard } from './shard.ts'

const owners = { name: 'owners.yaml', text: 'ops: {title: {en: Operations}, members: [], contact_points: []}\n' }

const orders = `
process: orders
title: {en: Orders}
owner: ops
sources:
  - topics: [orders.table]
    format: json
    case: order_id
    activities_at: {paid: paid_at, picked: picked_at, delivered: delivered_at}
activities: [paid, picked, delivered]
ends: {completed: [delivered]}
settle: 1h
pane: 1m
stages:
  picking: {title: {en: Picking}, from: paid, to: picked}
  delivery: {title: {en: Delivery}, from: picked, to: delivered}
`

function loaded(text: string): ProcessDefinition {
  const { definitions, problems } = loadDefinitions([{ name: 'orders.yaml', text }, owners])
  expect(problems).toEqual([])
  return definitions?.processes[0] as ProcessDefinition
}

test('a row that changes long after settle repeats its old columns as duplicates, not as late events', () => {
  const process = loaded(orders)
  const decode = compileDecoder(process, process.sources[0]!)
  const shard = new Shard({ process, partition: 0, topics: ['orders.table'], epoch: 0 })
  const decoded = shard.newRecord()
  const rows = [
    { order_id: 'A', paid_at: '2026-01-01T08:00:00Z' },
    { order_id: 'A', paid_at: '2026-01-01T08:00:00Z', picked_at: '2026-01-01T12:00:00Z' },
    { order_id: 'B', paid_at: '2026-01-02T08:00:00Z' },
    {
      order_id: 'A',
      paid_at: '2026-01-01T08:00:00Z',
      picked_at: '2026-01-01T12:00:00Z',
      delivered_at: '2026-01-02T09:00:00Z',
    },
  ]
  rows.forEach((row, offset) => {
    const value = Buffer.from(JSON.stringify(row))
    const record = { offset, key: null, value, timestamp: undefined, notAfter: instant(Infinity) }
    decoded.fill(decode(record))
    shard.fold(0, record, decoded)
  })

  expect(shard.countsOf(0)).toMatchObject({ events: 7, counted: 4, duplicate: 3, late: 0 })
  const { visits, deadLetters } = shard.takeOutput()
  expect(deadLetters).toEqual([])
  expect(
    visits.filter(({ outcome }) => outcome === 'completed').map(({ stage, case: id }) => `${stage} ${id}`),
  ).toEqual(['picking A', 'delivery A'])
})

test('a column that was changed to another old time is late, and kept as a dead letter', () => {
  const process = loaded(orders)
  const decode = compileDecoder(process, process.sources[0]!)
  const shard = new Shard({ process, partition: 0, topics: ['orders.table'], epoch: 0 })
  const decoded = shard.newRecord()
  const rows = [
    { order_id: 'A', paid_at: '2026-01-01T08:00:00Z', picked_at: '2026-01-01T12:00:00Z' },
    { order_id: 'B', paid_at: '2026-01-02T08:00:00Z' },
    { order_id: 'A', paid_at: '2026-01-01T08:30:00Z', picked_at: '2026-01-01T12:00:00Z' },
  ]
  rows.forEach((row, offset) => {
    const value = Buffer.from(JSON.stringify(row))
    const record = { offset, key: null, value, timestamp: undefined, notAfter: instant(Infinity) }
    decoded.fill(decode(record))
    shard.fold(0, record, decoded)
  })
  expect(shard.countsOf(0)).toMatchObject({ counted: 3, duplicate: 1, late: 1 })
  expect(shard.takeOutput().deadLetters.map(({ offset, reason }) => [offset, reason])).toEqual([[2, 'late']])
})
