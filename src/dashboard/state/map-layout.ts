import { CARD, COLUMN, type ProcessMap } from '../../protocol/process.ts'

export type Point = { readonly x: number; readonly y: number }

/** Where everything stands on the map, in pixels from its upper left corner. */
export type MapLayout = {
  readonly width: number
  readonly height: number
  /** The width of every card. */
  readonly cardWidth: number
  /** The upper left corner of each stage's card, by name. */
  readonly cards: ReadonlyMap<string, Point>
  readonly edges: readonly { readonly from: string; readonly to: string; readonly points: readonly Point[] }[]
}

const LEAST_WIDTH = 148
const MOST_WIDTH = 232
const BETWEEN_COLUMNS = 26
/** Room for the frame of a card that has the focus, and for the flag on top of one. */
const MARGIN = 4
const MARGIN_ABOVE = 14

/**
 * The map as the server laid it out, in pixels.
 *
 * @param cardHeight in pixels, of every card.
 * @param room in pixels: cards are as wide as fits, within bounds; where there are too many the map is wider.
 */
export function placeMap({ stages, edges }: ProcessMap, cardHeight: number, room: number): MapLayout {
  const columns = new Set(stages.map(({ x }) => x)).size
  const share = (room - 2 * MARGIN - (columns - 1) * BETWEEN_COLUMNS) / Math.max(1, columns)
  const cardWidth = Math.floor(Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, share)))
  const place = ({ x, y }: Point): Point => ({
    x: MARGIN + across(x, cardWidth),
    y: MARGIN_ABOVE + (y / CARD) * cardHeight,
  })
  const cards = new Map(stages.map(({ stage, ...corner }) => [stage, place(corner)]))
  return {
    width: Math.max(0, ...[...cards.values()].map(({ x }) => x + cardWidth)) + MARGIN,
    height: Math.max(0, ...[...cards.values()].map(({ y }) => y + cardHeight)) + MARGIN,
    cardWidth,
    cards,
    edges: edges.map(({ from, to, points }) => ({ from, to, points: points.map(place) })),
  }
}

/** Cards are stretched to their width, and the gaps between columns to theirs. */
function across(x: number, cardWidth: number): number {
  const column = Math.floor(x / COLUMN)
  const within = x - column * COLUMN
  const start = column * (cardWidth + BETWEEN_COLUMNS)
  if (within <= CARD) return start + (within / CARD) * cardWidth
  return start + cardWidth + ((within - CARD) / (COLUMN - CARD)) * BETWEEN_COLUMNS
}

/** The `d` of a line that leaves through the points from one card to the next without corners. */
export function edgePath(points: readonly Point[]): string {
  const [first, ...rest] = points
  const last = rest.at(-1)
  if (first === undefined || last === undefined) return ''
  let path = `M${at(first)}`
  rest.forEach((point, index) => {
    const next = rest[index + 1]
    path += next === undefined ? `L${at(last)}` : `Q${at(point)} ${at(middle(point, next))}`
  })
  return path
}

const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
const at = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`
