import { Graph, layout } from '@dagrejs/dagre'
import type { ProcessMap, StageSummary } from './process.ts'
import { type ProcessEdge, processEdges } from './process-edges.ts'
import { processLayout } from './process-layout.ts'

/** What a card and the space around it measure in pixels where there is room enough: lines bend as they will on the page. */
const CARD = { width: 190, height: 228 }
const BETWEEN_RANKS = 26
const BETWEEN_ROWS = 16

/**
 * Places the stages of a process from left to right in the order in which they hand cases over. It is made of the
 * definition and of no number, so whoever draws it draws the same map for as long as the definition is in force.
 */
export function processMap(stages: readonly StageSummary[]): ProcessMap {
  const { chain } = processLayout(stages)
  return mapOf(
    chain.map(({ name }) => name),
    processEdges(chain),
  )
}

/** @param names of the stages. */
export function mapOf(names: readonly string[], edges: readonly ProcessEdge[]): ProcessMap {
  const graph = new Graph()
  graph.setGraph({ rankdir: 'LR', ranksep: BETWEEN_RANKS, nodesep: BETWEEN_ROWS, edgesep: BETWEEN_ROWS })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const name of names) graph.setNode(name, { ...CARD })
  for (const { from, to } of edges) graph.setEdge(from, to)
  layout(graph)
  const cards = names.map(stage => {
    const { x = 0, y = 0 } = graph.node(stage)
    return {
      stage,
      column: Math.round((x - CARD.width / 2) / (CARD.width + BETWEEN_RANKS)),
      top: rows(y - CARD.height / 2),
    }
  })
  return {
    columns: 1 + Math.max(-1, ...cards.map(({ column }) => column)),
    height: rows(graph.graph().height ?? 0),
    cards,
    edges: edges.map(({ from, to }) => ({
      from,
      to,
      points: ((graph.edge(from, to).points ?? []) as readonly Point[]).map(({ x, y }) => ({
        across: across(x),
        down: rows(y),
      })),
    })),
  }
}

type Point = { readonly x: number; readonly y: number }

/** In heights of a card. */
const rows = (pixels: number): number => rounded(pixels / CARD.height)

/** A card in column c spans 2c to 2c + 1, the space behind it 2c + 1 to 2c + 2. */
function across(pixels: number): number {
  const column = Math.floor(pixels / (CARD.width + BETWEEN_RANKS))
  const within = pixels - column * (CARD.width + BETWEEN_RANKS)
  const share = within <= CARD.width ? within / CARD.width : 1 + (within - CARD.width) / BETWEEN_RANKS
  return rounded(2 * column + share)
}

const rounded = (share: number): number => Math.round(share * 1_000) / 1_000
