import uPlot from 'uplot'
import { formatTime, formatValue } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { ticks } from '../../state/chart-scale.ts'
import { now } from '../../state/live.ts'
import { timeZone } from '../../state/selection.ts'
import type { ChartProperties, LineLook } from './chart.tsx'

const dashes: Readonly<Record<LineLook, number[]>> = { first: [], second: [8, 3], third: [2, 3], before: [4, 4] }

/** The instants and then each line's values, as uPlot wants them. */
export const plotData = ({ at, lines }: ChartProperties): uPlot.AlignedData => [
  [...at],
  ...lines.map(({ values }) => [...values]),
]

/**
 * How a chart is drawn.
 *
 * @param element whose style says the colours: a canvas has none of its own.
 * @param latest what is drawn, as it is when it is drawn.
 * @param point told the index under the pointer; undefined: none.
 */
export function plotOptions(
  element: HTMLElement,
  latest: () => ChartProperties,
  point: (index: number | undefined) => void,
): uPlot.Options {
  const style = getComputedStyle(element)
  const colour = (role: string) => style.getPropertyValue(`--${role}`)
  const { lines, unit, together } = latest()
  const axis = {
    stroke: colour('quiet'),
    font: `12px ${style.fontFamily}`,
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  } satisfies uPlot.Axis
  return {
    width: Math.max(1, element.clientWidth),
    height: 0,
    ms: 1,
    tzDate: at => uPlot.tzDate(new Date(at), timeZone.value),
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { size: 7 },
      ...(together === undefined ? {} : { sync: { key: together } }),
    },
    scales: {
      y: {
        range: (_plot, _lowest, highest) => {
          const limits = latest().limits?.map(({ value }) => value) ?? []
          return [0, ticks(Math.max(highest ?? 0, ...limits), unit).at(-1) ?? 1]
        },
      },
    },
    series: [
      {},
      ...lines.map(
        ({ look, filled, isSparse }): uPlot.Series => ({
          stroke: colour(`chart-${look}`),
          width: look === 'before' ? 1.5 : 2,
          dash: dashes[look],
          // What lies between two of few values is not known.
          ...(isSparse ? { paths: () => null } : {}),
          ...(filled ? { fill: colour('chart-area') } : {}),
          points: {
            show: (plot, series, from, to) => isSparse === true || isLonely(plot.data[series] ?? [], from, to),
          },
        }),
      ),
    ],
    axes: [
      {
        ...axis,
        space: 110,
        size: 24,
        grid: { show: false },
        values: (_plot, instants) => instants.map(at => formatTime(at, timeZone.value, now.peek(), words.value, false)),
      },
      {
        ...axis,
        size: 66,
        splits: (_plot, _axis, _lowest, highest) => ticks(highest, unit),
        values: (_plot, values) => values.map(value => (value === 0 ? '0' : formatValue(value, unit, words.value))),
      },
    ],
    hooks: {
      draw: [plot => drawAcross(plot, latest(), colour('warning'), colour('line-strong'))],
      setCursor: [({ cursor }) => point(cursor.idx ?? undefined)],
    },
  }
}

/** A value between two missing ones makes no line; as a point it stays visible. */
function isLonely(values: ArrayLike<number | null | undefined>, from: number, to: number): boolean {
  let before: number | null = null
  let isAlone = false
  for (let index = from; index <= to; index += 1) {
    const value = values[index]
    if (value === undefined) continue
    if (value === null && isAlone) return true
    isAlone = value !== null && before === null
    before = value
  }
  return isAlone
}

/** Limits from left to right, and marks from top to bottom. */
function drawAcross(
  plot: uPlot,
  { limits = [], marks = [] }: ChartProperties,
  limitInk: string,
  markInk: string,
): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.lineWidth = 1.5 * uPlot.pxRatio
  ctx.strokeStyle = limitInk
  ctx.setLineDash([6 * uPlot.pxRatio, 4 * uPlot.pxRatio])
  for (const { value } of limits) {
    const y = plot.valToPos(value, 'y', true)
    drawLine(ctx, [bbox.left, y], [bbox.left + bbox.width, y])
  }
  ctx.strokeStyle = markInk
  ctx.setLineDash([])
  for (const { at } of marks) {
    const x = plot.valToPos(at, 'x', true)
    if (x >= bbox.left && x <= bbox.left + bbox.width) drawLine(ctx, [x, bbox.top], [x, bbox.top + bbox.height])
  }
  ctx.restore()
}

function drawLine(ctx: CanvasRenderingContext2D, from: readonly [number, number], to: readonly [number, number]): void {
  ctx.beginPath()
  ctx.moveTo(...from)
  ctx.lineTo(...to)
  ctx.stroke()
}
