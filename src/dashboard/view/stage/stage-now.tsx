import type { SegmentStatistics } from '../../../protocol/statistics.ts'
import { formatDuration, formatValue } from '../../language/format.ts'
import { local, statisticTitle, words } from '../../language/language.ts'
import { chosenSegment } from '../../state/address.ts'
import { now } from '../../state/live.ts'
import { alertsInOrder, evaluatedAt, stage, stages } from '../../state/selection.ts'
import { stageCondition } from '../../state/stage-condition.ts'
import { conditionIcons } from '../icon.tsx'
import { Link } from '../link.tsx'
import { segmentTextWithNames } from '../segment-text.ts'

const shownStatistics = [
  'wip',
  'overdue',
  'late_risk',
  'age_p90',
  'age_max',
  'entered',
  'exited',
  'throughput',
] as const

/** How the stage, or its segment, stands at this moment. */
export function StageNow() {
  const text = words.value
  const shown = stage.value
  const statistics = stages.value.find(candidate => candidate.stage === shown?.name)
  const segment = chosenSegment.value
  const found = statistics?.segments.find(one =>
    segment === undefined ? one.total : !one.total && JSON.stringify(one.segment) === segment,
  )
  if (shown === undefined) return null
  const alerts = alertsInOrder.value.filter(alert => alert.stage === shown.name)
  const condition = stageCondition(
    found,
    segment === undefined ? alerts : alerts.filter(alert => JSON.stringify(alert.segment) === segment),
  )
  const Icon = conditionIcons[condition]
  return (
    <section class={`panel stage-now condition-${condition}`} aria-labelledby="stage-title">
      <div class="stage-now-head">
        <h2 id="stage-title">
          {local(shown.title)}
          {segment !== undefined && found !== undefined && (
            <span class="quiet"> · {segmentTextWithNames(found.segment, text)}</span>
          )}
        </h2>
        <span class="card-status">
          <Icon /> {text.condition[condition]}
        </span>
        <span class="quiet">
          {text.stageView.owner(local(shown.owner_title))} ·{' '}
          {found?.target_ms ? text.stageView.target(formatDuration(found.target_ms, text)) : text.stageView.noTarget}
          {statistics !== undefined && ` · ${text.stageView.over(formatDuration(statistics.window_ms, text))}`}
        </span>
      </div>
      {found === undefined ? (
        <p class="quiet">{text.condition.unknown}</p>
      ) : (
        <Tiles found={found} windowMs={statistics?.window_ms ?? 0} />
      )}
    </section>
  )
}

type TilesProperties = { readonly found: SegmentStatistics; readonly windowMs: number }

function Tiles({ found, windowMs }: TilesProperties) {
  const text = words.value
  return (
    <dl class="tiles">
      {shownStatistics
        .filter(name => found.values[name] !== undefined)
        .map(name => (
          <div key={name} class="tile">
            <dt>{statisticTitle(name)}</dt>
            <dd class="number" data-tile={name}>
              {name === 'entered' || name === 'exited' ? (
                <Link
                  to={{ number: name, ...windowBefore(windowMs) }}
                  aria-label={text.stageView.seeVisits(`${statisticTitle(name)} ${valueText(found, name)}`)}
                >
                  {valueText(found, name)}
                </Link>
              ) : (
                valueText(found, name)
              )}
            </dd>
          </div>
        ))}
    </dl>
  )
}

/** The range that numbers of now are of: its cases are those of a fixed one. */
function windowBefore(windowMs: number): { readonly from: string; readonly to: string } {
  const to = evaluatedAt.value ?? now.value
  return { from: new Date(to - windowMs).toISOString(), to: new Date(to).toISOString() }
}

function valueText({ values, at_most }: SegmentStatistics, name: (typeof shownStatistics)[number]): string {
  const text = words.value
  const most = at_most?.[name]
  if (most !== undefined) return `${formatValue(values[name], 'count', text)}–${formatValue(most, 'count', text)}`
  if (name === 'age_p90' || name === 'age_max') return formatValue(values[name], 'duration', text)
  return formatValue(values[name], 'count', text)
}
