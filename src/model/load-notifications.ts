import { durationMs, parseDuration } from '../event/duration.ts'
import { checkShape, type Loose } from './check-shape.ts'
import type { CalendarDefinition, Owner } from './definitions.ts'
import { didYouMean } from './did-you-mean.ts'
import { compileMatcher, type LabelMatcher, MatcherError, parseMatcher } from './label-matcher.ts'
import type { Bilingual } from './local-text.ts'
import type { NotificationRoute, RouteGrouping, RouteReceiver } from './notification-route.ts'
import { notificationsFile, type WrittenRoute } from './notifications-file.ts'
import { type Problem, reportTo } from './problem.ts'
import { checkRepeats, type FileCheck, type KnownNames } from './process-check.ts'
import { buildQuietHours, checkQuietHours } from './quiet-hours.ts'
import { readYaml, type SourceFile, type YamlFile, type YamlPath } from './yaml-file.ts'

/** What the other files of the folder have, as far as that can be told. */
export type AroundNotifications = {
  readonly owners: KnownNames
  readonly calendars: KnownNames
  /** By owner, of those whose entry has the right shape. */
  readonly contactPoints: ReadonlyMap<string, Owner['contactPoints']>
  /** All labels that some alert may have; undefined: nobody can tell. */
  readonly labels: ReadonlySet<string> | undefined
}

export type LoadedNotifications = {
  /** undefined: there is no such file. To be called only where no file has an error. */
  readonly build: (calendars: ReadonlyMap<string, CalendarDefinition>) => NotificationRoute | undefined
}

/** What a matcher may name: `rule` is said for `alertname`, and `segment_…` for a dimension that is called like another label. */
export const alertLabelNames = (dimensions: readonly string[]): ReadonlySet<string> => {
  const own = ['rule', 'alertname', 'process', 'stage', 'measure', 'severity', 'owner']
  return new Set([...own, ...dimensions.map(name => (own.includes(name) ? `segment_${name}` : name))])
}

/** Alertmanager's own defaults. */
const usualGrouping: RouteGrouping = {
  by: [],
  waitMs: durationMs(30_000),
  intervalMs: durationMs(300_000),
  repeatMs: durationMs(4 * 3_600_000),
}

/** Alertmanager's word for all labels. */
const ALL_LABELS = '...'

/** The word for the owner of the alert itself. */
const OWN = 'owner'

const MOST_DEPTH = 10

/** Reads and checks notifications.yaml. */
export function loadNotifications(
  sources: readonly SourceFile[],
  around: AroundNotifications,
  problems: Problem[],
): LoadedNotifications {
  const report = reportTo(problems)
  const [source, second] = sources
  if (source === undefined) return { build: () => undefined }
  if (second !== undefined) {
    report(
      { file: second.name, line: 1, column: 1 },
      { en: `${source.name} says who is told already`, zh: `${source.name} 已定义通知方式` },
      { remedy: { en: 'keep one of the two files', zh: '请只保留其中一个文件' } },
    )
  }
  const { file, problems: syntax } = readYaml(source)
  problems.push(...syntax)
  const shape = file && checkShape(file, notificationsFile, report)
  if (file === undefined || shape?.sound === undefined) return { build: () => undefined }
  checkRoute({ file, report, ...around }, shape.sound.route, ['route'], 0)
  return {
    build(calendars) {
      if (shape.whole === undefined) throw new Error(`${source.name} has mistakes and cannot be built`)
      const build: Building = { file, calendars }
      return buildRoute(build, shape.whole.route, { receivers: [{ kind: 'owner-of-alert' }], grouping: usualGrouping })
    },
  }
}

type Check = FileCheck & AroundNotifications

function checkRoute(check: Check, said: Loose<WrittenRoute>, path: YamlPath, depth: number): void {
  if (said === undefined) return
  const { file, report } = check
  if (depth > MOST_DEPTH) {
    report(
      file.keyAt(path),
      { en: `routes lie more than ${MOST_DEPTH} deep in each other`, zh: `路由嵌套超过 ${MOST_DEPTH} 层` },
      { remedy: { en: 'name more in the matchers of one route', zh: '请在同一路由的匹配器中写明更多条件' } },
    )
    return
  }
  said.matchers?.forEach((text, index) => {
    checkMatcher(check, text, [...path, 'matchers', index])
  })
  checkReceivers(check, said, path)
  checkGroupBy(check, said.group_by, [...path, 'group_by'])
  checkTimes(check, said, path)
  checkQuietHours(check, said.quiet_hours, [...path, 'quiet_hours'])
  said.routes?.forEach((inner, index) => {
    checkRoute(check, inner, [...path, 'routes', index], depth + 1)
  })
}

function checkMatcher({ file, report, labels }: Check, text: string | undefined, path: YamlPath): void {
  if (text === undefined) return
  try {
    const matcher = parseMatcher(text)
    compileMatcher(matcher)
    if (labels === undefined || labels.has(matcher.name)) return
    report(file.valueAt(path), unknownLabelText(matcher.name), remedyOf(didYouMean(matcher.name, labels)))
  } catch (error) {
    if (!(error instanceof MatcherError)) throw error
    report(file.valueAt(path), {
      en: `${shown(text)} ${error.message}`,
      zh: `${shown(text)} 不是有效的匹配器（写作 name="value"，中间用 =、!=、=~ 或 !~）：${error.message}`,
    })
  }
}

const shown = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)

const remedyOf = (remedy: Bilingual | undefined) => remedy && { remedy }

const unknownLabelText = (label: string): Bilingual => ({
  en: `no alert has a label "${label}"`,
  zh: `没有告警带有标签 "${label}"`,
})

function checkReceivers(check: Check, said: NonNullable<Loose<WrittenRoute>>, path: YamlPath): void {
  const { file, report } = check
  if (said.receiver !== undefined && said.receivers !== undefined) {
    report(
      file.keyAt([...path, 'receivers']),
      { en: '"receiver" and "receivers" stand in one route', zh: '同一路由中同时有 "receiver" 和 "receivers"' },
      { remedy: { en: 'put all of them into receivers', zh: '请全部写入 receivers' } },
    )
  }
  checkReceiver(check, said.receiver, [...path, 'receiver'])
  said.receivers?.forEach((receiver, index) => {
    checkReceiver(check, receiver, [...path, 'receivers', index])
  })
  checkRepeats(check, said.receivers, [...path, 'receivers'])
}

/** Whether the owner, and the contact point of his, are in owners.yaml. */
function checkReceiver(check: Check, receiver: string | undefined, path: YamlPath): void {
  const { file, report, owners, contactPoints } = check
  if (receiver === undefined || receiver === OWN || owners === 'unreadable') return
  const [owner = '', name] = receiver.split('/')
  const known = owners === 'no-file' ? new Set<string>() : owners
  if (!known.has(owner)) {
    const message = { en: `unknown owner "${owner}"`, zh: `未知的负责人 "${owner}"` }
    report(file.valueAt(path), message, remedyOf(didYouMean(owner, [OWN, ...known])))
    return
  }
  const own = contactPoints.get(owner)
  if (own === undefined || (name === undefined ? own.length > 0 : own.some(one => one.name === name))) return
  const names = own.map(one => `${owner}/${one.name}`)
  report(
    file.valueAt(path),
    name === undefined || own.length === 0
      ? { en: `"${owner}" has no contact point`, zh: `"${owner}" 没有联系方式` }
      : { en: `"${owner}" has no contact point "${name}"`, zh: `"${owner}" 没有联系方式 "${name}"` },
    own.length === 0 ? { remedy: addOne } : remedyOf(didYouMean(receiver, names)),
  )
}

const addOne: Bilingual = {
  en: 'give it one in owners.yaml, contact_points: [{webhook: https://…}]',
  zh: '请在 owners.yaml 中添加 contact_points: [{webhook: https://…}]',
}

function checkGroupBy(check: Check, groupBy: readonly (string | undefined)[] | undefined, path: YamlPath): void {
  const { file, report, labels } = check
  checkRepeats(check, groupBy, path)
  groupBy?.forEach((label, index) => {
    const at = [...path, index]
    if (label === ALL_LABELS && groupBy.length > 1) {
      report(
        file.valueAt(at),
        { en: `"${ALL_LABELS}" stands for all labels`, zh: `"${ALL_LABELS}" 表示所有标签` },
        { remedy: { en: 'leave the others out', zh: '请删除其他标签' } },
      )
    }
    if (label === undefined || label === ALL_LABELS || labels === undefined || labels.has(label)) return
    report(file.valueAt(at), unknownLabelText(label), remedyOf(didYouMean(label, labels)))
  })
}

/** Whoever wants a message a second wants another tool; what waits longer than a month is wanted by nobody. */
const shortestIntervalMs = 1_000
const longestMs = 30 * 86_400_000

function checkTimes({ file, report }: Check, said: NonNullable<Loose<WrittenRoute>>, path: YamlPath): void {
  for (const key of ['group_wait', 'group_interval', 'repeat_interval'] as const) {
    const text = said[key]
    if (text === undefined) continue
    const ms = parseDuration(text) ?? Infinity
    const least = key === 'group_wait' ? 0 : shortestIntervalMs
    if (ms >= least && ms <= longestMs) continue
    report(file.valueAt([...path, key]), {
      en: `"${key}" must be from ${least / 1_000}s to 30d, not ${text}`,
      zh: `"${key}" 应在 ${least / 1_000}s 到 30d 之间，而不是 ${text}`,
    })
  }
}

type Inherited = Pick<NotificationRoute, 'receivers' | 'grouping'>

type Building = { readonly file: YamlFile; readonly calendars: ReadonlyMap<string, CalendarDefinition> }

function buildRoute(build: Building, written: WrittenRoute, above: Inherited): NotificationRoute {
  const named = written.receiver === undefined ? written.receivers : [written.receiver]
  const receivers = named?.map(receiverOf) ?? above.receivers
  const grouping = {
    by: written.group_by === undefined ? above.grouping.by : labelsOf(written.group_by),
    waitMs: msOf(written.group_wait, above.grouping.waitMs),
    intervalMs: msOf(written.group_interval, above.grouping.intervalMs),
    repeatMs: msOf(written.repeat_interval, above.grouping.repeatMs),
  }
  const own = { receivers, grouping }
  return {
    matchers: (written.matchers ?? []).map((text): LabelMatcher => parseMatcher(text)),
    goesOn: written.continue ?? false,
    ...own,
    quietHours: buildQuietHours(written.quiet_hours, build.file, build.calendars),
    routes: (written.routes ?? []).map(inner => buildRoute(build, inner, own)),
  }
}

const labelsOf = (groupBy: readonly string[]): readonly string[] | undefined =>
  groupBy.includes(ALL_LABELS) ? undefined : groupBy.toSorted()

const msOf = (written: string | undefined, above: RouteGrouping['waitMs']) =>
  written === undefined ? above : (parseDuration(written) ?? above)

function receiverOf(receiver: string): RouteReceiver {
  if (receiver === OWN) return { kind: 'owner-of-alert' }
  return receiver.includes('/') ? { kind: 'contact-point', name: receiver } : { kind: 'owner', owner: receiver }
}
