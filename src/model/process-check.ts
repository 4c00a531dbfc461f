import type { ConditionProblem } from './cel.ts'
import type { Loose } from './check-shape.ts'
import { didYouMean } from './did-you-mean.ts'
import type { Bilingual } from './local-text.ts'
import type { Report } from './problem.ts'
import type { WrittenProcess } from './process-file.ts'
import { isTimeZone, timeZoneNames } from './time-zone.ts'
import { isWithin, type YamlFile, type YamlPath } from './yaml-file.ts'

/** A file while it is checked. */
export type FileCheck = { readonly file: YamlFile; readonly report: Report }

/** One process file while it is checked. */
export type ProcessCheck = FileCheck & {
  /** What it says, as far as it has the right shape. */
  readonly said: NonNullable<Loose<WrittenProcess>>
  readonly owners: KnownNames
  readonly calendars: KnownNames
}

/** The names in owners.yaml or calendars.yaml; `unreadable`: there is such a file, but nobody can tell what it says. */
export type KnownNames = ReadonlySet<string> | 'no-file' | 'unreadable'

/** A name that must be one of `known`; undefined where these cannot be told. */
export function checkName(
  { file, report }: FileCheck,
  kind: Bilingual,
  name: string | undefined,
  path: YamlPath,
  known: Iterable<string> | undefined,
): boolean {
  if (name === undefined || known === undefined) return false
  const names = new Set(known)
  if (names.has(name)) return true
  const remedy = didYouMean(name, names)
  const message = { en: `unknown ${kind.en} "${name}"`, zh: `未知的${kind.zh} "${name}"` }
  report(file.valueAt(path), message, remedy && { remedy })
  return false
}

/**
 * The names of what stands in the map at `path`.
 *
 * @returns undefined where there is no map, or where a key stands in it twice: one of the two may have been meant to be the
 * very name that is then missed elsewhere.
 */
export function namesIn({ file }: FileCheck, map: object | undefined, path: YamlPath): string[] | undefined {
  const isUnclear = file.repeated.some(key => key.length === path.length + 1 && isWithin(path, key))
  return map === undefined || isUnclear ? undefined : Object.keys(map)
}

/** The same check for names that are keys: that is where a mistake is shown. */
export const ofKeys = <Check extends FileCheck>(check: Check): Check => ({
  ...check,
  file: { ...check.file, valueAt: check.file.keyAt },
})

export const activityKind: Bilingual = { en: 'activity', zh: '活动' }
export const dimensionKind: Bilingual = { en: 'dimension', zh: '维度' }

/** Names in a list, each of which may stand there once. */
export function checkRepeats(
  { file, report }: FileCheck,
  names: readonly (string | undefined)[] | undefined,
  path: YamlPath,
): void {
  names?.forEach((name, index) => {
    if (name === undefined || names.indexOf(name) === index) return
    report(
      file.valueAt([...path, index]),
      { en: `"${name}" stands here twice`, zh: `"${name}" 重复` },
      { remedy: { en: 'keep one of them', zh: '请只保留一个' } },
    )
  })
}

export function checkOwner(check: ProcessCheck, owner: string | undefined, path: YamlPath): void {
  checkReference(check, ownerKind, owner, path, check.owners)
}

export function checkCalendarName(
  check: FileCheck & Pick<ProcessCheck, 'calendars'>,
  calendar: string | undefined,
  path: YamlPath,
): void {
  checkReference(check, calendarKind, calendar, path, check.calendars)
}

/** What stands in a file of its own beside the process files, with an example of an entry. */
type ReferenceKind = Bilingual & { readonly file: string; readonly article: string; readonly example: string }

const ownerKind: ReferenceKind = {
  en: 'owner',
  zh: '负责人',
  file: 'owners.yaml',
  article: 'an',
  example: '{title: …}',
}

const calendarKind: ReferenceKind = {
  en: 'calendar',
  zh: '日历',
  file: 'calendars.yaml',
  article: 'a',
  example: '{timezone: …, week: …}',
}

function checkReference(
  check: FileCheck,
  kind: ReferenceKind,
  name: string | undefined,
  path: YamlPath,
  known: KnownNames,
): void {
  if (name === undefined || known === 'unreadable') return
  if (known !== 'no-file') {
    checkName(check, kind, name, path, known)
    return
  }
  const { file, article, example } = kind
  check.report(
    check.file.valueAt(path),
    { en: `unknown ${kind.en} "${name}": there is no ${file}`, zh: `未知的${kind.zh} "${name}"：没有 ${file}` },
    {
      remedy: {
        en: `put ${article} ${file} beside this file, with ${name}: ${example}`,
        zh: `请在此文件旁添加 ${file}，内容如 ${name}: ${example}`,
      },
    },
  )
}

export function checkZone({ file, report }: FileCheck, zone: string | undefined, path: YamlPath): void {
  if (zone === undefined || isTimeZone(zone)) return
  const remedy = didYouMean(zone, timeZoneNames())
  report(file.valueAt(path), { en: `unknown time zone "${zone}"`, zh: `未知的时区 "${zone}"` }, remedy && { remedy })
}

/** Reports what is wrong with a condition, at the very character where the text stands on one line. */
export function reportCondition({ file, report }: ProcessCheck, problem: ConditionProblem, path: YamlPath): void {
  report(
    file.valueAt(path, problem.offset),
    { en: `in the condition: ${problem.message}`, zh: `条件表达式有误：${problem.zh}` },
    { excerpt: problem.caret },
  )
}

/** The dimensions of all sources; undefined where the mapping of a source is broken, so that nobody can tell its dimensions. */
export const dimensionNames = (check: ProcessCheck): string[] | undefined => attributeNames(check, 'dimensions')

/** Whether each name in a `by` is one of `known`, which nobody can tell of a list of the wrong shape. */
export function isSoundBy<Name extends string>(
  said: { readonly by?: readonly (Name | undefined)[] | undefined },
  known: readonly string[] | undefined,
): said is { readonly by?: readonly Name[] } {
  if (said.by === undefined) return !('by' in said)
  return said.by.every(name => name !== undefined && known?.includes(name) === true)
}

/** What all sources call their attributes of a kind; undefined where the mapping of a source is broken. */
export function attributeNames(check: ProcessCheck, kind: 'dimensions' | 'instants' | 'numbers'): string[] | undefined {
  const { sources } = check.said
  if (sources === undefined) return undefined
  const names: string[] = []
  for (const [index, source] of sources.entries()) {
    if (source === undefined) return undefined
    if (!(kind in source)) continue
    const own = namesIn(check, source[kind], ['sources', index, kind])
    if (own === undefined) return undefined
    names.push(...own)
  }
  return names
}
