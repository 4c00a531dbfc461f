import { expect, test } from 'vitest'
import { type SampledCases, shapeOf } from './process-shape.ts'

const HOUR = 3_600_000

type Row = readonly [path: string, times: number]

/** One case for each row: its activities an hour apart, `times` over. */
function cases(...rows: Row[]): SampledCases {
  const sequences = rows.flatMap(([path, times]) => Array.from({ length: times }, () => path.split(' ')))
  return new Map(
    sequences.map((path, index) => [
      `case ${index}`,
      path.map((activity, place) => ({ activity, at: (index + place) * HOUR })),
    ]),
  )
}

test('activities are in the order in which most cases have them, whatever is missing or swapped in some', () => {
  const shape = shapeOf(cases(['paid picked sent', 20], ['paid sent', 5], ['picked paid sent', 3], ['sent', 2]))
  expect(shape.activities).toEqual(['paid', 'picked', 'sent'])
  expect(shape.stages.map(({ from, to, cases }) => [from, to, cases])).toEqual([
    ['paid', 'picked', 20],
    ['picked', 'sent', 23],
  ])
})

test('the stages follow the way of most cases, past what only some pass through', () => {
  const shape = shapeOf(cases(['opened taken solved closed', 70], ['opened taken waiting solved closed', 30]))
  expect(shape.stages.map(({ to }) => to)).toEqual(['taken', 'solved', 'closed'])
  expect(shape.leadTime).toMatchObject({ from: 'opened', to: 'closed', cases: 100, p50Ms: 3 * HOUR, p90Ms: 4 * HOUR })
})

test('of two alternatives the more frequent one is on the way, and both can end a case', () => {
  const shape = shapeOf(cases(['asked checked granted', 60], ['asked checked declined', 40]))
  expect(shape.stages.map(({ to }) => to)).toEqual(['checked', 'granted'])
  expect(shape.ends.map(({ activity }) => activity).sort()).toEqual(['declined', 'granted'])
})

test('an activity that comes back before the case is over ends nothing', () => {
  const shape = shapeOf(cases(['opened solved opened solved', 10], ['opened solved', 10]))
  expect(shape.ends).toEqual([])
  expect(shape.start).toEqual({ activity: 'opened', share: 1 })
})

/** A year later a case is opened, so that all others look finished. */
const andALaterOne = (...rows: Row[]): SampledCases =>
  new Map([...cases(...rows), ['late', [{ activity: 'opened', at: 8_760 * HOUR }]]])

test('where no activity ends the cases, the lead time goes to what most finished ones did last', () => {
  const shape = shapeOf(andALaterOne(['opened taken solved', 60], ['opened taken solved taken', 40]))
  expect(shape.ends).toEqual([])
  expect(shape.lasts).toEqual([
    { activity: 'solved', share: 0.6 },
    { activity: 'taken', share: 0.4 },
  ])
  expect(shape.finish).toEqual({ activity: 'solved', isEnd: false })
  expect(shape.leadTime).toMatchObject({ from: 'opened', to: 'solved', cases: 100 })
})

test('where what the finished cases did last differs, there is no lead time', () => {
  const shape = shapeOf(andALaterOne(['opened taken solved', 45], ['opened taken solved taken', 40], ['opened', 15]))
  expect([shape.finish, shape.leadTime]).toEqual([undefined, undefined])
})

test('a case that may still go on says nothing of how cases end', () => {
  expect(shapeOf(cases(['opened taken solved taken', 2])).lasts).toEqual([])
})

test('an end beside the way of most cases is what the lead time goes to', () => {
  const shape = shapeOf(
    andALaterOne(['opened taken solved taken', 60], ['opened taken solved', 25], ['opened taken solved dropped', 15]),
  )
  expect(shape.stages.map(({ to }) => to)).not.toContain('dropped')
  expect(shape.finish).toEqual({ activity: 'dropped', isEnd: true })
})

test('the longest pause leaves out the odd exception', () => {
  const usual = cases(['a b', 999])
  const odd = new Map([
    ...usual,
    [
      'odd',
      [
        { activity: 'a', at: 0 },
        { activity: 'b', at: 1_000 * HOUR },
      ],
    ],
  ])
  expect(shapeOf(odd).longestPauseMs).toBe(HOUR)
})

test('no cases have no shape', () => {
  expect(shapeOf(new Map())).toMatchObject({
    activities: [],
    start: undefined,
    ends: [],
    stages: [],
    leadTime: undefined,
  })
})
