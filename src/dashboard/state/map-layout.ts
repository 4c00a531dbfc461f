import type { ProcessMap } from '../../protocol/process.ts'

type Point = { readonly x: number; readonly y: number }

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
 * The map of a process, drawn into the room that there is.
 *
 * @param cardHeight in pixels, of every card.
 * @param room in pixels: cards are as wide as fits, within bounds; where there are too many the map is wider.
 */
export function mapLayout(map: ProcessMap, cardHeight: number, room: number): MapLayout {
  const columns = Math.max(1, map.columns)
  const share = (room - 2 * MARGIN - (columns - 1) * BETWEEN_COLUMNS) / columns
  const cardWidth = Math.floor(Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, share)))
  const pixelsAcross = (across: number) => {
    const column = Math.floor(across / 2)
    const within = across - 2 * column
    const ofCard = Math.min(within, 1) * cardWidth + Math.max(0, within - 1) * BETWEEN_COLUMNS
    return MARGIN + column * (cardWidth + BETWEEN_COLUMNS) + ofCard
  }
  const pixelsDown = (down: number) => MARGIN_ABOVE + down * cardHeight
  return {
    width: pixelsAcross(2 * columns - 1) + MARGIN,
    height: pixelsDown(map.height) + MARGIN_ABOVE,
    cardWidth,
    cards: new Map(
      map.cards.map(({ stage, column, top }) => [stage, { x: pixelsAcross(2 * column), y: pixelsDown(top) }]),
    ),
    edges: map.edges.map(({ from, to, points }) => ({
      from,
      to,
      points: points.map(({ across, down }) => ({ x: pixelsAcross(across), y: pixelsDown(down) })),
    })),
  }
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
