import type { AlertBook } from '../alerts/book.ts'
import type { Instant } from '../event/instant.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import { neighboursOf } from '../model/stage-graph.ts'
import type { NeighbourState } from '../rules/explanation.ts'
import { flowOf } from '../rules/rule.ts'
import type { ShardView } from '../shard/view.ts'
import { displayWindowMs } from '../windows/config.ts'
import { statisticsOf } from '../windows/statistics.ts'

/** Alerts that are told of one neighbour. */
const MOST_ALERTS = 5

/** How the stages beside a stage stand, merged over shards: asked where an alert changes, so nothing is kept. */
export class StageNeighbours {
  readonly #process: ProcessDefinition

  constructor(process: ProcessDefinition) {
    this.#process = process
  }

  of(stage: number, at: Instant, shards: readonly ShardView[], book: Pick<AlertBook, 'openAt'>): NeighbourState[] {
    const { upstream, downstream } = neighboursOf(this.#process, stage)
    const state = (index: number, relation: NeighbourState['relation']): NeighbourState => {
      const name = this.#process.stages[index]?.name as string
      const windowMs = displayWindowMs(this.#process, index)
      const parts = shards.flatMap(shard => {
        const series = shard.stages[index]?.total
        return series === undefined ? [] : [{ series, targetMs: undefined }]
      })
      const { paneMs } = this.#process
      const lookup = statisticsOf({ parts, overdueParts: [], windowMs, paneMs, at, hasTarget: false })
      const alerts = book.openAt(name, MOST_ALERTS)
      return {
        stage: name,
        relation,
        windowMs,
        ...flowOf(lookup),
        alerts: alerts.map(({ id, rule }) => ({ id, rule })),
      }
    }
    return [...upstream.map(index => state(index, 'upstream')), ...downstream.map(index => state(index, 'downstream'))]
  }
}
