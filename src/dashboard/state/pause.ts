import { computed, signal } from '@preact/signals'
import type { ProcessStatistics } from '../../protocol/statistics.ts'

/** Numbers as they were when the reader asked them to hold still, and where the count of what comes stood then. */
export type Pause = {
  /** The server's wall clock, in ms. */
  readonly since: number
  readonly statistics: ReadonlyMap<string, ProcessStatistics>
  /** By process: the evaluation instant that the numbers are of, in ms. */
  readonly evaluatedAt: ReadonlyMap<string, number>
  readonly evaluations: number
  readonly turns: number
}

export const pause = signal<Pause | undefined>(undefined)
export const isPaused = computed(() => pause.value !== undefined)
