import { decimalsOf, VALUE } from './attributes.ts'
import type { Loose } from './check-shape.ts'
import { activityKind, checkName, checkZone, ofKeys, type ProcessCheck, reportCondition } from './process-check.ts'
import type { WrittenProcess } from './process-file.ts'
import { checkRecordCondition } from './record-condition.ts'
import type { YamlPath } from './yaml-file.ts'

type WrittenSource = NonNullable<Loose<WrittenProcess['sources'][number]>>

export function checkSources(check: ProcessCheck): void {
  const sources = check.said.sources ?? []
  checkTopics(check)
  sources.forEach((source, index) => {
    if (source === undefined) return
    const path = ['sources', index]
    checkEventShape(check, source, path)
    checkActivities(check, source, path)
    checkTimeMappings(check, source, path)
    const problem = source.where === undefined ? undefined : checkRecordCondition(source.where)
    if (problem !== undefined) reportCondition(check, problem, [...path, 'where'])
  })
  checkValues(check)
  checkAttributeNames(check)
  checkNumbers(check)
}

/** A topic read twice would count each of its events twice or call it a duplicate of itself. */
function checkTopics({ file, said, report }: ProcessCheck): void {
  const seen = new Set<string>()
  said.sources?.forEach((source, index) => {
    source?.topics?.forEach((topic, place) => {
      if (topic !== undefined && seen.has(topic)) {
        report(
          file.valueAt(['sources', index, 'topics', place]),
          { en: `the topic "${topic}" is read twice`, zh: `主题 "${topic}" 被重复读取` },
          {
            remedy: {
              en: 'one mapping reads a topic; translate its activities with {from: …, map: …}',
              zh: '一个主题只能由一个映射读取；可用 {from: …, map: …} 转换活动',
            },
          },
        )
      }
      if (topic !== undefined) seen.add(topic)
    })
  })
}

/** Either one event a record, with its activity and time, or a wide row. */
function checkEventShape({ file, report }: ProcessCheck, source: WrittenSource, path: YamlPath): void {
  if (!('activities_at' in source)) {
    for (const key of ['activity', 'time'] as const) {
      if (key in source) continue
      report(
        file.keyAt([...path, key]),
        { en: `"${key}" is missing`, zh: `缺少 "${key}"` },
        {
          remedy: {
            en: 'a source has activity and time, or activities_at for a wide row',
            zh: '数据源需有 activity 和 time；宽表则使用 activities_at',
          },
        },
      )
    }
    return
  }
  for (const key of ['activity', 'time'] as const) {
    if (!(key in source)) continue
    report(
      file.keyAt([...path, key]),
      { en: `"${key}" and "activities_at" exclude each other`, zh: `"${key}" 与 "activities_at" 不能同时使用` },
      { remedy: { en: 'keep one of them', zh: '请只保留一个' } },
    )
  }
  if ('id' in source) {
    report(
      file.keyAt([...path, 'id']),
      {
        en: 'the events of a wide row would share this "id" and count as one',
        zh: '宽表一行的多个事件会共用此 "id"，只会计为一个事件',
      },
      {
        remedy: {
          en: 'leave it out: case, activity and time tell the events apart',
          zh: '请删除：案例、活动和时间已足以区分事件',
        },
      },
    )
  }
}

function checkActivities(check: ProcessCheck, { activity, activities_at }: WrittenSource, path: YamlPath): void {
  const known = check.said.activities?.filter(name => name !== undefined)
  if (typeof activity === 'object' && 'const' in activity) {
    checkName(check, activityKind, activity.const, [...path, 'activity', 'const'], known)
  }
  if (typeof activity === 'object' && 'map' in activity) {
    for (const [value, name] of Object.entries(activity.map ?? {})) {
      checkName(check, activityKind, name, [...path, 'activity', 'map', value], known)
    }
  }
  for (const name of Object.keys(activities_at ?? {})) {
    checkName(ofKeys(check), activityKind, name, [...path, 'activities_at', name], known)
  }
}

function checkTimeMappings(check: ProcessCheck, source: WrittenSource, path: YamlPath): void {
  const times: [Loose<NonNullable<WrittenSource['time']>>, YamlPath][] = [
    [source.time, [...path, 'time']],
    ...(['activities_at', 'instants'] as const).flatMap(key =>
      Object.entries(source[key] ?? {}).map(([name, time]): [typeof time, YamlPath] => [time, [...path, key, name]]),
    ),
  ]
  checkUnitAndZone(check, source, source.time === '$timestamp', path)
  for (const [time, timePath] of times) {
    if (typeof time === 'object') checkUnitAndZone(check, time, time.from === '$timestamp', timePath)
  }
}

/** Epoch numbers have no zone, and the time of a record is an instant already. */
function checkUnitAndZone(
  check: ProcessCheck,
  { unit, timezone }: { readonly unit?: string | undefined; readonly timezone?: string | undefined },
  ofRecord: boolean,
  path: YamlPath,
): void {
  const { file, report } = check
  checkZone(check, timezone, [...path, 'timezone'])
  const useless = (key: 'unit' | 'timezone', en: string, zh: string) =>
    report(
      file.keyAt([...path, key]),
      { en: `"${key}" has no effect: ${en}`, zh: `"${key}" 不起作用：${zh}` },
      { remedy: { en: 'leave it out', zh: '请删除' } },
    )
  const [en, zh] = ['$timestamp is an instant already', '$timestamp 本身就是确定的时刻']
  if (ofRecord && unit !== undefined) useless('unit', en, zh)
  if (ofRecord && timezone !== undefined) useless('timezone', en, zh)
  if (!ofRecord && unit !== undefined && timezone !== undefined) {
    useless('timezone', 'epoch numbers have no zone', '纪元数值没有时区')
  }
}

/** The value of a case is one number whichever source it comes from. */
function checkValues({ file, said, report }: ProcessCheck): void {
  const sources = said.sources ?? []
  const first = sources.find(source => source?.value !== undefined)?.value
  if (first === undefined) return
  sources.forEach((source, index) => {
    for (const key of ['currency', 'decimals'] as const) {
      const value = source?.value
      if (value === undefined || value[key] === first[key] || isMisshapen(value, key) || isMisshapen(first, key))
        continue
      report(
        file.valueAt(['sources', index, 'value', key]),
        { en: `another source has another "${key}" of the value`, zh: `另一个数据源的 value 使用了不同的 "${key}"` },
        {
          remedy: {
            en: 'all sources of a process must use the same',
            zh: '同一流程的所有数据源必须一致',
          },
        },
      )
    }
  })
}

/** What an attribute is called says what it is, in all sources of a process. */
function checkAttributeNames({ file, said, report }: ProcessCheck): void {
  const sources = said.sources ?? []
  const groups = new Map<string, (typeof attributeGroups)[number]>()
  sources.forEach((source, index) => {
    for (const group of attributeGroups) {
      for (const name of Object.keys(source?.[group] ?? {})) {
        const position = file.keyAt(['sources', index, group, name])
        const remedy = { remedy: { en: 'give it another name', zh: '请另取名称' } }
        const other = groups.get(name) ?? group
        groups.set(name, other)
        if (name === VALUE && sources.some(one => one?.value !== undefined)) {
          report(
            position,
            { en: `the name "${VALUE}" stands for the money at stake`, zh: `名称 "${VALUE}" 已用于金额` },
            remedy,
          )
        } else if (other !== group) {
          report(position, { en: `"${name}" stands under ${other} too`, zh: `"${name}" 已在 ${other} 中` }, remedy)
        }
      }
    }
  })
}

const attributeGroups = ['dimensions', 'instants', 'numbers'] as const

/** A number is of one scale and currency whichever source it comes from. */
function checkNumbers({ file, said, report }: ProcessCheck): void {
  const first = new Map<string, { readonly decimals: number; readonly currency: string | undefined }>()
  said.sources?.forEach((source, index) => {
    for (const [name, number] of Object.entries(source?.numbers ?? {})) {
      if (number === undefined) continue
      const own = { decimals: decimalsOf(number), currency: typeof number === 'object' ? number.currency : undefined }
      const other = first.get(name) ?? own
      first.set(name, other)
      for (const key of ['currency', 'decimals'] as const) {
        if (own[key] === other[key]) continue
        report(
          file.valueAt(['sources', index, 'numbers', name]),
          {
            en: `another source has another "${key}" of "${name}"`,
            zh: `另一个数据源的 "${name}" 使用了不同的 "${key}"`,
          },
          { remedy: { en: 'all sources of a process must use the same', zh: '同一流程的所有数据源必须一致' } },
        )
      }
    }
  })
}

/** Present, but not what it should be, which is reported already. */
const isMisshapen = (value: object, key: string): boolean =>
  key in value && value[key as keyof typeof value] === undefined
