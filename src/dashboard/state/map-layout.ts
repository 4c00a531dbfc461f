import { Graph, layout } from '@dagrejs/dagre'
import type { ProcessEdge } from './process-edges.ts'

export type Point = { readonly x: number; readonly y: number }

/** Where everything stands on the map, in pixels from its upper left corner. */
export type MapLayout = {
  readonly width: number
  readonly height: number
  /** The width of every card. */
  readonly cardWidth: number
  /** The upper left corner of each stage's card, by name. */
  readonly cards: ReadonlyMap<string, Point>
  readonly edges: readonly (ProcessEdge & { readonly points: readonly Point[] })[]
}

const LEAST_WIDTH = 148
const MOST_WIDTH = 232
const BETWEEN_RANKS = 26
const BETWEEN_ROWS = 16
/** Room for the frame of a card that has the focus, and for the flag on top of one. */
const MARGIN = 4
const MARGIN_ABOVE = 14

/**
 * Places stages from left to right in the order in which they hand cases over. It is made from the definition and the
 * room that there is, and from no number, so it stays put while numbers change.
 *
 * @param names of the stages.
 * @param cardHeight in pixels, of every card.
 * @param room in pixels: cards are as wide as fits, within bounds; where there are too many the map is wider.
 */
export function mapLayout(
  names: readonly string[],
  edges: readonly ProcessEdge[],
  cardHeight: number,
  room: number,
): MapLayout {
  const narrow = place(names, edges, LEAST_WIDTH, cardHeight)
  const ranks = new Set([...narrow.cards.values()].map(({ x }) => Math.round(x))).size
  const share = (room - 2 * MARGIN - (ranks - 1) * BETWEEN_RANKS) / Math.max(1, ranks)
  return place(names, edges, Math.floor(Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, share))), cardHeight)
}

function place(names: readonly string[], edges: readonly ProcessEdge[], width: number, height: number): MapLayout {
  const graph = new Graph()
  graph.setGraph({
    rankdir: 'LR',
    ranksep: BETWEEN_RANKS,
    nodesep: BETWEEN_ROWS,
    edgesep: BETWEEN_ROWS,
    marginx: MARGIN,
    marginy: MARGIN_ABOVE,
  })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const name of names) graph.setNode(name, { width, height })
  for (const { from, to } of edges) graph.setEdge(from, to)
  layout(graph)
  const corner = (name: string): [string, Point] => {
    const { x = 0, y = 0 } = graph.node(name)
    return [name, { x: x - width / 2, y: y - height / 2 }]
  }
  const all = graph.graph()
  return {
    width: all.width ?? 0,
    height: all.height ?? 0,
    cardWidth: width,
    cards: new Map(names.map(corner)),
    edges: edges.map(({ from, to }) => ({ from, to, points: graph.edge(from, to).points ?? [] })),
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
