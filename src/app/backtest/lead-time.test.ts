import { expect, test } from 'vitest'
import { instant } from '../../event/instant.ts'
import { loadDefinitions } from '../../model/load.ts'
import type { VisitRow } from '../../shard/output.ts'
import type { Episode } from './episodes.ts'
import { Breaches } from './lead-time.ts'

const minute = 60_000
const text = `
process: orders
owner: ops
sources:
  - topics: [events]
    format: json
    case: case
    activity: activity
    time: at
    dimensions: {wh: wh}
    instants: {promised: promised}
activities: [paid, picked, packed, sent]
stages:
  picking: {from: paid, to: picked, by: [wh], target: {default: 10m, by: {wh: {far: 30m}}}}
  packing: {from: picked, to: packed}
  sending: {from: packed, to: sent, deadline: promised}
`

function breachesOf(...rows: readonly Partial<VisitRow>[]): Breaches {
  const { definitions, problems } = loadDefinitions([
    { name: 'orders.yaml', text },
    { name: 'owners.yaml', text: 'ops: {title: Operations}\n' },
  ])
  const process = definitions?.processes[0]
  if (process === undefined) throw new Error(JSON.stringify(problems))
  const breaches = new Breaches(process)
  for (const row of rows) breaches.add([visit(row)])
  return breaches
}

const visit = (changes: Partial<VisitRow>): VisitRow => ({
  ...{ source: 'events', partition: 0, epoch: 0, position: 0, process: 'orders' },
  ...{ stage: 'picking', case: 'A', visit: 1, ordinal: 0, start: instant(0), end: undefined, outcome: 'open' },
  ...{ reason: undefined, durationMs: undefined, businessMs: undefined, deleted: false },
  segment: { wh: 'near' },
  attributes: {},
  ...changes,
})

const until = instant(100 * minute)

const leadOf = (breaches: Breaches, fired: number, changes: Partial<Episode> = {}) => {
  const episode = { id: 'e', rule: 'slow', stage: 'picking', segment: {}, fired: instant(fired * minute) }
  return breaches.leadOf([{ ...episode, resolved: undefined, ...changes }], until)
}

const ended = (minutes: number) => ({ outcome: 'completed', end: instant(minutes * minute) }) as const

test.each<[string, readonly Partial<VisitRow>[], Partial<Episode>, number | undefined]>([
  ['an open visit that is due later', [{}], {}, 6],
  ['a visit that completed late', [ended(20)], {}, 6],
  ['a visit that completed in time', [ended(10)], {}, undefined],
  ['one that was corrected to be in time', [ended(20), ended(9)], {}, undefined],
  ['one that was withdrawn', [{}, { deleted: true }], {}, undefined],
  ['one that was given up', [{ outcome: 'abandoned', end: instant(50 * minute) }], {}, undefined],
  ['the first of several', [{}, { case: 'B', start: instant(-8 * minute) }], {}, -2],
  ['the target of the segment', [{ segment: { wh: 'far' } }], {}, 26],
  ['one of another segment', [{}], { segment: { wh: 'far' } }, undefined],
  ['one of the segment', [{}], { segment: { wh: 'near' } }, 6],
  [
    'one that began when the alert was over',
    [{ start: instant(20 * minute) }],
    { resolved: instant(15 * minute) },
    undefined,
  ],
  ['one that was over when it fired', [{ start: instant(-60 * minute), ...ended(3) }], {}, undefined],
  ['one that is due after the past has ended', [{ start: instant(95 * minute) }], {}, undefined],
])('%s', (_what, rows, episode, lead) => {
  const found = leadOf(breachesOf(...rows), 4, episode)
  const isBefore = lead !== undefined && lead > 0
  expect(found).toEqual({
    medianMs: lead === undefined ? undefined : lead * minute,
    before: isBefore ? 1 : 0,
    after: lead === undefined || isBefore ? 0 : 1,
  })
})

test('a due instant that events name counts, and where nothing is due there is no lead', () => {
  const promised = { promised: new Date(30 * minute).toISOString() }
  const breaches = breachesOf({ stage: 'sending', attributes: promised })
  expect(leadOf(breaches, 4, { stage: 'sending' })?.medianMs).toBe(26 * minute)
  expect(leadOf(breaches, 4, { stage: 'packing' })).toBeUndefined()
  expect(breaches.leadOf([], until)).toBeUndefined()
})

test('the median of several, and how many of them came in time', () => {
  const breaches = breachesOf({}, { case: 'B', segment: { wh: 'far' } })
  const episode = { id: 'e', rule: 'slow', stage: 'picking', resolved: undefined }
  const found = breaches.leadOf(
    [
      { ...episode, segment: { wh: 'near' }, fired: instant(12 * minute) },
      { ...episode, segment: { wh: 'far' }, fired: instant(10 * minute) },
      { ...episode, segment: { wh: 'other' }, fired: instant(10 * minute) },
    ],
    until,
  )
  expect(found).toEqual({ medianMs: 9 * minute, before: 1, after: 1 })
})
