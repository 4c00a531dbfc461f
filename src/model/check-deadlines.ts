import { attributeNames, checkName, checkRepeats, namesIn, type ProcessCheck } from './process-check.ts'

const instantKind = { en: 'instant', zh: '时刻' }
const stageKind = { en: 'stage', zh: '阶段' }

/** Deadlines of stages: the instants that they name, and the stages inside them. */
export function checkDeadlines(check: ProcessCheck): void {
  const { said } = check
  const stages = namesIn(check, said.stages, ['stages'])
  const instants = attributeNames(check, 'instants')
  for (const [name, stage] of Object.entries(said.stages ?? {})) {
    const deadline = stage?.deadline
    if (stage === undefined || deadline === undefined) continue
    const path = ['stages', name, 'deadline']
    if (typeof deadline === 'string') {
      checkName(check, instantKind, deadline, path, instants)
      continue
    }
    if (!('at' in deadline)) {
      if (!('target' in stage)) reportNothingDue(check, name, path)
      if ('through' in deadline) reportThroughWithout(check, [...path, 'through'])
      continue
    }
    checkName(check, instantKind, deadline.at, [...path, 'at'], instants)
    checkRepeats(check, deadline.through, [...path, 'through'])
    deadline.through?.forEach((inside, index) => {
      if (inside === name) reportItself(check, name, [...path, 'through', index])
      else checkName(check, stageKind, inside, [...path, 'through', index], stages)
    })
  }
}

/** The most rests of stages that the fold keeps beside the stages. */
export function countRests(said: ProcessCheck['said']): number {
  const stages = Object.keys(said.stages ?? {}).length
  let rests = 0
  for (const stage of Object.values(said.stages ?? {})) {
    const deadline = stage?.deadline
    if (deadline === undefined || (typeof deadline === 'object' && !('at' in deadline))) continue
    rests += typeof deadline === 'object' && deadline.through !== undefined ? deadline.through.length : stages - 1
  }
  return rests
}

type Path = (string | number)[]

function reportNothingDue({ file, report }: ProcessCheck, stage: string, path: Path): void {
  report(
    file.keyAt(path),
    {
      en: `nothing says when a visit of "${stage}" is due`,
      zh: `未说明阶段 "${stage}" 何时到期`,
    },
    {
      remedy: {
        en: 'name an instant with at, or give the stage a target',
        zh: '请用 at 指定时刻，或为该阶段设置 target',
      },
    },
  )
}

function reportThroughWithout({ file, report }: ProcessCheck, path: Path): void {
  report(
    file.keyAt(path),
    {
      en: 'a target is judged by the stage alone, so there is nothing to go through',
      zh: '按 target 判断时只看本阶段，through 不起作用',
    },
    { remedy: { en: 'leave it out, or name an instant with at', zh: '请删除，或用 at 指定时刻' } },
  )
}

function reportItself({ file, report }: ProcessCheck, stage: string, path: Path): void {
  report(
    file.valueAt(path),
    { en: `"${stage}" does not lie inside itself`, zh: `"${stage}" 不能位于自身之内` },
    { remedy: { en: 'leave it out', zh: '请删除' } },
  )
}
