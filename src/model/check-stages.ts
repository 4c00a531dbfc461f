import { countRests } from './check-deadlines.ts'
import { eventConditionNames } from './event-condition.ts'
import { allPatterns } from './patterns.ts'
import {
  activityKind,
  checkCalendarName,
  checkName,
  checkOwner,
  checkRepeats,
  dimensionKind,
  dimensionNames,
  isSoundBy,
  ofKeys,
  type ProcessCheck,
  reportCondition,
} from './process-check.ts'

/** The activities that start and end runs and stages, and what stages are cut by. */
export function checkStages(check: ProcessCheck): void {
  const { said } = check
  checkSizes(check)
  const activities = said.activities?.filter(name => name !== undefined)
  for (const { activity, activityPath, where, wherePath } of allPatterns(said)) {
    checkName(check, activityKind, activity, activityPath, activities)
    const read = where === undefined ? undefined : eventConditionNames(where)
    if (read !== undefined && 'offset' in read) reportCondition(check, read, wherePath)
  }
  const dimensions = dimensionNames(check)
  for (const [name, stage] of Object.entries(said.stages ?? {})) {
    if (stage === undefined) continue
    checkOwner(check, stage.owner, ['stages', name, 'owner'])
    checkCalendarName(check, stage.calendar, ['stages', name, 'calendar'])
    const byPath = ['stages', name, 'by']
    checkRepeats(check, stage.by, byPath)
    stage.by?.forEach((dimension, index) => {
      checkName(check, dimensionKind, dimension, [...byPath, index], dimensions)
    })
    if (typeof stage.target === 'object') checkTarget(check, name, stage.target, stage)
  }
}

/** What the fold has room for: an event says in ten bits which activity it is, and of which topic. */
export const MOST_ACTIVITIES_TIMES_TOPICS = 1_024
export const MOST_STAGES = 1_024

function checkSizes({ file, said, report }: ProcessCheck): void {
  const topics = (said.sources ?? []).reduce((sum, source) => sum + (source?.topics?.length ?? 0), 0)
  const activities = said.activities?.length ?? 0
  if (activities * topics > MOST_ACTIVITIES_TIMES_TOPICS) {
    report(
      file.keyAt(['activities']),
      {
        en: `${activities} activities times ${topics} topics are more than ${MOST_ACTIVITIES_TIMES_TOPICS}`,
        zh: `${activities} 个活动乘以 ${topics} 个主题超过 ${MOST_ACTIVITIES_TIMES_TOPICS}`,
      },
      { remedy: { en: 'name only the activities that stages use', zh: '请只列出阶段用到的活动' } },
    )
  }
  const stages = Object.keys(said.stages ?? {}).length
  const rests = countRests(said)
  if (stages <= MOST_STAGES && stages + rests > MOST_STAGES) {
    report(
      file.keyAt(['stages']),
      {
        en: `${stages} stages and ${rests} rests of stages that deadlines count are more than ${MOST_STAGES}`,
        zh: `${stages} 个阶段加上截止时间所需的 ${rests} 个剩余段超过 ${MOST_STAGES}`,
      },
      { remedy: { en: 'name the stages inside it under through', zh: '请在 through 中列出其内部的阶段' } },
    )
  }
  if (stages <= MOST_STAGES) return
  report(
    file.keyAt(['stages']),
    { en: `${stages} stages are more than ${MOST_STAGES}`, zh: `${stages} 个阶段超过 ${MOST_STAGES}` },
    { remedy: { en: 'split the process', zh: '请拆分流程' } },
  )
}

type WrittenTarget = { readonly default?: string | undefined; readonly by?: object | undefined }

function checkTarget(
  check: ProcessCheck,
  stage: string,
  target: WrittenTarget,
  cut: { readonly by?: readonly (string | undefined)[] | undefined },
): void {
  const { file, report } = check
  const path = ['stages', stage, 'target']
  if (!('default' in target) && Object.keys(target.by ?? {}).length === 0) {
    report(
      file.keyAt(path),
      { en: 'the target is empty', zh: '目标为空' },
      { remedy: { en: 'give a default, or values under by', zh: '请给出 default，或在 by 下给出取值' } },
    )
  }
  const ofProcess = dimensionNames(check)
  const by = isSoundBy(cut, ofProcess) ? (cut.by ?? []) : undefined
  for (const dimension of Object.keys(target.by ?? {})) {
    if (by?.includes(dimension)) continue
    const at = [...path, 'by', dimension]
    // A slip in the stage's by is told there, and one here is not to be put into it.
    if (by === undefined || ofProcess?.includes(dimension) === false) {
      checkName(ofKeys(check), dimensionKind, dimension, at, by?.length ? by : ofProcess)
      continue
    }
    report(
      file.keyAt(at),
      {
        en: `the target differs by "${dimension}", which the stage is not cut by`,
        zh: `目标按 "${dimension}" 区分，但阶段未按它细分`,
      },
      { remedy: { en: `add ${dimension} to the stage's by`, zh: `请把 ${dimension} 加入该阶段的 by` } },
    )
  }
}
