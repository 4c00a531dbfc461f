import { subjectNamed, type WrittenSubject } from './check-subject.ts'
import type { ProcessCheck } from './process-check.ts'
import type { StatisticName } from './statistics.ts'
import type { YamlPath } from './yaml-file.ts'

/** Statistics that a stage whose visits are never due does not have. */
const ofTarget: ReadonlySet<string> = new Set<StatisticName>(['within_target', 'breached', 'overdue', 'late_risk'])

/** Of a stage without a target, or a measure that keeps no distinct values, some statistics never have a value: a condition on one would stay unknown for good. */
export function checkIsKept(
  check: ProcessCheck,
  statistics: readonly StatisticName[],
  of: WrittenSubject,
  path: YamlPath,
) {
  const { file, report } = check
  const subject = subjectNamed(check, of)
  if (subject === undefined) return
  const { said, called } = subject
  if (of.measure !== undefined) {
    if (!statistics.includes('distinct') || ('distinct' in said && said.distinct !== false)) return
    report(
      file.valueAt(path),
      { en: `the ${called.en} keeps no distinct values`, zh: `${called.zh} 未保留不同取值` },
      { remedy: { en: 'give it distinct: true', zh: '请为其设置 distinct: true' } },
    )
    return
  }
  const missing = statistics.find(statistic => ofTarget.has(statistic))
  if (missing === undefined || 'target' in said || 'deadline' in said) return
  report(
    file.valueAt(path),
    {
      en: `"${missing}" needs a target or a deadline, and the ${called.en} has none`,
      zh: `"${missing}" 需要目标或截止时间，而${called.zh} 都没有`,
    },
    { remedy: { en: 'give the stage a target or a deadline', zh: '请为该阶段设置 target 或 deadline' } },
  )
}
