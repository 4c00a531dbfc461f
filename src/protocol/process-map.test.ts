import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StageSummary } from './process.ts'
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

test('stages one after the other stand in columns, branches above each other, and what spans others stands nowhere', () => {
  const map = processMap([
    stage('pay', 'created', 'paid'),
    stage('pick', 'paid', 'picked'),
    stage('check', 'paid', 'packed'),
    stage('all of it', 'created', 'delivered'),
    stage('travel', 'packed', 'delivered'),
  ])
  const of = (name: string) => map.cards.find(({ stage }) => stage === name)
  expect(['pay', 'pick', 'travel'].map(name => of(name)?.column)).toEqual([0, 1, 2])
  expect(of('all of it')).toBeUndefined()
  expect(map.columns).toBe(3)
})

test('no two cards overlap, lines begin and end at their cards, and the same definition always gives the same map', () => {
  const names = Array.from({ length: 8 }, (_, index) => `stage ${index}`)
  const forward = names.flatMap((from, index) => names.slice(index + 1).map(to => ({ from, to })))
  fc.assert(
    fc.property(fc.subarray(forward), edges => {
      const map = mapOf(names, edges)
      expect(mapOf(names, edges)).toEqual(map)
      for (const [index, card] of map.cards.entries()) {
        expect(card.column).toBeLessThan(map.columns)
        expect(card.top).toBeGreaterThanOrEqual(0)
        expect(card.top + 1).toBeLessThanOrEqual(map.height + 0.001)
        for (const other of map.cards.slice(index + 1)) {
          expect(card.column !== other.column || Math.abs(card.top - other.top) >= 1).toBe(true)
        }
      }
      const placed = new Map(map.cards.map(card => [card.stage, card]))
      for (const { from, to, points } of map.edges) {
        for (const [name, point] of [
          [from, points[0]],
          [to, points.at(-1)],
        ] as const) {
          const { column = -1, top = -1 } = placed.get(name) ?? {}
          expect(point?.across).toBeGreaterThanOrEqual(2 * column - 0.001)
          expect(point?.across).toBeLessThanOrEqual(2 * column + 1.001)
          expect(point?.down).toBeGreaterThanOrEqual(top - 0.001)
          expect(point?.down).toBeLessThanOrEqual(top + 1.001)
        }
      }
    }),
    { numRuns: 30 },
  )
})
