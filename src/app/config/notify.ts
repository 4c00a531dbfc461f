import type * as z from 'zod'
import { type DurationMs, durationMs, parseDuration } from '../../event/duration.ts'
import type { Report } from '../../model/problem.ts'
import { duration, mapping, wholeNumber } from '../../model/shapes.ts'
import type { YamlFile } from '../../model/yaml-file.ts'

/** How notifications are delivered; where to stands in owners.yaml. */
export type NotifyConfig = {
  /** Counted from when a message was queued. */
  readonly giveUpAfterMs: DurationMs
  /** Of one attempt. */
  readonly timeLimitMs: DurationMs
  /** Requests to one contact point under way. */
  readonly atOnce: number
}

export const defaultNotify: NotifyConfig = {
  giveUpAfterMs: durationMs(86_400_000),
  timeLimitMs: durationMs(15_000),
  atOnce: 4,
}

const defaults = { give_up_after: '24h', time_limit: '15s', at_once: defaultNotify.atOnce } as const

export const notifySlice = mapping({
  give_up_after: duration.default(defaults.give_up_after),
  time_limit: duration.default(defaults.time_limit),
  at_once: wholeNumber(1, 64).default(defaults.at_once),
}).default(defaults)

/** By key: what is too short or too long to be meant. */
const limits = {
  give_up_after: { least: '1m', most: '7d' },
  time_limit: { least: '1s', most: '2m' },
} as const

export function checkNotify(slice: z.output<typeof notifySlice>, file: YamlFile, report: Report): NotifyConfig {
  const msOf = (key: keyof typeof limits): DurationMs => {
    const ms = parseDuration(slice[key]) ?? durationMs(Infinity)
    const { least, most } = limits[key]
    if (ms < (parseDuration(least) ?? 0) || ms > (parseDuration(most) ?? 0)) {
      report(file.valueAt(['notify', key]), {
        en: `"${key}" must lie between ${least} and ${most}, not ${slice[key]}`,
        zh: `"${key}" 应在 ${least} 到 ${most} 之间，而不是 ${slice[key]}`,
      })
    }
    return ms
  }
  return { giveUpAfterMs: msOf('give_up_after'), timeLimitMs: msOf('time_limit'), atOnce: slice.at_once }
}
