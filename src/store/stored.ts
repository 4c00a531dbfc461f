import type { Instant } from '../event/instant.ts'
import type { PaneRow, RowVersion } from '../shard/output.ts'

/** A pane merged over the partitions that wrote it; one that fell to nothing is left out. */
export type StoredPane = Omit<PaneRow, keyof RowVersion>

/** Panes of one stage and segment, summed over one step of time. Durations are business time where the stage has a calendar. */
export type PaneSum = {
  /** Of the step. */
  readonly start: Instant
  readonly entered: number
  readonly exited: number
  readonly abandoned: number
  readonly expired: number
  readonly reworked: number
  readonly breached: number
  readonly sumMs: number
  /** Of the visits that completed in it, in ms; undefined where none did. */
  readonly minMs: number | undefined
  readonly maxMs: number | undefined
  readonly avgMs: number | undefined
  readonly p50Ms: number | undefined
  readonly p90Ms: number | undefined
  readonly p95Ms: number | undefined
  readonly p99Ms: number | undefined
}

export type StoreCounts = {
  readonly visits: number
  readonly openVisits: number
  /** Rows of panes: one for each partition that wrote a pane, those that fell to nothing included. */
  readonly paneRows: number
  /** The same, of measures. */
  readonly measurePaneRows: number
  readonly transitions: number
  readonly deadLetters: number
}
