import { exactDuration } from '../event/duration.ts'
import { checkIsKept } from './check-kept.ts'
import { checkKind, vocabularyOfWritten, type WrittenRule } from './check-rule-kind.ts'
import { checkSubject, subjectNamed, type WrittenSubject } from './check-subject.ts'
import { checkPanes } from './check-times.ts'
import { checkCondition, compileCondition } from './condition.ts'
import { didYouMean } from './did-you-mean.ts'
import {
  checkName,
  checkOwner,
  checkRepeats,
  dimensionKind,
  dimensionNames,
  isSoundBy,
  type ProcessCheck,
  reportCondition,
} from './process-check.ts'
import { HELD_TIME_RULE } from './reserved-names.ts'
import { type StatisticName, vocabularyOf } from './statistics.ts'
import { parseTemplate } from './template.ts'
import type { YamlPath } from './yaml-file.ts'

/** Rules and metrics: the stage or measure that they name, and what they want to know of it. */
export function checkRules(check: ProcessCheck): void {
  const { said } = check
  for (const [name, metric] of Object.entries(said.metrics ?? {})) {
    if (metric === undefined) continue
    const path = ['metrics', name]
    checkOwner(check, metric.owner, [...path, 'owner'])
    if (checkSubject(check, metric, path)) checkStatistic(check, metric, path)
  }
  for (const [name, rule] of Object.entries(said.rules ?? {})) {
    if (rule === undefined) continue
    const path = ['rules', name]
    if (name === HELD_TIME_RULE) {
      check.report(
        check.file.keyAt(path),
        { en: `every process has the rule ${name} already`, zh: `每个流程已有规则 ${name}` },
        { remedy: { en: 'call this one otherwise', zh: '请换一个名称' } },
      )
    }
    checkOwner(check, rule.owner, [...path, 'owner'])
    checkRepeats(check, rule.by, [...path, 'by'])
    if (!checkSubject(check, rule, path)) continue
    checkSegments(check, rule, path)
    checkKind(check, rule, path)
    for (const key of ['when', 'recover_when'] as const) {
      checkRuleCondition(check, rule[key], rule, [...path, key])
    }
    checkSummary(check, rule, [...path, 'summary'])
  }
}

type WrittenMetric = WrittenSubject & {
  readonly statistic?: string | undefined
  readonly unit?: string | undefined
}

function checkStatistic(check: ProcessCheck, metric: WrittenMetric, path: YamlPath): void {
  const { file, report } = check
  const { statistic, unit } = metric
  if (statistic === undefined) return
  const { names, unitOf } = vocabularyOf(metric)
  if (!checkName(check, { en: 'statistic', zh: '统计量' }, statistic, [...path, 'statistic'], names)) return
  checkIsKept(check, [statistic as StatisticName], metric, [...path, 'statistic'])
  const own = unitOf[statistic as StatisticName]
  const expected = own === 'rate' ? 'per_hour' : own
  if (unit === undefined || unit === expected) return
  report(
    file.valueAt([...path, 'unit']),
    { en: `"${statistic}" is no ${unit}`, zh: `"${statistic}" 的单位不是 ${unit}` },
    { remedy: { en: `its unit is ${expected}`, zh: `其单位是 ${expected}` } },
  )
}

/** A rule merges the segments that its stage or measure keeps; it cannot cut them finer. */
function checkSegments(check: ProcessCheck, rule: WrittenRule, path: YamlPath): void {
  const { file, report } = check
  const { known, ofSubject } = rightDimensions(check, rule)
  const ofProcess = dimensionNames(check)
  rule.by?.forEach((dimension, index) => {
    if (dimension === undefined || known?.includes(dimension)) return
    const at = [...path, 'by', index]
    // Nobody can be told to cut a stage by a name that no event has.
    const isSlip = known?.length === 0 && ofProcess?.includes(dimension) === false
    if (ofSubject === undefined || isSlip) {
      checkName(check, dimensionKind, dimension, at, ofProcess)
      return
    }
    const { called } = ofSubject
    report(
      file.valueAt(at),
      { en: `the ${called.en} is not cut by "${dimension}"`, zh: `${called.zh} 未按 "${dimension}" 细分` },
      {
        remedy: didYouMean(dimension, known ?? []) ?? {
          en: `add ${dimension} to its by`,
          zh: `请把 ${dimension} 加入其 by`,
        },
      },
    )
  })
}

/**
 * What a rule may be cut by: as its stage or measure is, `ofSubject`. A slip in the list there is told there and would make
 * every rule look wrong; then, and where there is no such subject, the names are those of the process.
 *
 * @returns `known`: undefined where nobody can tell.
 */
function rightDimensions(check: ProcessCheck, rule: WrittenSubject) {
  const ofProcess = dimensionNames(check)
  const subject = subjectNamed(check, rule)
  if (subject === undefined || !isSoundBy(subject.said, ofProcess)) return { known: ofProcess }
  return { known: subject.said.by ?? [], ofSubject: subject }
}

function checkRuleCondition(check: ProcessCheck, text: string | undefined, rule: WrittenRule, path: YamlPath) {
  if (text === undefined) return
  const vocabulary = vocabularyOfWritten(rule)
  const problem = checkCondition(text, vocabulary)
  if (problem !== undefined) {
    reportCondition(check, problem, path)
    return
  }
  const { statistics, readings } = compileCondition(text, vocabulary)
  checkIsKept(check, statistics, rule, path)
  for (const { windowMs, offset } of readings) {
    if (windowMs === undefined) continue
    checkPanes(check, windowMs, exactDuration(windowMs), check.file.valueAt(path, offset))
  }
}

/**
 * The places of a summary are filled in when the alert fires: too late to learn that one names nothing.
 *
 * A slip in the rule's `by` is told there: a place that repeats it is not told, nor one that may name what was meant, and
 * advice names only what there is.
 */
function checkSummary(check: ProcessCheck, rule: WrittenRule, path: YamlPath): void {
  const { file, report } = check
  const { summary } = rule
  const written = rule.by?.filter(name => name !== undefined) ?? []
  const isSound = isSoundBy(rule, rightDimensions(check, rule).known)
  const offered = isSound ? written : dimensionNames(check)
  if (offered === undefined) return
  const texts =
    typeof summary === 'string'
      ? [[summary, path] as const]
      : (['en', 'zh'] as const).map(language => [summary?.[language], [...path, language]] as const)
  for (const [text, textPath] of texts) {
    const parsed =
      text === undefined ? undefined : parseTemplate(text, [...written, ...offered], vocabularyOfWritten(rule), offered)
    if (parsed !== undefined && 'message' in parsed) report(file.valueAt(textPath, parsed.offset), parsed.message)
  }
}
