import type { EngineView } from '../../engine/view.ts'
import { formatInstant, instant } from '../../event/instant.ts'
import { type StageHistory, stageHistorySchema } from '../../protocol/history.ts'
import { isoOrNull } from '../../protocol/statistics-view.ts'
import type { HistoryReader } from './history-reader.ts'
import { fromStore, processNamed, stageNamed, wallClock } from './lookup.ts'
import { historyQuery, historyRange } from './query.ts'
import { type Route, route } from './route.ts'
import { comparedSums, fillSeries, netOf } from './series.ts'

export type StageHistorySources = { readonly view: EngineView; readonly history: HistoryReader }

export const stageHistoryRoute = ({ view, history }: StageHistorySources): Route =>
  route({
    method: 'get',
    path: '/api/v1/processes/{process}/stages/{stage}/history',
    tag: 'processes',
    permission: 'read',
    name: 'stageHistory',
    summary: 'One stage over any time, by steps; the last hour where no range is named',
    query: historyQuery,
    answer: {
      schema: stageHistorySchema,
      means: 'The points of the range, oldest first, and the range as one.',
      csv: ({ points }) => points,
    },
    refusals: ['unknown-process', 'unknown-stage', 'store-unavailable'],
    async handle({ params, query }): Promise<StageHistory> {
      const process = processNamed(view, params.process)
      const stage = stageNamed(process, params.stage)
      const asOf = view.status(process.name).evaluatedAt
      const range = historyRange(query, process, asOf ?? wallClock())
      const { from, to, stepMs } = range
      const asked = {
        process: process.name,
        stage: stage.name,
        ...(range.segment && { segment: range.segment }),
        ...(query.compare && { compare: [query.compare] }),
      }
      const openAtEnd = async () => {
        const wipNow = range.segment === undefined ? totalWip(view, process.name, stage.name) : undefined
        if (wipNow === undefined || asOf === undefined || to >= asOf) return wipNow
        // What came and went since is one step.
        const now = instant(Math.ceil(asOf / process.paneMs) * process.paneMs)
        const own = { process: process.name, stage: stage.name }
        const [since] = await history.stageSeries({ ...own, from: to, to: now, stepMs: now - to })
        return wipNow - netOf(since?.sums)
      }
      const [steps, [whole], wipAtEnd] = await fromStore(() =>
        Promise.all([
          history.stageSeries({ ...asked, from, to, stepMs }),
          history.stageSeries({ ...asked, from, to, stepMs: to - from }),
          openAtEnd(),
        ]),
      )
      const { points, wipBefore } = fillSeries(steps, range, query.compare, wipAtEnd)
      return {
        process: process.name,
        stage: stage.name,
        segment: range.segment ?? {},
        from: formatInstant(from),
        to: formatInstant(to),
        step_ms: stepMs,
        as_of: isoOrNull(asOf),
        compare: query.compare ?? null,
        whole: comparedSums(whole, query.compare),
        wip_before: wipBefore ?? null,
        points,
      }
    },
  })

function totalWip(view: EngineView, process: string, stage: string): number | undefined {
  const statistics = view.statistics(process).find(candidate => candidate.stage === stage)
  return statistics?.segments.find(segment => segment.total)?.values.wip
}
