import type { ConditionProblem } from './cel.ts'
import type { Loose } from './check-shape.ts'
import { didYouMean } from './did-you-mean.ts'
import type { Bilingual } from './local-text.ts'
import type { Report } from './problem.ts'
import type { WrittenProcess } from './process-file.ts'
import { isTimeZone, timeZoneNames } from './time-zone.ts'
import type { YamlFile, YamlPath } from './yaml-file.ts'

/** One process file while it is checked. */
export type ProcessCheck = {
  readonly file: YamlFile
  /** What it says, as far as it has the right shape. */
  readonly said: NonNullable<Loose<WrittenProcess>>
  readonly owners: KnownOwners
  readonly report: Report
}

/** `unreadable`: there is a file of owners, but nobody can tell what it says. */
export type KnownOwners = ReadonlySet<string> | 'no-file' | 'unreadable'

/** A name that must be one of `known`; undefined where these cannot be told. */
export function checkName(
  { file, report }: ProcessCheck,
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

export const activityKind: Bilingual = { en: 'activity', zh: '活动' }
export const dimensionKind: Bilingual = { en: 'dimension', zh: '维度' }

/** Names in a list, each of which may stand there once. */
export function checkRepeats(
  { file, report }: ProcessCheck,
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
  const { file, owners, report } = check
  if (owner === undefined || owners === 'unreadable') return
  if (owners === 'no-file') {
    report(
      file.valueAt(path),
      { en: `unknown owner "${owner}": there is no owners.yaml`, zh: `未知的负责人 "${owner}"：没有 owners.yaml` },
      {
        remedy: {
          en: `put an owners.yaml beside this file, with ${owner}: {title: …}`,
          zh: `请在此文件旁添加 owners.yaml，内容如 ${owner}: {title: …}`,
        },
      },
    )
    return
  }
  checkName(check, { en: 'owner', zh: '负责人' }, owner, path, owners)
}

export function checkZone({ file, report }: ProcessCheck, zone: string | undefined, path: YamlPath): void {
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
export function dimensionNames({ said }: ProcessCheck): string[] | undefined {
  if (said.sources === undefined) return undefined
  const names: string[] = []
  for (const source of said.sources) {
    if (source === undefined || ('dimensions' in source && source.dimensions === undefined)) return undefined
    names.push(...Object.keys(source.dimensions ?? {}))
  }
  return names
}
