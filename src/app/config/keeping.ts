import * as z from 'zod'
import { parseDuration } from '../../event/duration.ts'
import type { Report } from '../../model/problem.ts'
import { choice, duration, mapping, noted, yesOrNo } from '../../model/shapes.ts'
import type { YamlFile } from '../../model/yaml-file.ts'
import { allVisits, type VisitPolicy } from '../../shard/visit-policy.ts'
import type { Retention } from '../../store/schema/retention.ts'
import type { Keeping } from '../../store/store.ts'

/** What has rows in the store, and for how long. */
export type KeepingConfig = Keeping & {
  readonly visits: VisitPolicy
  /** Whether records are stored as they came. */
  readonly events: boolean
}

const DAY_MS = 86_400_000

/** By the word of the configuration: the tables that are kept as long. */
const retained = {
  visits: ['visits'],
  panes: ['panes', 'measure_panes'],
  roll_ups: ['pane_roll_ups', 'measure_roll_ups'],
  alerts: ['alert_transitions', 'evaluations'],
  dead_letters: ['dead_letters'],
  events: ['events'],
} as const satisfies Readonly<Record<string, readonly (keyof Retention)[]>>

type Retained = keyof typeof retained
const words = Object.keys(retained) as Retained[]

const share = noted(
  z.number().gt(0).max(1),
  'a share above 0 and up to 1, such as 0.01 for one case in a hundred',
  '大于 0、不超过 1 的比例，例如 0.01 表示百分之一的个案',
)

/** Stand in the `store` of the configuration, whichever kind it is. */
export const keepingShape = {
  visits: noted(
    z.union([choice(['all']), mapping({ sample: share, slow: duration.optional() })]),
    'all, or {sample: 0.01, slow: 4h}',
    'all，或 {sample: 0.01, slow: 4h}',
  ).optional(),
  events: yesOrNo.optional(),
  keep: mapping(
    Object.fromEntries(words.map(word => [word, duration.optional()])) as Record<
      Retained,
      z.ZodOptional<typeof duration>
    >,
  ).optional(),
}

type KeepingSlice = z.output<z.ZodObject<typeof keepingShape>>

export function checkKeeping({ visits, events, keep }: KeepingSlice, file: YamlFile, report: Report): KeepingConfig {
  const days: { -readonly [Table in keyof Retention]: Retention[Table] } = {}
  for (const word of words) {
    const said = keep?.[word]
    if (said === undefined) continue
    const ms = parseDuration(said) ?? 0
    if (ms < DAY_MS || ms % DAY_MS !== 0) {
      report(
        file.valueAt(['store', 'keep', word]),
        { en: `"${word}" is kept for whole days, not ${said}`, zh: `"${word}" 按整天保留，不能是 ${said}` },
        { remedy: { en: 'write e.g. 90d', zh: '例如 90d' } },
      )
      continue
    }
    for (const table of retained[word]) days[table] = ms / DAY_MS
  }
  return { visits: policyOf(visits), days, events: events ?? false }
}

function policyOf(visits: KeepingSlice['visits']): VisitPolicy {
  if (visits === undefined || visits === 'all') return allVisits
  return {
    keep: 'notable',
    sample: visits.sample,
    slowMs: visits.slow === undefined ? undefined : parseDuration(visits.slow),
  }
}
