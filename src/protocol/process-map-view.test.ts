import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CARD, COLUMN, type StageSummary } from './process.ts'
import { type ProcessEdge, processEdges } from './process-edges.ts'
import { mapOf, processMap } from './process-map-view.ts'

const activities = ['created', 'paid', 'picked', 'packed', 'sent', 'delivered']

const stage = (name: string, from: string, to: string): StageSummary => ({
  name,
  title: { en: name },
  owner: 'o',
  owner_title: { en: 'O' },
  target: null,
  by: [],
  from: [from],
  to: [to],
  span: { from: activities.indexOf(from), to: activities.indexOf(to) },
})

const written = (edges: readonly ProcessEdge[]) => edges.map(({ from, to }) => `${from}>${to}`)

test('a stage follows those that end with the activity that it begins with', () => {
  const chain = [
    stage('pay', 'created', 'paid'),
    stage('pick', 'paid', 'picked'),
    stage('express', 'picked', 'delivered'),
    stage('pack', 'picked', 'packed'),
    stage('travel', 'sent', 'delivered'),
  ]
  expect(written(processEdges(chain))).toEqual(['pay>pick', 'pick>express', 'pick>pack', 'pack>travel'])
})

test('stages one after the other stand in a row, one that runs over them does not', () => {
  const stages = [
    stage('whole', 'created', 'delivered'),
    stage('pay', 'created', 'paid'),
    stage('pick', 'paid', 'picked'),
    stage('deliver', 'picked', 'delivered'),
  ]
  expect(processMap(stages)).toEqual({
    stages: [
      { stage: 'pay', x: 0, y: 0 },
      { stage: 'pick', x: COLUMN, y: 0 },
      { stage: 'deliver', x: 2 * COLUMN, y: 0 },
    ],
    edges: [
      { from: 'pay', to: 'pick', points: expect.any(Array) },
      { from: 'pick', to: 'deliver', points: expect.any(Array) },
    ],
  })
})

test('branches stand beside each other', () => {
  const edges = [
    { from: 'a', to: 'b' },
    { from: 'a', to: 'c' },
    { from: 'b', to: 'd' },
    { from: 'c', to: 'd' },
  ]
  const { stages } = mapOf(['a', 'b', 'c', 'd'], edges)
  expect(stages.map(({ x }) => x)).toEqual([0, COLUMN, COLUMN, 2 * COLUMN])
  expect(Math.abs((stages[1]?.y ?? 0) - (stages[2]?.y ?? 0))).toBeGreaterThanOrEqual(CARD)
})

test('no two cards overlap, all stand in columns, and the same definition always gives the same map', () => {
  const names = Array.from({ length: 8 }, (_, index) => `stage ${index}`)
  const forward = names.flatMap((from, index) => names.slice(index + 1).map(to => ({ from, to })))
  fc.assert(
    fc.property(fc.subarray(forward), edges => {
      const map = mapOf(names, edges)
      expect(mapOf(names, edges)).toEqual(map)
      for (const [index, a] of map.stages.entries()) {
        expect([a.x % COLUMN, Math.min(a.x, a.y, 0)]).toEqual([0, 0])
        for (const b of map.stages.slice(index + 1)) {
          expect(a.x !== b.x || Math.abs(a.y - b.y) >= CARD).toBe(true)
        }
      }
    }),
    { numRuns: 8 },
  )
})
