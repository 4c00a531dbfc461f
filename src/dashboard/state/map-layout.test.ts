import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mapOf } from '../../protocol/process-map-view.ts'
import { edgePath, mapLayout } from './map-layout.ts'

const HEIGHT = 200
const names = ['a', 'b', 'c', 'd', 'e']
const row = mapOf(
  names,
  names.slice(1).map((to, index) => ({ from: names[index] ?? '', to })),
)

test('cards fill the room that there is, and are never too narrow to be read', () => {
  const inRoom = (room: number) => mapLayout(row, HEIGHT, room)
  expect(inRoom(1_000).width).toBeLessThanOrEqual(1_000)
  expect(inRoom(1_000).cardWidth).toBeGreaterThan(170)
  expect(inRoom(300).cardWidth).toBe(148)
  expect(inRoom(4_000).cardWidth).toBe(232)
})

test('a line runs from the right edge of one card to the left edge of the next, however wide they are', () => {
  for (const room of [300, 1_000, 4_000]) {
    const { cards, cardWidth, edges } = mapLayout(row, HEIGHT, room)
    for (const { from, to, points } of edges) {
      expect(points[0]?.x).toBeCloseTo((cards.get(from)?.x ?? 0) + cardWidth, 0)
      expect(points.at(-1)?.x).toBeCloseTo(cards.get(to)?.x ?? 0, 0)
      expect(edgePath(points)).toMatch(/^M[\d.]+ [\d.]+/)
    }
  }
})

test('no two cards overlap, and all are within the map', () => {
  const all = Array.from({ length: 8 }, (_, index) => `stage ${index}`)
  const forward = all.flatMap((from, index) => all.slice(index + 1).map(to => ({ from, to })))
  fc.assert(
    fc.property(fc.subarray(forward), fc.integer({ min: 200, max: 2_000 }), (edges, room) => {
      const map = mapLayout(mapOf(all, edges), HEIGHT, room)
      const corners = [...map.cards.values()]
      for (const [index, a] of corners.entries()) {
        expect(Math.min(a.x, a.y)).toBeGreaterThanOrEqual(0)
        expect(a.x + map.cardWidth).toBeLessThanOrEqual(map.width)
        expect(a.y + HEIGHT).toBeLessThanOrEqual(map.height)
        for (const b of corners.slice(index + 1)) {
          const isApart = Math.abs(a.x - b.x) >= map.cardWidth || Math.abs(a.y - b.y) >= HEIGHT
          expect(isApart).toBe(true)
        }
      }
    }),
    { numRuns: 15 },
  )
})
