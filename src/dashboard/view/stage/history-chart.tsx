import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { SeriesPoint, StageHistory } from '../../../protocol/history.ts'
import { formatCount, formatDuration, formatTime, formatValue } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { linePath, ticks } from '../../state/chart-scale.ts'
import { now } from '../../state/live.ts'
import { stage, timeZone, totalOf } from '../../state/selection.ts'

const left = 62
const right = 10
const top = 28
const height = 118
const bottom = 20

/** Two small charts over one time axis: how long visits took, and how many were open. */
export function HistoryChart({ history }: { history: StageHistory }) {
  const box = useRef<HTMLDivElement>(null)
  const width = useSignal(720)
  const hovered = useSignal<number | undefined>(undefined)
  useEffect(() => {
    if (box.current === null) return
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) width.value = Math.max(280, Math.floor(entry.contentRect.width))
    })
    observer.observe(box.current)
    return () => observer.disconnect()
  }, [width])
  const { points } = history
  const text = words.value
  const hasWip = points.some(({ wip }) => wip !== null)
  const targetMs = Object.keys(history.segment).length === 0 ? totalOf(stage.value?.name ?? '')?.target_ms : undefined
  const latest = points.findLast(({ p90_ms }) => p90_ms !== null)
  const shown = points[hovered.value ?? -1]
  return (
    <div
      class="charts"
      ref={box}
      onPointerMove={event => {
        const frame = event.currentTarget.getBoundingClientRect()
        hovered.value = indexAt(event.clientX - frame.left, width.value, points.length)
      }}
      onPointerLeave={() => {
        hovered.value = undefined
      }}
    >
      <Chart
        points={points}
        width={width.value}
        label={text.history.p90}
        unit="duration"
        pick={point => point.p90_ms ?? undefined}
        limit={targetMs ?? undefined}
        hovered={hovered.value}
      />
      {hasWip ? (
        <Chart
          points={points}
          width={width.value}
          label={text.history.wip}
          unit="count"
          pick={point => point.wip ?? undefined}
          limit={undefined}
          hovered={hovered.value}
        />
      ) : (
        <p class="quiet">{text.history.noWip}</p>
      )}
      <p class="chart-note quiet number">
        {shown === undefined
          ? text.history.summary(
              formatValue(latest?.p90_ms, 'duration', text),
              formatValue(points.at(-1)?.wip, 'count', text),
            )
          : text.history.at(
              formatTime(Date.parse(shown.end), timeZone.value, now.value, text),
              formatValue(shown.p90_ms, 'duration', text),
              formatValue(shown.wip, 'count', text),
              formatCount(shown.exited, text),
            )}
      </p>
    </div>
  )
}

type ChartProperties = {
  readonly points: readonly SeriesPoint[]
  readonly width: number
  readonly label: string
  readonly unit: 'duration' | 'count'
  readonly pick: (point: SeriesPoint) => number | undefined
  /** Drawn as a dashed line with its name. */
  readonly limit: number | undefined
  readonly hovered: number | undefined
}

function Chart({ points, width, label, unit, pick, limit, hovered }: ChartProperties) {
  const text = words.value
  const values = points.map(pick)
  const highest = Math.max(0, ...values.map(value => value ?? 0), limit ?? 0)
  const marks = ticks(highest, unit)
  const most = marks.at(-1) ?? 1
  const x = (index: number) => left + ((index + 0.5) / points.length) * (width - left - right)
  const y = (value: number) => top + height * (1 - value / most)
  const places = values.map((value, index) => (value === undefined ? undefined : ([x(index), y(value)] as const)))
  const area = unit === 'count' && places.length > 0 && places.every(place => place !== undefined)
  const line = linePath(places)
  const write = (value: number) => (unit === 'duration' ? formatDuration(value, text) : formatCount(value, text))
  const dot = hovered === undefined ? undefined : places[hovered]
  return (
    <svg class={`chart chart-${unit}`} width={width} height={top + height + bottom} role="img" aria-label={label}>
      <text class="chart-label" x={0} y={11}>
        {label}
      </text>
      {marks.map(mark => (
        <g key={mark}>
          <line class="grid" x1={left} x2={width - right} y1={y(mark)} y2={y(mark)} />
          <text class="tick" x={left - 8} y={y(mark) + 4} text-anchor="end">
            {mark === 0 ? '0' : write(mark)}
          </text>
        </g>
      ))}
      {area && <path class="area" d={`${line}L${x(points.length - 1)} ${y(0)}L${x(0)} ${y(0)}Z`} />}
      <path class="line" d={line} />
      {limit !== undefined && (
        <>
          <line class="limit" x1={left} x2={width - right} y1={y(limit)} y2={y(limit)} />
          <text class="limit-label" x={width - right} y={y(limit) - 5} text-anchor="end">
            {text.history.target} {write(limit)}
          </text>
        </>
      )}
      {dot && (
        <>
          <line class="cursor" x1={dot[0]} x2={dot[0]} y1={top} y2={top + height} />
          <circle class="point" cx={dot[0]} cy={dot[1]} r={3.5} />
        </>
      )}
      <TimeAxis points={points} width={width} />
    </svg>
  )
}

function TimeAxis({ points, width }: { points: readonly SeriesPoint[]; width: number }) {
  const count = Math.min(points.length, width < 480 ? 3 : 6)
  return (
    <>
      {Array.from({ length: count }, (_, mark) => {
        const index = count === 1 ? 0 : Math.round((mark / (count - 1)) * (points.length - 1))
        const point = points[index]
        if (point === undefined) return null
        const x = left + ((index + 0.5) / points.length) * (width - left - right)
        return (
          <text
            key={point.start}
            class="tick"
            x={x}
            y={top + height + 15}
            text-anchor={mark === count - 1 ? 'end' : mark === 0 ? 'start' : 'middle'}
          >
            {formatTime(Date.parse(point.start), timeZone.value, now.value, words.value, false)}
          </text>
        )
      })}
    </>
  )
}

function indexAt(x: number, width: number, count: number): number | undefined {
  const index = Math.floor(((x - left) / (width - left - right)) * count)
  return index >= 0 && index < count ? index : undefined
}
