import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StageSummary } from '../../protocol/process.ts'
import { mapLayout } from './map-layout.ts'
import { type ProcessEdge, processEdges } from './process-edges.ts'

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

const HEIGHT = 200
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

test('stages one after the other stand in a row, and branches beside each other', () => {
  const edges = [
    { from: 'a', to: 'b' },
    { from: 'a', to: 'c' },
    { from: 'b', to: 'd' },
    { from: 'c', to: 'd' },
  ]
  const { cards } = mapLayout(['a', 'b', 'c', 'd'], edges, HEIGHT, 900)
  const x = (name: string) => cards.get(name)?.x
  expect(x('a')).toBeLessThan(x('b') ?? 0)
  expect(x('b')).toBe(x('c'))
  expect(x('c')).toBeLessThan(x('d') ?? 0)
  expect(Math.abs((cards.get('b')?.y ?? 0) - (cards.get('c')?.y ?? 0))).toBeGreaterThanOrEqual(HEIGHT)
})

test('cards fill the room that there is, and are never too narrow to be read', () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const edges = names.slice(1).map((to, index) => ({ from: names[index]!, to }))
  const widthIn = (room: number) => mapLayout(names, edges, HEIGHT, room)
  expect(widthIn(1_000).width).toBeLessThanOrEqual(1_000)
  expect(widthIn(1_000).cardWidth).toBeGreaterThan(170)
  expect(widthIn(300).cardWidth).toBe(148)
  expect(widthIn(4_000).cardWidth).toBe(232)
})

test('no two cards overlap, and the same definition always gives the same map', () => {
  const names = Array.from({ length: 8 }, (_, index) => `stage ${index}`)
  const forward = names.flatMap((from, index) => names.slice(index + 1).map(to => ({ from, to })))
  fc.assert(
    fc.property(fc.subarray(forward), fc.integer({ min: 200, max: 2_000 }), (edges, room) => {
      const map = mapLayout(names, edges, HEIGHT, room)
      expect(mapLayout(names, edges, HEIGHT, room)).toEqual(map)
      const corners = [...map.cards.values()]
      for (const [index, a] of corners.entries()) {
        expect(Math.min(a.x, a.y)).toBeGreaterThanOrEqual(0)
        expect(a.x + map.cardWidth).toBeLessThanOrEqual(map.width)
        for (const b of corners.slice(index + 1)) {
          const isApart = Math.abs(a.x - b.x) >= map.cardWidth || Math.abs(a.y - b.y) >= HEIGHT
          expect(isApart).toBe(true)
        }
      }
    }),
    { numRuns: 15 },
  )
})
