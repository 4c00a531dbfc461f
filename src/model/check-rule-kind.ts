import { exactDuration } from '../event/duration.ts'
import { checkIsKept } from './check-kept.ts'
import type { Loose } from './check-shape.ts'
import { checkPanes } from './check-times.ts'
import { compileCondition } from './condition.ts'
import { didYouMean } from './did-you-mean.ts'
import { reportMisfit } from './misfit.ts'
import { checkName, type ProcessCheck } from './process-check.ts'
import { processFile, type WrittenProcess } from './process-file.ts'
import { absentOf, conditionOfKind, ruleKindNames } from './rule-kind.ts'
import { type StatisticName, type Vocabulary, vocabularyOf } from './statistics.ts'
import type { YamlPath } from './yaml-file.ts'

export type WrittenRule = NonNullable<Loose<NonNullable<WrittenProcess['rules']>[string]>>

/** What the texts of a rule may name. */
export const vocabularyOfWritten = ({ measure, deviation }: WrittenRule): Vocabulary =>
  vocabularyOf({ measure, deviationOf: deviation?.of })

/** A rule says when it fires: by a condition, or by exactly one kind, which is short for one. */
export function checkKind(check: ProcessCheck, rule: WrittenRule, path: YamlPath): void {
  const { file, report } = check
  const [first, second] = (['when', ...ruleKindNames] as const).filter(key => key in rule)
  if (first === undefined) {
    const others = ruleKindNames.join(', ')
    report(
      file.keyAt(path),
      { en: 'the rule does not say when it fires', zh: '规则没有说明何时触发' },
      { remedy: { en: `give it "when", or one of ${others}`, zh: `请写 "when"，或 ${others} 之一` } },
    )
    return
  }
  if (second !== undefined) {
    // What has the wrong shape is told already.
    if (rule[first] === undefined || rule[second] === undefined) return
    report(
      file.keyAt([...path, second]),
      { en: `"${first}" and "${second}" exclude each other`, zh: `"${first}" 与 "${second}" 不能同时使用` },
      { remedy: { en: 'make two rules of it', zh: '请拆成两条规则' } },
    )
    return
  }
  if (first === 'when' || first === 'absent' || first === 'deviation') {
    if (!('window' in rule)) reportMisfit(file, processFile, { kind: 'value', path: [...path, 'window'] }, report)
    if (first === 'absent') checkAbsent(check, rule, [...path, first])
    if (first === 'deviation') checkDeviation(check, rule, [...path, first])
    return
  }
  const at = [...path, first]
  if (rule.measure !== undefined) {
    report(
      file.keyAt(at),
      { en: `"${first}" is about visits, and a measure has none`, zh: `"${first}" 针对阶段的停留，而度量没有停留` },
      { remedy: { en: 'name a stage, or write a condition', zh: '请写明 stage，或改用条件' } },
    )
    return
  }
  const condition = conditionOfKind(rule)
  if (condition !== undefined) checkKindCondition(check, condition.when, rule, at)
  else if (first === 'deadline' && rule.deadline !== undefined && Object.keys(rule.deadline).length === 0) {
    report(
      file.valueAt(at),
      { en: '"deadline" says neither due_soon nor overdue', zh: '"deadline" 既没有 due_soon 也没有 overdue' },
      { remedy: { en: 'say how many cases it takes', zh: '请写明需要多少个案例' } },
    )
  }
}

/** It is no text of the writer's, so what is wrong with it is told of the kind. */
function checkKindCondition(check: ProcessCheck, when: string, rule: WrittenRule, path: YamlPath): void {
  const { statistics, readings } = compileCondition(when)
  checkIsKept(check, statistics, rule, path)
  const windowsMs = new Set(readings.flatMap(({ windowMs }) => windowMs ?? []))
  for (const windowMs of windowsMs) checkPanes(check, windowMs, exactDuration(windowMs), check.file.valueAt(path))
}

/** It counts what comes to a stage or leaves it, or the events of a measure; and it expects whole segments. */
function checkAbsent(check: ProcessCheck, rule: WrittenRule, path: YamlPath): void {
  const { file, report } = check
  const { absent, by = [] } = rule
  const of = absent?.of
  const isOfMeasure = rule.measure !== undefined
  if (of !== undefined && (of === 'count') !== isOfMeasure) {
    const right = isOfMeasure ? 'count' : 'entered, exited'
    report(
      file.valueAt([...path, 'of']),
      {
        en: `"${of}" is nothing that a ${isOfMeasure ? 'measure' : 'stage'} counts`,
        zh: `${isOfMeasure ? '度量' : '阶段'}不统计 "${of}"`,
      },
      { remedy: { en: `use ${right}`, zh: `请使用 ${right}` } },
    )
  } else if (absent !== undefined) checkIsKept(check, [absentOf(rule)], rule, path)
  absent?.expected?.forEach((labels, index) => {
    const at = [...path, 'expected', index]
    for (const dimension of Object.keys(labels ?? {})) {
      if (by.includes(dimension)) continue
      report(
        file.keyAt([...at, dimension]),
        { en: `the rule is not cut by "${dimension}"`, zh: `规则未按 "${dimension}" 细分` },
        {
          remedy: didYouMean(
            dimension,
            by.flatMap(name => name ?? []),
          ) ?? { en: `add ${dimension} to its by`, zh: `请把 ${dimension} 加入其 by` },
        },
      )
    }
    const missing = by.find(dimension => dimension !== undefined && labels !== undefined && !(dimension in labels))
    if (missing === undefined) return
    report(
      file.valueAt(at),
      { en: `the segment does not say its "${missing}"`, zh: `该细分没有写明 "${missing}"` },
      { remedy: { en: 'name a value for each dimension of by', zh: '请为 by 中的每个维度写明取值' } },
    )
  })
}

function checkDeviation(check: ProcessCheck, rule: WrittenRule, path: YamlPath): void {
  const of = rule.deviation?.of
  if (of === undefined) return
  const { names } = vocabularyOf({ measure: rule.measure })
  if (!checkName(check, { en: 'statistic', zh: '统计量' }, of, [...path, 'of'], names)) return
  checkIsKept(check, [of as StatisticName], rule, [...path, 'of'])
}
