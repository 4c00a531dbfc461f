import { expect, test } from 'vitest'
import { foldFingerprint } from './fold-fingerprint.ts'
import { loadDefinitions } from './load.ts'

const base = `process: orders
title: Orders
owner: ops
timezone: UTC
sources:
  - topics: [t]
    format: json
    case: c
    activity: {from: status, map: {P: paid, K: picked}}
    time: ts
    dimensions: {warehouse: wh, carrier: ca}
    value: {field: amount, currency: CNY, decimals: 2}
    instants: {due: due, other: other}
activities: [created, paid, picked]
starts: [created]
ends: {completed: [picked]}
settle: 1h
pane: 10s
case_timeout: 30d
evaluate_every: 1s
stages:
  picking: {title: Picking, from: paid, to: picked, owner: ops, target: 4h, by: [warehouse], max_segments: 50, calendar: work}
  lead: {from: created, to: picked, deadline: {at: due, through: [picking], window: 30d, level: 0.5}}
measures:
  revenue: {title: Revenue, of: value, on: [paid], by: [warehouse], owner: ops, max_segments: 9}
rules:
  slow: {stage: picking, window: 15m, when: wip > 5}
`

const calendars = `work:
  title: Work
  timezone: Asia/Shanghai
  week: {mon-fri: [09:00-12:00, 12:00-18:00]}
  holidays: [{date: 2026-10-01, name: National Day}]
  working_days: [{date: 2026-10-10, like: fri}]
other: {timezone: UTC, week: {mon: [09:00-18:00]}}
`

function fingerprint(written = '', instead = ''): string {
  const files = [
    { name: 'p.yaml', text: base },
    { name: 'calendars.yaml', text: calendars },
  ]
  if (!files.some(({ text }) => text.includes(written))) throw new Error(`"${written}" does not stand in the files`)
  const { definitions, problems } = loadDefinitions([
    ...files.map(({ name, text }) => ({ name, text: text.replace(written, () => instead) })),
    { name: 'owners.yaml', text: 'ops: {title: Operations}\nothers: {title: Others}' },
  ])
  expect(problems).toEqual([])
  return foldFingerprint(definitions!.processes[0]!)
}

test('a fingerprint is a SHA-256 in hex', () => {
  expect(fingerprint()).toMatch(/^[0-9a-f]{64}$/)
})

test.each([
  ['title: Orders', 'title: {en: Other, zh: 其他}'],
  ['owner: ops', 'owner: others'],
  ['timezone: UTC', 'timezone: Asia/Shanghai'],
  ['evaluate_every: 1s', 'evaluate_every: 2s'],
  ['title: Picking, ', ''],
  ['to: picked, owner: ops', 'to: picked, owner: others'],
  ['target: 4h', 'target: {default: 3h, by: {warehouse: {W: 1h}}}'],
  ['currency: CNY', 'currency: EUR'],
  ['title: Revenue, ', ''],
  ['owner: ops, max_segments: 9', 'owner: others, max_segments: 9'],
  ['when: wip > 5', 'when: wip > 6'],
  ['rules:\n', 'metrics: {}\nrules:\n'],
  ['{P: paid, K: picked}', '{K: picked, P: paid}'],
  ['process: orders\n', '\n\nprocess: orders\n'],
  ['title: Work', 'title: Warehouse'],
  ['09:00-12:00, 12:00-18:00', '09:00-18:00'],
  ['{date: 2026-10-01, name: National Day}', '2026-10-01'],
  ['like: fri', 'hours: [09:00-18:00]'],
  ['level: 0.5', 'level: 0.9'],
  [', window: 30d, level: 0.5', ''],
])('%j → %j leaves the state of the fold as it is', (written, instead) => {
  expect(fingerprint(written, instead)).toBe(fingerprint())
})

test.each([
  ['topics: [t]', 'topics: [u]'],
  ['format: json', 'format: debezium'],
  ['case: c', 'case: d'],
  ['{P: paid, K: picked}', '{P: picked, K: paid}'],
  ['time: ts', 'time: {from: ts, unit: ms}'],
  ['carrier: ca', 'carrier: cb'],
  ['carrier: ca', 'courier: ca'],
  ['field: amount', 'field: total'],
  ['decimals: 2', 'decimals: 3'],
  ['activities: [created, paid, picked]', 'activities: [created, picked, paid]'],
  ['starts: [created]', 'starts: [paid]'],
  ['starts: [created]', `starts: [{activity: created, where: 'x == "a"'}]`],
  ['ends: {completed: [picked]}', 'ends: {done: [picked]}'],
  ['settle: 1h', 'settle: 2h'],
  ['pane: 10s', 'pane: 30s'],
  ['case_timeout: 30d', 'case_timeout: 31d'],
  ['from: paid', 'from: created'],
  ['to: picked', 'to: [picked, paid]'],
  ['by: [warehouse]', 'by: [carrier]'],
  ['revenue: {', 'turnover: {'],
  ['on: [paid]', 'on: [picked]'],
  ['on: [paid], ', ''],
  ['of: value, on: [paid], by: [warehouse]', 'of: value, on: [paid], by: [carrier]'],
  ['max_segments: 9', 'max_segments: 9, distinct: true'],
  ['max_segments: 9', 'max_segments: 8'],
  ['max_segments: 50', 'max_segments: 51'],
  ['max_segments: 50, calendar: work', 'max_segments: 50'],
  ['calendar: work', 'calendar: other'],
  ['timezone: Asia/Shanghai\n  week', 'timezone: Asia/Singapore\n  week'],
  ['09:00-12:00, 12:00-18:00', '09:00-12:00, 13:00-18:00'],
  ['date: 2026-10-01', 'date: 2026-10-02'],
  ['date: 2026-10-10', 'date: 2026-10-11'],
  ['at: due', 'at: other'],
  ['through: [picking]', 'through: []'],
  ['window: 30d', 'window: 60d'],
  [', deadline: {at: due, through: [picking], window: 30d, level: 0.5}', ''],
])('%j → %j needs a rebuild', (written, instead) => {
  expect(fingerprint(written, instead)).not.toBe(fingerprint())
})

test('another name of a stage needs a rebuild', () => {
  expect(fingerprint('  picking: {', '  pick: {from: paid, to: picked}\n  picking: {')).not.toBe(fingerprint())
})
