import type { StageSummary } from '../../../protocol/process.ts'
import type { SegmentStatistics, StageStatistics } from '../../../protocol/statistics.ts'
import type { Segment } from '../../../protocol/vocabulary.ts'
import { formatCount, formatDuration, formatRatio, formatValue } from '../../language/format.ts'
import { local, words } from '../../language/language.ts'
import { layout, processStatus, stages } from '../../state/selection.ts'
import { targetRatio } from '../../state/stage-condition.ts'
import { Link } from '../link.tsx'
import { Scroll } from '../scroll.tsx'
import { segmentText, segmentTextWithNames, segmentValueText } from '../segment-text.ts'

type Column = { readonly stage: StageSummary; readonly statistics: StageStatistics }

/** Segments by stages: one table for each set of dimensions, since only those stages share rows. */
export function HeatTables() {
  const text = words.value.heat
  const { chain, spanning } = layout.value
  const columns = [...chain, ...spanning].flatMap((stage): Column[] => {
    const statistics = stages.value.find(candidate => candidate.stage === stage.name)
    return statistics === undefined || stage.by.length === 0 ? [] : [{ stage, statistics }]
  })
  const groups = Map.groupBy(columns, ({ stage }) => stage.by.join(' · '))
  return (
    <section class="panel" aria-labelledby="heat-title">
      <div class="panel-head">
        <h2 id="heat-title">{text.title}</h2>
        <Legend />
      </div>
      {groups.size === 0 ? <p class="quiet">{text.none}</p> : <p class="quiet">{text.note}</p>}
      <div class="heat-tables">
        {[...groups].map(([dimensions, members]) => (
          <HeatTable key={dimensions} columns={members} />
        ))}
      </div>
    </section>
  )
}

function HeatTable({ columns }: { columns: readonly Column[] }) {
  const text = words.value
  const rows = new Map<string, Segment>()
  for (const { statistics } of columns) {
    for (const { segment, total } of statistics.segments) if (!total) rows.set(JSON.stringify(segment), segment)
  }
  const dimensions = columns[0]?.stage.by ?? []
  const cut = columns.find(
    ({ statistics }) => statistics.segment_count > statistics.segments.filter(s => !s.total).length,
  )
  return (
    <div class="heat-table">
      <Scroll label={text.heat.title}>
        <table>
          <thead>
            <tr>
              {dimensions.map(dimension => (
                <th key={dimension} scope="col" class="dimension">
                  {dimension}
                </th>
              ))}
              {columns.map(({ stage }) => (
                <th key={stage.name} scope="col">
                  {local(stage.title)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[...rows].map(([key, segment]) => (
              <tr key={key}>
                {dimensions.map((dimension, index) =>
                  index === 0 ? (
                    <th key={dimension} scope="row">
                      {segmentValueText(segment[dimension], text)}
                    </th>
                  ) : (
                    <td key={dimension} class="dimension">
                      {segmentValueText(segment[dimension], text)}
                    </td>
                  ),
                )}
                {columns.map(column => (
                  <HeatCell key={column.stage.name} column={column} segmentKey={key} segment={segment} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {cut && (
        <p class="quiet">
          {text.heat.cut(
            formatCount(cut.statistics.segments.length - 1, text),
            formatCount(cut.statistics.segment_count, text),
          )}
        </p>
      )}
      {columns.some(({ statistics }) => statistics.partial) && !processStatus.value?.unknown_ends && (
        <p class="quiet">{text.heat.partial}</p>
      )}
    </div>
  )
}

function HeatCell({ column, segmentKey, segment }: { column: Column; segmentKey: string; segment: Segment }) {
  const text = words.value
  const found = column.statistics.segments.find(
    ({ total, segment }) => !total && JSON.stringify(segment) === segmentKey,
  )
  if (found === undefined) return <td class="heat none">{text.noValue}</td>
  const ratio = targetRatio(found)
  return (
    <td class={`heat heat-${heatStep(found)}`}>
      <Link
        to={{ view: 'stage', stage: column.stage.name, segment: segmentKey }}
        title={`${local(column.stage.title)} · ${segmentTextWithNames(segment, text)}`}
      >
        <span class="hidden">
          {local(column.stage.title)}, {segmentText(segment, text)}:
        </span>
        <b class="number">{formatValue(found.values.wip, 'count', text)}</b>
        <span class="hidden">
          {text.heat.open}, {text.map.age}
        </span>
        <span class="number">
          {found.values.age_p90 === undefined ? text.noValue : formatDuration(found.values.age_p90, text)}
        </span>
        {ratio !== undefined && ratio > 1 && <span class="times number">▲ {formatRatio(ratio, text)}</span>}
      </Link>
    </td>
  )
}

const steps = [0.5, 0.8, 1, 1.5, 2] as const

/** 0 well within the target … 5 twice over it; `none` without a target or open visits. */
function heatStep(statistics: SegmentStatistics): number | 'none' {
  const ratio = targetRatio(statistics)
  if (ratio === undefined) return 'none'
  const step = steps.findIndex(limit => ratio <= limit)
  return step === -1 ? steps.length : step
}

function Legend() {
  const text = words.value
  return (
    <span class="legend">
      <span>{text.heat.legend}</span>
      {['≤ 0.5×', '0.8×', '1×', '1.5×', '2×', '> 2×'].map((label, step) => (
        <span key={label} class={`number heat heat-${step}`}>
          {label}
        </span>
      ))}
    </span>
  )
}
