import * as z from 'zod'
import { type DurationMs, durationMs, parseDuration } from '../../event/duration.ts'
import type { Report } from '../../model/problem.ts'
import { duration, mapping, noted, text, wholeNumber } from '../../model/shapes.ts'
import type { YamlFile } from '../../model/yaml-file.ts'
import type { MailServer } from '../../notify/channels/email.ts'
import { type AllowedTarget, parseAllowedTarget } from '../../notify/http/address-policy.ts'
import { type AlertmanagerConfig, alertmanagerSlice, checkAlertmanager } from './alertmanager.ts'
import { checkMailServer, mailServerSlice } from './mail-server.ts'

/** How notifications are delivered; where to stands in owners.yaml. */
export type NotifyConfig = {
  /** Counted from when a message was queued. */
  readonly giveUpAfterMs: DurationMs
  /** Of one attempt. */
  readonly timeLimitMs: DurationMs
  /** Requests to one target under way. */
  readonly atOnce: number
  /** Targets that are not public, or are reached by http. */
  readonly allow: readonly AllowedTarget[]
  /** Where the page is, as people reach it: messages link to it. */
  readonly page: string | undefined
  /** undefined: no mail can be sent. */
  readonly email: MailServer | undefined
  /** undefined: there is none. */
  readonly alertmanager: AlertmanagerConfig | undefined
}

export const defaultNotify: NotifyConfig = {
  giveUpAfterMs: durationMs(86_400_000),
  timeLimitMs: durationMs(15_000),
  atOnce: 4,
  allow: [],
  page: undefined,
  email: undefined,
  alertmanager: undefined,
}

/** What a program on this machine listens on; for a demonstration, whose receivers are there. */
export const loopback: readonly AllowedTarget[] = [
  { kind: 'network', address: '127.0.0.0', prefix: 8 },
  { kind: 'network', address: '::1', prefix: 128 },
  { kind: 'host', name: 'localhost' },
]

const defaults = { give_up_after: '24h', time_limit: '15s', at_once: defaultNotify.atOnce, allow: [] } as const

export const notifySlice = mapping({
  give_up_after: duration.default(defaults.give_up_after),
  time_limit: duration.default(defaults.time_limit),
  at_once: wholeNumber(1, 64).default(defaults.at_once),
  allow: noted(
    z.array(text),
    'a list of networks, addresses and hosts, [10.0.0.0/8, hooks.internal]',
    '网段、地址和主机名的列表，[10.0.0.0/8, hooks.internal]',
  ).default([]),
  page: noted(
    z.string().regex(/^https?:\/\/[^\s?#]+$/),
    'the address of the page as people reach it, https://stagewatch.example.com',
    '人们访问页面所用的地址，https://stagewatch.example.com',
  ).optional(),
  email: mailServerSlice.optional(),
  alertmanager: alertmanagerSlice.optional(),
}).default({ ...defaults, allow: [] })

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
  const allow = slice.allow.flatMap((written, index) => {
    const target = parseAllowedTarget(written)
    if (target !== undefined) return [target]
    report(
      file.valueAt(['notify', 'allow', index]),
      {
        en: `"${written}" is neither a network nor an address nor the name of a host`,
        zh: `"${written}" 既不是网段或地址，也不是主机名`,
      },
      {
        remedy: {
          en: 'write 10.0.0.0/8, 192.168.1.7, fd00::/8, hooks.internal, or *.internal',
          zh: '请写作 10.0.0.0/8、192.168.1.7、fd00::/8、hooks.internal 或 *.internal',
        },
      },
    )
    return []
  })
  return {
    giveUpAfterMs: msOf('give_up_after'),
    timeLimitMs: msOf('time_limit'),
    atOnce: slice.at_once,
    allow,
    page: slice.page,
    email: slice.email && checkMailServer(slice.email, file, report),
    alertmanager: slice.alertmanager && checkAlertmanager(slice.alertmanager, allow, file, report),
  }
}
