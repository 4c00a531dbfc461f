import type { Loose } from './check-shape.ts'
import { checkCondition, compileCondition } from './condition.ts'
import { didYouMean } from './did-you-mean.ts'
import {
  checkName,
  checkOwner,
  checkRepeats,
  dimensionNames,
  type ProcessCheck,
  reportCondition,
} from './process-check.ts'
import type { WrittenProcess } from './process-file.ts'
import { namedStatistics, type StatisticName, statisticUnit } from './statistics.ts'
import { parseTemplate } from './template.ts'
import type { YamlPath } from './yaml-file.ts'

const stageKind = { en: 'stage', zh: '阶段' }

/** Statistics that a stage whose visits are never due does not have. */
const ofTarget: ReadonlySet<string> = new Set<StatisticName>(['within_target', 'breached', 'overdue', 'late_risk'])

/** Rules and metrics: the stage that they name, and what they want to know of it. */
export function checkRules(check: ProcessCheck): void {
  const { said } = check
  const stages = said.stages === undefined ? undefined : Object.keys(said.stages)
  for (const [name, metric] of Object.entries(said.metrics ?? {})) {
    if (metric === undefined) continue
    const path = ['metrics', name]
    checkName(check, stageKind, metric.stage, [...path, 'stage'], stages)
    checkOwner(check, metric.owner, [...path, 'owner'])
    checkStatistic(check, metric, path)
  }
  for (const [name, rule] of Object.entries(said.rules ?? {})) {
    if (rule === undefined) continue
    const path = ['rules', name]
    checkName(check, stageKind, rule.stage, [...path, 'stage'], stages)
    checkOwner(check, rule.owner, [...path, 'owner'])
    checkRepeats(check, rule.by, [...path, 'by'])
    checkSegments(check, rule, path)
    for (const key of ['when', 'recover_when'] as const) {
      checkRuleCondition(check, rule[key], rule.stage, [...path, key])
    }
    checkSummary(check, rule, [...path, 'summary'])
  }
}

type WrittenMetric = {
  readonly stage?: string | undefined
  readonly statistic?: string | undefined
  readonly unit?: string | undefined
}

function checkStatistic(check: ProcessCheck, { stage, statistic, unit }: WrittenMetric, path: YamlPath): void {
  const { file, report } = check
  if (statistic === undefined) return
  if (!checkName(check, { en: 'statistic', zh: '统计量' }, statistic, [...path, 'statistic'], namedStatistics)) return
  if (ofTarget.has(statistic) && lacksTarget(check, stage))
    reportNoTarget(check, statistic, stage, [...path, 'statistic'])
  const own = statisticUnit[statistic as StatisticName]
  const expected = own === 'rate' ? 'per_hour' : own
  if (unit === undefined || unit === expected) return
  report(
    file.valueAt([...path, 'unit']),
    { en: `"${statistic}" is no ${unit}`, zh: `"${statistic}" 的单位不是 ${unit}` },
    { remedy: { en: `its unit is ${expected}`, zh: `其单位是 ${expected}` } },
  )
}

type WrittenRule = NonNullable<Loose<NonNullable<WrittenProcess['rules']>[string]>>

/** A rule merges the segments that its stage keeps; it cannot cut them finer. */
function checkSegments(check: ProcessCheck, { stage, by }: WrittenRule, path: YamlPath): void {
  const { file, said, report } = check
  const ofStage = stageNamed(said, stage)
  if (ofStage === undefined || ('by' in ofStage && ofStage.by === undefined)) return
  const known = (ofStage.by ?? []).filter(name => name !== undefined)
  // A slip in the stage's own list is told there; it would make every rule look wrong.
  if (!known.every(name => dimensionNames(check)?.includes(name))) return
  by?.forEach((dimension, index) => {
    if (dimension === undefined || known.includes(dimension)) return
    report(
      file.valueAt([...path, 'by', index]),
      { en: `the stage "${stage}" is not cut by "${dimension}"`, zh: `阶段 "${stage}" 未按 "${dimension}" 细分` },
      {
        remedy: didYouMean(dimension, known) ?? {
          en: `add ${dimension} to the stage's by`,
          zh: `请把 ${dimension} 加入该阶段的 by`,
        },
      },
    )
  })
}

function checkRuleCondition(check: ProcessCheck, text: string | undefined, stage: string | undefined, path: YamlPath) {
  if (text === undefined) return
  const problem = checkCondition(text)
  if (problem !== undefined) {
    reportCondition(check, problem, path)
    return
  }
  if (!lacksTarget(check, stage)) return
  const missing = compileCondition(text).statistics.find(statistic => ofTarget.has(statistic))
  if (missing !== undefined) reportNoTarget(check, missing, stage, path)
}

/** The places of a summary are filled in when the alert fires: too late to learn that one names nothing. */
function checkSummary({ file, report }: ProcessCheck, { by, summary }: WrittenRule, path: YamlPath): void {
  const dimensions = by?.filter(name => name !== undefined) ?? []
  const texts =
    typeof summary === 'string'
      ? [[summary, path] as const]
      : (['en', 'zh'] as const).map(language => [summary?.[language], [...path, language]] as const)
  for (const [text, textPath] of texts) {
    const parsed = text === undefined ? undefined : parseTemplate(text, dimensions)
    if (parsed !== undefined && 'message' in parsed) report(file.valueAt(textPath, parsed.offset), parsed.message)
  }
}

const stageNamed = ({ stages }: ProcessCheck['said'], name: string | undefined) =>
  stages !== undefined && name !== undefined && Object.hasOwn(stages, name) ? stages[name] : undefined

function lacksTarget({ said }: ProcessCheck, stage: string | undefined): boolean {
  const ofStage = stageNamed(said, stage)
  return ofStage !== undefined && !('target' in ofStage) && !('deadline' in ofStage)
}

/** Such a statistic has never a value, so a condition on it would stay unknown for good. */
function reportNoTarget({ file, report }: ProcessCheck, statistic: string, stage: string | undefined, path: YamlPath) {
  report(
    file.valueAt(path),
    {
      en: `"${statistic}" needs a target or a deadline, and the stage "${stage}" has none`,
      zh: `"${statistic}" 需要目标或截止时间，而阶段 "${stage}" 都没有`,
    },
    { remedy: { en: 'give the stage a target or a deadline', zh: '请为该阶段设置 target 或 deadline' } },
  )
}
