import { expect, test } from 'vitest'
import { type Mistake, soundProcess, told } from '../../test/support/mistaken-process.ts'

const mistakes: readonly Mistake[] = [
  // Shape
  [
    'a misspelt key',
    ['pane: 10s', 'pnae: 10s'],
    'p.yaml:12:1 error unknown key "pnae"; did you mean "pane"?',
    'p.yaml:12:1 错误 未知的键 "pnae"；是否想写 "pane"？',
  ],
  [
    'a key of nothing like a known one',
    ['title: Picking p90', 'title: {en: A, de: B}'],
    'p.yaml:24:20 error unknown key "de"; there is: en, zh',
    'p.yaml:24:20 错误 未知的键 "de"；可用：en, zh',
  ],
  [
    'a required key that is missing',
    ['    window: 15m\n', ''],
    'p.yaml:33:3 error "window" is missing; it must be a duration such as 30s, 15m, 1h30m or 2d',
    'p.yaml:33:3 错误 缺少 "window"；应为时长，例如 30s、15m、1h30m 或 2d',
  ],
  [
    'a required key of the whole file',
    ['process: orders\n', ''],
    'p.yaml:1:1 error "process" is missing; it must be a name of at most 64 letters, digits, "-" and "_", a letter first',
    'p.yaml:1:1 错误 缺少 "process"；应为由字母、数字、"-"、"_" 组成的名称，以字母开头，最多 64 个字符',
  ],
  [
    'a duration in words',
    ['for: 5m', 'for: 5 minutes'],
    'p.yaml:38:10 error "for" must be a duration such as 30s, 15m, 1h30m or 2d, not "5 minutes"',
    'p.yaml:38:10 错误 "for" 应为时长，例如 30s、15m、1h30m 或 2d，而不是 "5 minutes"',
  ],
  [
    'a target without a unit',
    ['target: 4h', 'target: 4'],
    'p.yaml:17:13 error "target" must be a duration, or {default: 4h, by: {warehouse: {WH-2: 2h}}}, not 4',
    'p.yaml:17:13 错误 "target" 应为时长，或 {default: 4h, by: {warehouse: {WH-2: 2h}}}，而不是 4',
  ],
  [
    'a bad duration inside a target',
    ['target: 4h', 'target: {default: 4h, by: {warehouse: {WH-2: 2 h}}}'],
    'p.yaml:17:50 error "WH-2" must be a duration such as 30s, 15m, 1h30m or 2d, not "2 h"',
    'p.yaml:17:50 错误 "WH-2" 应为时长，例如 30s、15m、1h30m 或 2d，而不是 "2 h"',
  ],
  [
    'a word where a list belongs',
    ['topics: [orders.events]', 'topics: orders.events'],
    'p.yaml:4:13 error "topics" must be a list of topics, [a, b], not "orders.events"; write a list: [orders.events]',
    'p.yaml:4:13 错误 "topics" 应为主题的列表，[a, b]，而不是 "orders.events"；请写成列表：[orders.events]',
  ],
  [
    'a number where a name belongs',
    ['[created, paid, picked, cancelled]', '[created, paid, picked, cancelled, 5]'],
    'p.yaml:10:48 error item 5 of "activities" must be the name of an activity, at most 200 characters, not 5; put it in quotes: "5"',
    'p.yaml:10:48 错误 "activities" 的第 5 项应为活动名称，最多 200 个字符，而不是 5；请加引号："5"',
  ],
  [
    'a value that was left empty',
    ['owner: ops', 'owner:'],
    'p.yaml:2:1 error "owner" must be a name of at most 64 letters, digits, "-" and "_", a letter first, not empty',
    'p.yaml:2:1 错误 "owner" 应为由字母、数字、"-"、"_" 组成的名称，以字母开头，最多 64 个字符，而不是空值',
  ],
  [
    'a word that is none of the choice',
    ['format: json', 'format: jsn'],
    'p.yaml:5:13 error "format" must be one of json, cloudevents, debezium, avro, not "jsn"; did you mean "json"?',
    'p.yaml:5:13 错误 "format" 应为 json、cloudevents、debezium、avro 之一，而不是 "jsn"；是否想写 "json"？',
  ],
  [
    'a stage whose name is no name',
    ['  payment:\n', '  pay ment:\n'],
    'p.yaml:19:3 error the name "pay ment" must be a name of at most 64 letters, digits, "-" and "_", a letter first',
    'p.yaml:19:3 错误 名称 "pay ment" 应为由字母、数字、"-"、"_" 组成的名称，以字母开头，最多 64 个字符',
  ],
  [
    'a list where the file should begin',
    [soundProcess, '- process: orders\n'],
    `p.yaml:1:1 error the file must be a mapping with the keys process, title, owner, timezone, sources, activities, starts, ends, settle, pane, case_timeout, max_open_cases, max_events_per_case, evaluate_every, stages, measures, metrics, rules, not a list`,
    `p.yaml:1:1 错误 文件应为包含 process、title、owner、timezone、sources、activities、starts、ends、settle、pane、case_timeout、max_open_cases、max_events_per_case、evaluate_every、stages、measures、metrics、rules 等键的映射，而不是列表`,
  ],
  // YAML
  [
    'a key twice',
    ['pane: 10s', 'pane: 10s\nowner: ops'],
    'p.yaml:13:1 error the key "owner" stands here twice; keep one of them',
    'p.yaml:13:1 错误 键 "owner" 重复；请只保留一个',
  ],
  [
    'a bracket that is not closed',
    ['by: [warehouse]\n  payment', 'by: [warehouse\n  payment'],
    'p.yaml:19:3 error this is no valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    'p.yaml:19:3 错误 YAML 语法错误：缩进不一致，或括号没有闭合',
  ],
  [
    'a file of nothing but comments',
    [soundProcess, '# nothing yet\n'],
    'p.yaml:1:1 error the file is empty',
    'p.yaml:1:1 错误 文件为空',
  ],
  [
    'a second document',
    ['metrics:\n', '---\nmetrics:\n'],
    'p.yaml:22:1 error a file holds one document, "---" begins a second',
    'p.yaml:22:1 错误 一个文件只能有一个文档，"---" 开始了第二个',
  ],
  [
    'a reference to another place',
    ['for: 5m', 'for: *hold'],
    'p.yaml:38:10 error "*hold" refers to another place; write the value itself',
    'p.yaml:38:10 错误 "*hold" 引用了别处；请直接写出该值',
  ],
  [
    'a name that objects inherit from',
    ['  payment:\n', '  __proto__:\n'],
    'p.yaml:19:3 error a key must be a name',
    'p.yaml:19:3 错误 键必须是名称',
  ],
  // Not built yet
  ...(
    [
      ['a calendar', ['pane: 10s', 'calendar: x'], '12:1', 'calendar'],
      ['baselines', ['pane: 10s', 'baselines: {}'], '12:1', 'baselines'],
      ['a source to be keyed anew', ['case: order_id', 'case: order_id\n    rekey: true'], '7:5', 'rekey'],
    ] as const
  ).map(
    ([what, edit, place, key]) =>
      [
        `${what}, which is not built yet`,
        edit,
        `p.yaml:${place} error "${key}" is not built yet; leave it out`,
        `p.yaml:${place} 错误 "${key}" 尚未实现；请删除`,
      ] as const,
  ),
  [
    'the format protobuf, which is not built yet',
    ['format: json', 'format: protobuf'],
    'p.yaml:5:13 error "protobuf" is not built yet; use one of json, cloudevents, debezium, avro',
    'p.yaml:5:13 错误 "protobuf" 尚未实现；请使用 json、cloudevents、debezium、avro 之一',
  ],
]

test.each(mistakes)('%s is told with its place, in both languages', (_what, edit, en, zh) => {
  expect(told([edit], 'en').slice(0, 1)).toEqual([en])
  expect(told([edit], 'zh').slice(0, 1)).toEqual([zh])
})

test('each mistake is told once: nothing that follows from it comes with it', () => {
  const several = mistakes.filter(([, edit]) => told([edit], 'en').length !== 1)
  expect(several.map(([what, edit]) => [what, told([edit], 'en')])).toEqual([])
})
