import type { Bilingual } from './local-text.ts'
import { checkName, namesIn, type ProcessCheck } from './process-check.ts'
import type { YamlPath } from './yaml-file.ts'

/** The stage or the measure that a rule or a metric names. */
export type WrittenSubject = { readonly stage?: string | undefined; readonly measure?: string | undefined }

const stageKind: Bilingual = { en: 'stage', zh: '阶段' }
const measureKind: Bilingual = { en: 'measure', zh: '度量' }

/**
 * Exactly one of the two, and one that there is.
 *
 * @param path of the rule or metric.
 * @returns whether it is told if the subject is a stage or a measure: else nobody knows what its statistics are.
 */
export function checkSubject(check: ProcessCheck, subject: WrittenSubject, path: YamlPath): boolean {
  const { said, file, report } = check
  // Present though it may have the wrong shape, which is reported already.
  if ('stage' in subject && 'measure' in subject) {
    report(
      file.keyAt([...path, 'measure']),
      { en: '"stage" and "measure" exclude each other', zh: '"stage" 与 "measure" 不能同时使用' },
      { remedy: { en: 'keep one of them', zh: '请只保留一个' } },
    )
    return false
  }
  if (!('stage' in subject) && !('measure' in subject)) {
    report(
      file.keyAt([...path, 'stage']),
      { en: '"stage" is missing', zh: '缺少 "stage"' },
      { remedy: { en: 'name the stage, or a measure, that it is about', zh: '请写明所针对的 stage 或 measure' } },
    )
    return false
  }
  const stages = namesIn(check, said.stages, ['stages'])
  checkName(check, stageKind, subject.stage, [...path, 'stage'], stages)
  // A measure of the wrong shape is one all the same.
  if (subject.measure === undefined) return !('measure' in subject)
  if (!('measures' in said)) {
    report(
      file.valueAt([...path, 'measure']),
      { en: `unknown measure "${subject.measure}"`, zh: `未知的度量 "${subject.measure}"` },
      {
        remedy: { en: 'the process has no measures; add it under measures', zh: '流程没有度量；请在 measures 中添加' },
      },
    )
    return true
  }
  const measures = namesIn(check, said.measures, ['measures'])
  checkName(check, measureKind, subject.measure, [...path, 'measure'], measures)
  return true
}

/** What the file says of the subject, with how a person calls it; undefined where it names none that there is. */
export function subjectNamed({ said }: ProcessCheck, { stage, measure }: WrittenSubject) {
  if (measure !== undefined) {
    const ofMeasure = said.measures !== undefined && Object.hasOwn(said.measures, measure) && said.measures[measure]
    return ofMeasure ? { said: ofMeasure, called: { en: `measure "${measure}"`, zh: `度量 "${measure}"` } } : undefined
  }
  const ofStage = stage !== undefined && said.stages !== undefined && Object.hasOwn(said.stages, stage)
  const found = ofStage ? said.stages?.[stage] : undefined
  return found && { said: found, called: { en: `stage "${stage}"`, zh: `阶段 "${stage}"` } }
}
