import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { Unit } from '../../../protocol/vocabulary.ts'
import { formatTime, formatValue } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { language } from '../../state/address.ts'
import { now } from '../../state/live.ts'
import { scheme } from '../../state/scheme.ts'
import { timeZone } from '../../state/selection.ts'
import { ChartTable } from './chart-table.tsx'
import { plotData, plotOptions } from './plot.ts'

/** `before` is another time for comparison; each look has a colour and a dash of its own. */
export type LineLook = 'first' | 'second' | 'third' | 'before'

export type ChartLine = {
  readonly title: string
  /** One for each instant; null interrupts the line, at undefined it says nothing and goes on. */
  readonly values: readonly (number | null | undefined)[]
  readonly look: LineLook
  /** The area between it and 0 is shaded. */
  readonly filled?: boolean
  /** Its values are few: each is drawn as a point, and nothing between them. */
  readonly isSparse?: boolean
}

export type ChartProperties = {
  readonly title: string
  readonly unit: Unit | null
  /** Instants in ms, in their order. */
  readonly at: readonly number[]
  readonly lines: readonly ChartLine[]
  /** Dashed lines across, such as a target or a threshold. */
  readonly limits?: readonly { readonly title: string; readonly value: number }[]
  /** Instants at which something happened, as lines from top to bottom. */
  readonly marks?: readonly { readonly title: string; readonly at: number }[]
  /** Of the drawing, in pixels. */
  readonly height?: number
  /** The charts that share it point to the same instant. */
  readonly together?: string
}

const HEIGHT = 150

/** Lines over time. What is drawn is said beside it, and all of it stands in a table below for whoever wants numbers. */
export function Chart(properties: ChartProperties) {
  const { title, at, lines, limits = [], marks = [], height = HEIGHT, together } = properties
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(null)
  const latest = useRef(properties)
  latest.current = properties
  const pointed = useSignal<number | undefined>(undefined)
  // What an existing drawing cannot take over: a change of it means another drawing.
  const shape = JSON.stringify([
    lines.map(({ look, filled, isSparse }) => [look, filled, isSparse]),
    [properties.unit, height, together],
    [scheme.value, language.value, timeZone.value],
  ])
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const options = plotOptions(
      element,
      () => latest.current,
      index => {
        pointed.value = index
      },
    )
    const drawn = new uPlot({ ...options, height }, plotData(latest.current), element)
    plot.current = drawn
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) drawn.setSize({ width: Math.floor(entry.contentRect.width), height })
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      drawn.destroy()
      plot.current = null
    }
  }, [shape])
  useEffect(() => {
    plot.current?.setData(plotData(latest.current))
  }, [at, lines, limits, marks])
  return (
    <figure class="chart">
      <figcaption>
        <b>{title}</b>
        <Said properties={properties} index={pointed.value} />
      </figcaption>
      <div class="chart-place" ref={place} role="img" aria-label={title} />
      <ChartTable properties={properties} />
    </figure>
  )
}

/** Each line with its value where the pointer is, else its latest; and the limits. */
function Said({ properties, index }: { properties: ChartProperties; index: number | undefined }) {
  const { at, lines, limits = [], marks = [], unit } = properties
  const text = words.value
  const instant = at[index ?? at.length - 1]
  return (
    <span class="chart-said number">
      {lines.map(({ title, look, values }) => (
        <span key={title} class={`chart-key look-${look}`}>
          {title}{' '}
          <b>
            {formatValue(
              index === undefined ? values.findLast(value => typeof value === 'number') : values[index],
              unit,
              text,
            )}
          </b>
        </span>
      ))}
      {limits.map(({ title, value }) => (
        <span key={title} class="chart-key look-limit">
          {title} <b>{formatValue(value, unit, text)}</b>
        </span>
      ))}
      {marks.map(mark => (
        <span key={`${mark.title} ${mark.at}`} class="chart-key look-mark">
          {mark.title} <b>{formatTime(mark.at, timeZone.value, now.value, text)}</b>
        </span>
      ))}
      {instant !== undefined && (
        <span class="quiet">
          {index === undefined ? text.chart.latest : formatTime(instant, timeZone.value, now.value, text)}
        </span>
      )}
    </span>
  )
}
