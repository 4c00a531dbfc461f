import * as z from 'zod'
import { instantOfLocal } from '../event/zone-offset.ts'
import { formatDate, parseDate, weekdayOf, weekdays } from './calendar-date.ts'
import type { Loose } from './check-shape.ts'
import { checkName, checkZone, type FileCheck } from './process-check.ts'
import type { Rota, RotaOverride } from './rota.ts'
import { listOf, mapping, noted, text, zone } from './shapes.ts'
import { isTimeZone } from './time-zone.ts'
import type { YamlPath } from './yaml-file.ts'

const handoverPattern = new RegExp(`^(${weekdays.join('|')}) ([01]\\d|2[0-3]):([0-5]\\d)$`)

const handover = noted(
  z.string().regex(handoverPattern),
  'a weekday and a time such as mon 09:00',
  '星期和时间，例如 mon 09:00',
)

const date = noted(z.string().regex(/^\d{4}-\d{2}-\d{2}$/), 'a date such as 2026-10-01', '日期，例如 2026-10-01')

const localTimePattern = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d)$/

const localTime = noted(
  z.string().regex(localTimePattern),
  'a date and a time such as 2026-12-24T09:00',
  '日期和时间，例如 2026-12-24T09:00',
)

const override = mapping({
  from: localTime.describe('On the clocks of the zone.'),
  to: localTime.describe('From then on the order counts again.'),
  who: text.describe('A member, or the name of a contact point.'),
})

export const rota = mapping({
  timezone: zone.describe('Zone of all times of the rota, an IANA name.'),
  handover: handover.describe('When the next one takes over, each week.'),
  starts: date.describe('A date of a handover: the first of the order takes over then.'),
  order: listOf(text, { en: 'members, or names of contact points', zh: '成员或联系方式名称' }).describe(
    'Who is on call, for a week each.',
  ),
  overrides: noted(
    z.array(override).max(1_000),
    'a list of {from: …, to: …, who: …}',
    '{from: …, to: …, who: …} 的列表',
  )
    .optional()
    .describe('When somebody else is on call. They must not overlap.'),
})

export type WrittenRota = z.output<typeof rota>

/** What no schema can tell: whether the names are there, and the times exist and go together. @param known who can be called. */
export function checkRota(check: FileCheck, said: Loose<WrittenRota>, path: YamlPath, known: Iterable<string>): void {
  if (said === undefined) return
  const { file, report } = check
  checkZone(check, said.timezone, [...path, 'timezone'])
  const names = [...known]
  said.order?.forEach((who, index) => {
    checkName(check, callable, who, [...path, 'order', index], names)
  })
  checkStart(check, said, path)
  const spans = (said.overrides ?? []).map((each, index) => {
    const at = [...path, 'overrides', index]
    checkName(check, callable, each?.who, [...at, 'who'], names)
    const [from, to] = (['from', 'to'] as const).map(key => checkTime(check, each?.[key], said.timezone, [...at, key]))
    if (from === undefined || to === undefined) return undefined
    if (from < to) return { from, to, at }
    const message = { en: 'the override ends before it begins', zh: '替班的结束早于开始' }
    report(file.valueAt([...at, 'to']), message, { remedy: { en: 'look at its times', zh: '请检查时间' } })
    return undefined
  })
  const inOrder = spans.filter(span => span !== undefined).sort((left, right) => left.from - right.from)
  inOrder.forEach(({ from, at }, index) => {
    const before = inOrder[index - 1]
    if (before === undefined || before.to <= from) return
    const line = file.keyAt(before.at).line
    report(
      file.valueAt([...at, 'from']),
      { en: `the override begins before that of line ${line} ends`, zh: `替班的开始早于第 ${line} 行替班的结束` },
      { remedy: { en: 'let only one be on call', zh: '同一时间只能有一人值班' } },
    )
  })
}

const callable = { en: 'member or contact point', zh: '成员或联系方式' }

function checkStart({ file, report }: FileCheck, said: NonNullable<Loose<WrittenRota>>, path: YamlPath): void {
  if (said.starts === undefined) return
  const at = file.valueAt([...path, 'starts'])
  const day = parseDate(said.starts)
  if (day === undefined) {
    report(at, { en: `there is no date ${said.starts}`, zh: `日期 ${said.starts} 不存在` })
    return
  }
  const weekday = said.handover === undefined ? undefined : weekdays.findIndex(name => said.handover?.startsWith(name))
  if (weekday === undefined || weekdayOf(day) === weekday) return
  const next = formatDate(day + ((weekday - weekdayOf(day) + 7) % 7))
  const [is, should] = [weekdays[weekdayOf(day)], weekdays[weekday]]
  report(
    at,
    {
      en: `${said.starts} is a ${is}, and the handover is on ${should}`,
      zh: `${said.starts} 是 ${is}，而交接在 ${should}`,
    },
    { remedy: { en: `write e.g. ${next}`, zh: `例如 ${next}` } },
  )
}

/** @returns ms since the epoch; undefined where it is missing or wrong, which has been told. */
function checkTime(
  { file, report }: FileCheck,
  written: string | undefined,
  timezone: string | undefined,
  path: YamlPath,
): number | undefined {
  if (written === undefined) return undefined
  const local = localMsOf(written)
  if (local === undefined) {
    report(file.valueAt(path), {
      en: `there is no date ${written.slice(0, 10)}`,
      zh: `日期 ${written.slice(0, 10)} 不存在`,
    })
    return undefined
  }
  return timezone !== undefined && isTimeZone(timezone) ? instantOfLocal(local, timezone) : undefined
}

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

function localMsOf(written: string): number | undefined {
  const [, dateText = '', hour, minute] = localTimePattern.exec(written) ?? []
  const day = parseDate(dateText)
  return day === undefined ? undefined : day * DAY_MS + (Number(hour) * 60 + Number(minute)) * MINUTE_MS
}

/** Turns a rota in which every check has passed into its definition. */
export function buildRota({ timezone, handover: written, starts, order, overrides = [] }: WrittenRota): Rota {
  const [, , hour, minute] = handoverPattern.exec(written) ?? []
  const instantAt = (local: string) => instantOfLocal(passed(localMsOf(local), local), timezone)
  return {
    timezone,
    firstDay: passed(parseDate(starts), starts),
    minute: Number(hour) * 60 + Number(minute),
    order,
    overrides: overrides
      .map(({ from, to, who }): RotaOverride => ({ from: instantAt(from), to: instantAt(to), who }))
      .sort((left, right) => left.from - right.from),
  }
}

function passed(value: number | undefined, written: string): number {
  if (value === undefined) throw new Error(`"${written}" passed the checks but is no date`)
  return value
}
