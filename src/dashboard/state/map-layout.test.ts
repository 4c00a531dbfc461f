import { expect, test } from 'vitest'
import { CARD, COLUMN, type ProcessMap } from '../../protocol/process.ts'
import { edgePath, placeMap } from './map-layout.ts'

const HEIGHT = 200
/** Five stages in a row, the third with another below it. */
const map: ProcessMap = {
  stages: [0, 1, 2, 3, 4, 2].map((column, index) => ({
    stage: `stage ${index}`,
    x: column * COLUMN,
    y: index === 5 ? 106 : 0,
  })),
  edges: [
    {
      from: 'stage 0',
      to: 'stage 1',
      points: [
        { x: CARD, y: 50 },
        { x: 150, y: 50 },
        { x: COLUMN, y: 50 },
      ],
    },
  ],
}

test('cards fill the room that there is, and are never too narrow to be read', () => {
  expect(placeMap(map, HEIGHT, 1_000).width).toBeLessThanOrEqual(1_000)
  expect(placeMap(map, HEIGHT, 1_000).cardWidth).toBe(177)
  expect(placeMap(map, HEIGHT, 300).cardWidth).toBe(148)
  expect(placeMap(map, HEIGHT, 4_000).cardWidth).toBe(232)
})

test('rows are as far apart as cards are high, and a line ends at the middle of the cards that it joins', () => {
  const { cards, cardWidth, edges, height } = placeMap(map, HEIGHT, 1_000)
  const [first, second, below] = ['stage 0', 'stage 1', 'stage 5'].map(name => cards.get(name) ?? { x: 0, y: 0 })
  expect((below?.y ?? 0) - (first?.y ?? 0)).toBe(212)
  expect(height).toBeGreaterThan(412)
  const points = edges[0]?.points ?? []
  expect(points[0]).toEqual({ x: (first?.x ?? 0) + cardWidth, y: (first?.y ?? 0) + HEIGHT / 2 })
  expect(points.at(-1)?.x).toBe(second?.x)
  expect(edgePath(points)).toMatch(/^M[\d.]+ 114\.0Q[\d.]+ 114\.0 [\d.]+ 114\.0L[\d.]+ 114\.0$/)
})

test('a process without stages has an empty map', () => {
  expect(placeMap({ stages: [], edges: [] }, HEIGHT, 1_000)).toMatchObject({ cards: new Map(), edges: [] })
  expect(edgePath([])).toBe('')
})
