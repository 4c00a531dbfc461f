import { Graph, layout } from '@dagrejs/dagre'
import { CARD, COLUMN, type ProcessMap, type StageSummary } from './process.ts'
import { type ProcessEdge, processEdges } from './process-edges.ts'
import { processLayout } from './process-layout.ts'

/** Between one row and the next. */
const BETWEEN_ROWS = 6

/**
 * Places a process's stages from left to right in the order in which they hand cases over. It is made from the
 * definition and no number, so it stays put while numbers change; and here, not in the page, which is a fifth smaller
 * without what does it.
 */
export function processMap(stages: readonly StageSummary[]): ProcessMap {
  const { chain } = processLayout(stages)
  return mapOf(
    chain.map(({ name }) => name),
    processEdges(chain),
  )
}

/** @param names of the stages that stand on the map. */
export function mapOf(names: readonly string[], edges: readonly ProcessEdge[]): ProcessMap {
  const graph = new Graph()
  graph.setGraph({ rankdir: 'LR', ranksep: COLUMN - CARD, nodesep: BETWEEN_ROWS, edgesep: BETWEEN_ROWS })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const name of names) graph.setNode(name, { width: CARD, height: CARD })
  for (const { from, to } of edges) graph.setEdge(from, to)
  layout(graph)
  return {
    stages: names.map(stage => {
      const { x = 0, y = 0 } = graph.node(stage)
      return { stage, x: round(x - CARD / 2), y: round(y - CARD / 2) }
    }),
    edges: edges.map(({ from, to }) => ({
      from,
      to,
      points: (graph.edge(from, to).points ?? []).map(({ x, y }: { x: number; y: number }) => ({
        x: round(x),
        y: round(y),
      })),
    })),
  }
}

const round = (value: number): number => Math.round(value * 10) / 10
