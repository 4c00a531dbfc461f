import type { Definitions, ProcessDefinition } from '../model/definitions.ts'
import { type Bilingual, inLanguage, type Language } from '../model/local-text.ts'
import type { Problem } from '../model/problem.ts'
import { avroTopicsOf } from './schemas.ts'

/** What a folder defines, for a person; whole lines. */
export function summaryOf(definitions: Definitions, language: Language): string {
  const lines = definitions.processes.flatMap(process => [
    `${process.name}: ${countsOf(process, language)}`,
    ...registryNote(process, language),
  ])
  const owners = definitions.owners.size
  lines.push(say({ en: plural(owners, 'owner'), zh: `负责人 ${owners} 个` }, language))
  return `${lines.join('\n')}\n`
}

/** The last line: how many mistakes and warnings there are in how many files. */
export function verdictOf(problems: readonly Problem[], files: number, language: Language): string {
  const errors = problems.filter(problem => problem.severity === 'error').length
  const warnings = problems.length - errors
  if (problems.length === 0) {
    return `${say({ en: `${plural(files, 'file')} checked: no mistakes`, zh: `已检查 ${files} 个文件：没有错误` }, language)}\n`
  }
  const found = {
    en: `${plural(files, 'file')} checked: ${plural(errors, 'mistake')}, ${plural(warnings, 'warning')}`,
    zh: `已检查 ${files} 个文件：错误 ${errors} 处，警告 ${warnings} 处`,
  }
  return `${say(found, language)}\n`
}

function countsOf(process: ProcessDefinition, language: Language): string {
  const { sources, activities, stages, measures, metrics, rules } = process
  const topics = [...new Set(sources.flatMap(source => source.topics))].join(', ')
  const names = stages.map(stage => stage.name).join(', ')
  const en = [
    `${plural(sources.length, 'source')} (${topics})`,
    plural(activities.length, 'activity', 'activities'),
    `${plural(stages.length, 'stage')} (${names})`,
    ...(measures.length === 0 ? [] : [plural(measures.length, 'measure')]),
    plural(metrics.length, 'metric'),
    plural(rules.length, 'rule'),
  ].join(', ')
  const zh = [
    `数据源 ${sources.length} 个（${topics}）`,
    `活动 ${activities.length} 个`,
    `阶段 ${stages.length} 个（${names}）`,
    ...(measures.length === 0 ? [] : [`度量 ${measures.length} 个`]),
    `指标 ${metrics.length} 个`,
    `规则 ${rules.length} 个`,
  ].join('，')
  return say({ en, zh }, language)
}

/** What the files cannot have: where the schemas are. */
function registryNote(process: ProcessDefinition, language: Language): string[] {
  const topics = avroTopicsOf(process).join(', ')
  if (topics === '') return []
  const note = {
    en: `${process.name}: ${topics} is Avro, for which stagewatch run needs kafka.schema_registry in its configuration`,
    zh: `${process.name}：${topics} 为 Avro，stagewatch run 的配置需要 kafka.schema_registry`,
  }
  return [say(note, language)]
}

const say = (text: Bilingual, language: Language) => inLanguage(text, language)

const plural = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`
