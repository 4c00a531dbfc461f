import { durationMs } from '../event/duration.ts'
import type { Instant } from '../event/instant.ts'
import { segmentLabels } from '../event/segment.ts'
import type { MeasureDefinition } from '../model/definitions.ts'
import { measureStatisticNames, type StatisticName } from '../model/statistics.ts'
import { dimensionsOf } from '../shard/rows.ts'
import { measureDisplayWindowMs } from '../windows/config.ts'
import { measureStatisticsOf } from '../windows/measure-statistics.ts'
import { MeasureGroups } from './measure-groups.ts'
import type { ProcessEngine } from './process-engine.ts'
import type { MeasureStatistics } from './view.ts'

/** What a process's measures show at an instant, each over its display window. */
export function watchMeasures(engine: ProcessEngine): (at: Instant) => readonly MeasureStatistics[] {
  const { process } = engine
  const watched = process.measures.map((definition, measure) => ({
    definition,
    measure,
    windowMs: measureDisplayWindowMs(process, measure),
    total: new MeasureGroups(measure, definition, []),
    segments: definition.by.length === 0 ? undefined : new MeasureGroups(measure, definition, definition.by),
  }))
  return at =>
    watched.map(({ definition, measure, windowMs, total, segments }) => {
      const show = (groups: MeasureGroups | undefined) =>
        [...(groups?.of(engine.shards).values() ?? [])]
          .sort((left, right) => (left.segment < right.segment ? -1 : 1))
          .map(({ segment, parts }) => ({
            segment: groups === total ? {} : segmentLabels(dimensionsOf(process, definition), segment),
            total: groups === total,
            values: valuesOf(definition, { parts, windowMs, at }),
          }))
      return {
        measure: definition.name,
        windowMs: durationMs(windowMs),
        segments: [...show(total), ...show(segments)],
        partial: engine.unknownEnds.length > 0 || engine.shards.some(shard => shard.isMeasurePartial(measure)),
      }
    })
}

function valuesOf(
  { decimals, distinct: keepsDistinct }: MeasureDefinition,
  asked: Omit<Parameters<typeof measureStatisticsOf>[0], 'decimals' | 'keepsDistinct'>,
): Partial<Record<StatisticName, number>> {
  const lookup = measureStatisticsOf({ ...asked, decimals, keepsDistinct })
  const values: Partial<Record<StatisticName, number>> = {}
  for (const name of measureStatisticNames) {
    const value = lookup(name)
    if (value !== undefined) values[name] = value
  }
  return values
}
