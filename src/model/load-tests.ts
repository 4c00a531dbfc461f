/**
 * Rule tests as YAML → checked tests, or everything that is wrong with them at its place.
 *
 * Two steps, since the names in a test are those of rules that other files define: `readTests` reads the file and its
 * shape, `checkTests` then looks whether processes, rules, dimensions, activities and owners exist.
 */
import { type DurationMs, parseDuration } from '../event/duration.ts'
import { parseIsoInstant } from '../event/iso-instant.ts'
import { checkShape } from './check-shape.ts'
import type { Definitions, Position, ProcessDefinition } from './definitions.ts'
import { didYouMean } from './did-you-mean.ts'
import type { Bilingual } from './local-text.ts'
import { type Problem, reportTo } from './problem.ts'
import { checkName, type FileCheck, ofKeys } from './process-check.ts'
import { type InputEvent, type RuleTest, testFile, type WrittenTest, type WrittenTests } from './test-file.ts'
import { readYaml, type SourceFile, type YamlFile, type YamlPath } from './yaml-file.ts'

export type ReadTests = { readonly file: YamlFile; readonly written: WrittenTests }

/** One test whose every name exists. */
export type CheckedTest = {
  readonly written: WrittenTest
  readonly process: ProcessDefinition
  readonly position: Position
  /** Of each item of `input_events` and `alert_rule_test`. */
  readonly inputPositions: readonly Position[]
  readonly checkPositions: readonly Position[]
}

/** A duration that the schema has let pass. */
export function durationOf(written: string): DurationMs {
  const ms = parseDuration(written)
  if (ms === undefined) throw new Error(`"${written}" passed as a duration and is none`)
  return ms
}

export function readTests(source: SourceFile): { tests: ReadTests | undefined; problems: Problem[] } {
  const { file, problems } = readYaml(source)
  const shape = file && checkShape(file, testFile, reportTo(problems))
  const tests = file !== undefined && shape?.whole !== undefined ? { file, written: shape.whole } : undefined
  return { tests, problems }
}

/** @returns as many tests as the file has where no problem is told. */
export function checkTests(
  { file, written }: ReadTests,
  definitions: Definitions,
): {
  tests: CheckedTest[]
  problems: Problem[]
} {
  const problems: Problem[] = []
  const check: FileCheck = { file, report: reportTo(problems) }
  const names = written.tests.map(({ name }) => name)
  const tests = written.tests.flatMap((test, index) => {
    const path = ['tests', index]
    if (names.indexOf(test.name) !== index) {
      const message = { en: `another test is "${test.name}" too`, zh: `另一个测试也叫 "${test.name}"` }
      check.report(file.valueAt([...path, 'name']), message, { remedy: giveAnotherName })
    }
    if (parseIsoInstant(test.start, undefined) === undefined) {
      check.report(
        file.valueAt([...path, 'start']),
        { en: `"${test.start}" is no instant`, zh: `"${test.start}" 不是时刻` },
        { remedy: { en: 'write it as 2026-11-23T08:00:00+08:00', zh: '请写作 2026-11-23T08:00:00+08:00' } },
      )
    }
    const process = processOf(check, test, path, definitions)
    if (process === undefined) return []
    test.input_events.forEach((event, at) => {
      checkInput(check, event, [...path, 'input_events', at], process)
    })
    test.alert_rule_test.forEach((expected, at) => {
      checkExpected(check, expected, [...path, 'alert_rule_test', at], process, definitions)
    })
    return [
      {
        written: test,
        process,
        position: file.valueAt([...path, 'name']),
        inputPositions: test.input_events.map((_, at) => file.keyAt([...path, 'input_events', at])),
        checkPositions: test.alert_rule_test.map((_, at) => file.keyAt([...path, 'alert_rule_test', at])),
      },
    ]
  })
  return { tests, problems }
}

const giveAnotherName: Bilingual = { en: 'give it another name', zh: '请另取名称' }
const processKind: Bilingual = { en: 'process', zh: '流程' }
const ruleKind: Bilingual = { en: 'rule', zh: '规则' }

function processOf(
  check: FileCheck,
  { process: named }: WrittenTest,
  path: YamlPath,
  { processes }: Definitions,
): ProcessDefinition | undefined {
  const names = processes.map(({ name }) => name)
  if (named === undefined) {
    if (processes.length === 1) return processes[0]
    check.report(
      check.file.keyAt(path),
      { en: 'the rule files have several processes', zh: '规则文件中有多个流程' },
      { remedy: { en: `write process: ${names.join(' or ')}`, zh: `请写 process: ${names.join(' 或 ')}` } },
    )
    return undefined
  }
  checkName(check, processKind, named, [...path, 'process'], names)
  return processes.find(({ name }) => name === named)
}

const kindsOfInput = ['activity', 'record', 'file', 'generator'] as const

function checkInput(check: FileCheck, event: InputEvent, path: YamlPath, process: ProcessDefinition): void {
  const { file, report } = check
  const given = kindsOfInput.filter(kind => event[kind] !== undefined)
  if (given.length !== 1) {
    report(
      file.keyAt(path),
      {
        en: given.length === 0 ? 'nothing says what comes' : `${given.join(' and ')} cannot stand together`,
        zh: given.length === 0 ? '没有说明输入的内容' : `${given.join('、')} 不能同时出现`,
      },
      {
        remedy: {
          en: 'write one of {at, case, activity}, {at, record}, {at, file}, {generator}',
          zh: '请写 {at, case, activity}、{at, record}、{at, file}、{generator} 之一',
        },
      },
    )
    return
  }
  const topics = [...new Set(process.sources.flatMap(source => source.topics))]
  if (event.topic !== undefined) checkName(check, { en: 'topic', zh: '主题' }, event.topic, [...path, 'topic'], topics)
  else if (topics.length > 1) {
    report(
      file.keyAt(path),
      { en: `${process.name} reads several topics`, zh: `${process.name} 读取多个主题` },
      { remedy: { en: `write topic: ${topics[0]}`, zh: `请写 topic: ${topics[0]}` } },
    )
  }
  const needed = given[0] === 'activity' ? (['at', 'case'] as const) : given[0] === 'generator' ? [] : (['at'] as const)
  for (const key of needed) {
    if (event[key] !== undefined) continue
    report(file.keyAt(path), { en: `"${key}" is missing`, zh: `缺少 "${key}"` })
  }
  const activities: (readonly [string | undefined, YamlPath])[] = [[event.activity, [...path, 'activity']]]
  for (const kind of ['steps', 'stop', 'slow'] as const) {
    event.generator?.[kind].forEach(({ activity }, index) => {
      activities.push([activity, [...path, 'generator', kind, index, 'activity']])
    })
  }
  for (const [activity, at] of activities) {
    checkName(check, { en: 'activity', zh: '活动' }, activity, at, process.activities)
  }
}

function checkExpected(
  check: FileCheck,
  expected: RuleTest,
  path: YamlPath,
  process: ProcessDefinition,
  { owners }: Definitions,
): void {
  const { file, report } = check
  checkName(
    check,
    ruleKind,
    expected.rule,
    [...path, 'rule'],
    process.rules.map(({ name }) => name),
  )
  const rule = process.rules.find(({ name }) => name === expected.rule)
  if (rule === undefined) return
  const dimensions = rule.by.flatMap(attribute => process.attributes[attribute]?.name ?? [])
  const checkSegment = (segment: Readonly<Record<string, string | null>>, at: YamlPath) => {
    for (const label of Object.keys(segment)) {
      checkName(ofKeys(check), { en: 'dimension of the rule', zh: '规则维度' }, label, [...at, label], dimensions)
    }
    const missing = dimensions.filter(dimension => !Object.hasOwn(segment, dimension))
    if (missing.length === 0) return
    report(file.keyAt(at), {
      en: `the rule has an alert for each ${dimensions.join(', ')}: ${missing.join(', ')} is missing`,
      zh: `规则按 ${dimensions.join('、')} 分别告警：缺少 ${missing.join('、')}`,
    })
  }
  const ofOneSegment = (['exp_state', 'exp_verdict', 'exp_explain'] as const).filter(key => expected[key] !== undefined)
  if (ofOneSegment.length > 0) checkSegment(expected.segment, [...path, 'segment'])
  expected.exp_alerts?.forEach((alert, index) => {
    checkSegment(alert.exp_labels, [...path, 'exp_alerts', index, 'exp_labels'])
  })
  if (ofOneSegment.length === 0 && expected.exp_alerts === undefined && expected.exp_notifications === undefined) {
    report(
      file.keyAt(path),
      { en: 'nothing is expected', zh: '没有写任何期望' },
      { remedy: { en: 'write exp_alerts or exp_state', zh: '请写 exp_alerts 或 exp_state' } },
    )
  }
  const contactPoints = [...owners.values()].flatMap(({ key, contactPoints: own }) =>
    own.map(contactPoint => `${key}/${contactPoint.name}`),
  )
  expected.exp_notifications?.forEach(({ contact_point: named }, index) => {
    if (contactPoints.includes(named)) return
    const remedy = didYouMean(named, contactPoints)
    report(
      file.valueAt([...path, 'exp_notifications', index, 'contact_point']),
      { en: `unknown contact point "${named}"`, zh: `未知的联络点 "${named}"` },
      remedy && { remedy },
    )
  })
}
