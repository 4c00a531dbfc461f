import type { Instant } from '../../../src/event/instant.ts'
import type { SegmentLabels } from '../../../src/event/segment.ts'
import type { StoreQueries } from '../../../src/store/queries/queries.ts'
import type { PaneSum } from '../../../src/store/stored.ts'

type SeriesQuery = {
  readonly process: string
  readonly stage: string
  /** undefined: the stage's total. */
  readonly segment: SegmentLabels | undefined
  readonly from: Instant
  readonly to: Instant
  readonly stepMs: number
}

/** The steps of a stage that have panes, compared with nothing. */
export async function seriesOf(
  store: Pick<StoreQueries, 'stageSeries'>,
  { segment, ...query }: SeriesQuery,
): Promise<PaneSum[]> {
  const points = await store.stageSeries({ ...query, ...(segment === undefined ? {} : { segment }) })
  return points.flatMap(({ sums }) => sums ?? [])
}
