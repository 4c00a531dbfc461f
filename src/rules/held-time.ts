/**
 * The one rule that nobody writes: the time of a process stands still.
 *
 * While T is held (a partition is behind or cannot be read, the store takes no rows) no other rule is judged, so
 * nobody would hear of anything. It is judged by the wall clock, the only one that still goes.
 */
import { durationMs, formatDuration } from '../event/duration.ts'
import { formatInstant, type Instant } from '../event/instant.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import { HELD_TIME_RULE } from '../model/reserved-names.ts'
import type { Truth } from '../model/truth.ts'
import type { Verdict, WatchingRule } from './rule.ts'

/** Held for so long, it is an alert. */
export const HELD_TOO_LONG_MS = durationMs(60_000)

export const heldTimeRule = ({ owner }: ProcessDefinition): WatchingRule => ({
  definition: {
    name: HELD_TIME_RULE,
    owner,
    severity: 'critical',
    forMs: HELD_TOO_LONG_MS,
    keepFiringForMs: durationMs(0),
    noData: undefined,
  },
  subject: {},
  dimensions: [],
})

export type HeldTime = {
  /** Whether T is held; undefined: it is not known yet. */
  readonly isHeld: Truth
  /** T, where it stands. */
  readonly at: Instant
  /** The wall clock. */
  readonly now: Instant
  readonly watermark: Instant | undefined
  /** What T waits for: partitions as `orders.events:3`, or the store; never empty while it is held. */
  readonly waitsFor: readonly string[]
}

export function judgeHeldTime({ owner }: ProcessDefinition, held: HeldTime): Verdict {
  const { isHeld, at, now, watermark, waitsFor } = held
  const waitingFor = waitsFor.join(', ')
  return {
    breached: isHeld,
    recovered: isHeld === undefined ? undefined : !isHeld,
    value: undefined,
    explanation: {
      expression: `held for ${formatDuration(HELD_TOO_LONG_MS)}`,
      terms: [],
      result: isHeld,
      window: { start: at, end: now },
      watermark,
      samples: 0,
      minSamples: 0,
      owner,
      action: {
        en: `Find out why ${waitingFor} brings nothing: until then no rule is judged`,
        zh: `请查明 ${waitingFor} 为何没有数据：在此之前不判断任何规则`,
      },
      runbook: undefined,
    },
    summary: () => ({
      en: `Time stands still at ${formatInstant(at)}, waiting for ${waitingFor}`,
      zh: `时间停在 ${formatInstant(at)}，正在等待 ${waitingFor}`,
    }),
  }
}
