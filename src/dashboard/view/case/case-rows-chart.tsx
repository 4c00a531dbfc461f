import type { ComponentChildren } from 'preact'
import type { CaseAlert, CaseTimeline, CaseVisit } from '../../../protocol/history.ts'
import { formatDuration, formatTime } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { type CaseRow, type CaseRows, caseRows } from '../../state/case-rows.ts'
import { now } from '../../state/live.ts'
import { layout, timeZone } from '../../state/selection.ts'
import { timeTicks } from '../../state/time-ticks.ts'
import { stageTitle } from '../subject-title.ts'
import { DeadlineText, isLate } from './deadline-text.tsx'

const MOST_TICKS = 6

/** The visits of a case, and the waits between them, as bars over one time axis; all of it is said in words beside them. */
export function CaseRowsChart({ timeline }: { timeline: CaseTimeline }) {
  const text = words.value
  const spanning = new Set(layout.value.spanning.map(({ name }) => name))
  const axis = caseRows(timeline, spanning, now.peek())
  const ticks = timeTicks(axis.start, axis.end, MOST_TICKS, timeZone.value)
  return (
    <div class="case-rows">
      <div class="case-axis number" aria-hidden="true">
        {ticks.map(tick => (
          <span key={tick} style={{ left: percentOf(tick, axis) }}>
            {formatTime(tick, timeZone.value, now.peek(), text, axis.end - axis.start < 600_000)}
          </span>
        ))}
      </div>
      <ol>
        {axis.rows.map(row =>
          row.kind === 'visit' ? (
            <VisitRow
              key={`${row.visit.stage} ${row.start} ${row.visit.visit}`}
              visit={row.visit}
              alerts={timeline.alerts.filter(one => one.stage === row.visit.stage && one.visit === row.visit.visit)}
              row={row}
              axis={axis}
              ticks={ticks}
            />
          ) : (
            <WaitRow key={`wait ${row.start}`} row={row} axis={axis} ticks={ticks} />
          ),
        )}
      </ol>
    </div>
  )
}

type RowProperties<Row> = { readonly row: Row; readonly axis: CaseRows; readonly ticks: readonly number[] }

type VisitProperties = RowProperties<CaseRow> & { readonly visit: CaseVisit; readonly alerts: readonly CaseAlert[] }

function VisitRow({ visit, alerts, row, axis, ticks }: VisitProperties) {
  const text = words.value
  const lastsMs = visit.duration_ms ?? row.end - row.start
  const state = visit.deadline?.state ?? null
  const over =
    state === null
      ? visit.target_ms !== null && (visit.business_ms ?? lastsMs) > visit.target_ms
      : state === 'overdue' || state === 'met_late'
  const due = visit.deadline === null ? undefined : Date.parse(visit.deadline.due_at)
  return (
    <li class={`visit ${visit.outcome}${over ? ' over' : ''}`}>
      <span class="case-what">
        {stageTitle(visit.stage)}
        {visit.visit > 1 && <span class="quiet"> · {text.lookup.visit(String(visit.visit))}</span>}
        <span class="under quiet number">
          {visit.ended_at === null
            ? text.lookup.openSince(time(row.start))
            : text.lookup.from(time(row.start), time(row.end))}
        </span>
      </span>
      <Track axis={axis} ticks={ticks}>
        <Bar row={row} axis={axis} />
        {alerts.map(alert => (
          <AlertBar key={alert.id} alert={alert} row={row} axis={axis} />
        ))}
        {due !== undefined && due >= axis.start && due <= axis.end && (
          <span class={`case-due${isLate(state) ? ' late' : ''}`} style={{ left: percentOf(due, axis) }} />
        )}
      </Track>
      <span class="case-took number">
        {formatDuration(lastsMs, text)}
        <span class="quiet"> {visit.reason ?? text.outcome[visit.outcome]}</span>
        {over && <b class="over-word"> ▲ {text.lookup.over}</b>}
        {visit.target_ms !== null && (
          <span class="under quiet">{text.lookup.target(formatDuration(visit.target_ms, text))}</span>
        )}
        {visit.deadline !== null && <DeadlineText deadline={visit.deadline} />}
      </span>
    </li>
  )
}

function WaitRow({ row, axis, ticks }: RowProperties<CaseRow & { readonly kind: 'wait' }>) {
  const text = words.value
  const { wait } = row
  return (
    <li class="wait">
      <span class="case-what quiet">
        {text.lookup.wait(stageTitle(wait.after), stageTitle(wait.before))}
        <span class="under number">{text.lookup.from(time(row.start), time(row.end))}</span>
      </span>
      <Track axis={axis} ticks={ticks}>
        <Bar row={row} axis={axis} />
      </Track>
      <span class="case-took number">
        {formatDuration(row.end - row.start, text)} <span class="quiet">{text.lookup.waited}</span>
      </span>
    </li>
  )
}

type TrackProperties = {
  readonly axis: CaseRows
  readonly ticks: readonly number[]
  readonly children: ComponentChildren
}

const Track = ({ axis, ticks, children }: TrackProperties) => (
  <span class="case-track" aria-hidden="true">
    {ticks.map(tick => (
      <span key={tick} class="case-tick" style={{ left: percentOf(tick, axis) }} />
    ))}
    {children}
  </span>
)

const Bar = ({ row, axis }: { row: CaseRow; axis: CaseRows }) => (
  <span
    class="visit-bar"
    style={{
      left: percentOf(row.start, axis),
      width: `${Math.max(0.4, ((row.end - row.start) / (axis.end - axis.start)) * 100)}%`,
    }}
  />
)

/** Over which part of the visit an alert of its stage and segment lived; what it was is said in the list below. */
function AlertBar({ alert, row, axis }: { alert: CaseAlert; row: CaseRow; axis: CaseRows }) {
  const from = Math.max(row.start, Date.parse(alert.fired_at ?? alert.began_at))
  const to = alert.ended_at === null ? row.end : Math.min(row.end, Date.parse(alert.ended_at))
  const length = axis.end - axis.start
  return (
    <span
      class={`case-alert ${alert.severity}`}
      style={{ left: percentOf(from, axis), width: `${Math.max(0.4, ((to - from) / length) * 100)}%` }}
    />
  )
}

const percentOf = (at: number, { start, end }: CaseRows): string => `${((at - start) / (end - start)) * 100}%`

const time = (at: number): string => formatTime(at, timeZone.value, now.peek(), words.value)
