import { ByteReader, ByteWriter } from './bytes.ts'
import type { Series } from './series.ts'

/** Settled panes and open visits of many series as three arrays, so that a thousand segments are no thousand objects. */
export type SeriesStates = {
  /** Settled panes of one series after the other, see `SettledPanes.snapshot`. */
  readonly settled: Uint8Array
  /** Open visits of one series after the other: how many panes, then pairs of pane and count. */
  readonly open: Float64Array
}

export function seriesStates(all: readonly Series[]): SeriesStates {
  const settled = new ByteWriter()
  const open: number[] = []
  for (const series of all) {
    series.settled.snapshot(settled)
    const place = open.push(0) - 1
    series.open.forEachUntil(Infinity, (pane, count) => open.push(pane, count))
    open[place] = (open.length - place - 1) / 2
  }
  return { settled: settled.bytes.slice(0, settled.length), open: Float64Array.from(open) }
}

/** Takes over a snapshot: into as many new series as it was made of, in their order. */
export function restoreSeries({ settled, open }: SeriesStates, all: readonly Series[]): void {
  const from = new ByteReader(settled)
  let place = 0
  for (const series of all) {
    series.restoreSettled(from)
    for (let left = open[place++] as number; left > 0; left--) {
      series.open.add(open[place] as number, open[place + 1] as number)
      place += 2
    }
  }
}
