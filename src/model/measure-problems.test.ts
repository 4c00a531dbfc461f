import { expect, test } from 'vitest'
import { type Edit, type Mistake, told } from '../../test/support/mistaken-process.ts'
import { loadDefinitions } from './load.ts'

/** The sound file with a measure, a metric and a rule of it. */
const withMeasure: readonly Edit[] = [
  [
    'activities: [created',
    `    numbers: {items: item_count, fee: {field: fee, currency: CNY, decimals: 2}}
measures:
  fees: {of: fee, on: [paid], by: [warehouse], max_segments: 50}
activities: [created`,
  ],
  [
    'rules:\n',
    `  fees_1h:
    {title: Fees, measure: fees, statistic: sum, window: 1h, unit: amount, direction: lower_is_better, definition: D, version: 1}
rules:
  fees_low: {measure: fees, by: [warehouse], window: 1h, when: sum < 100 && count >= 20, summary: 'only {{ sum }}'}
`,
  ],
]

test('a measure, its metric and its rule are found without a mistake', () => {
  expect(told(withMeasure, 'en')).toEqual([])
})

/** Each edit is made in the file that has the measure. */
const mistakes: readonly Mistake[] = [
  [
    'an unknown number',
    ['{of: fee,', '{of: fees,'],
    'p.yaml:12:14 error unknown number "fees"; did you mean "fee"?',
    'p.yaml:12:14 错误 未知的数值 "fees"；是否想写 "fee"？',
  ],
  [
    'a dimension in place of a number',
    ['{of: fee,', '{of: carrier,'],
    'p.yaml:12:14 error "carrier" is a dimension, no number; name the field under numbers of a source, numbers: {items: …}, or as value',
    'p.yaml:12:14 错误 "carrier" 是维度，不是数值；请在数据源的 numbers 中给出字段，numbers: {items: …}，或使用 value',
  ],
  [
    'an unknown dimension',
    ['by: [warehouse], max', 'by: [warehose], max'],
    'p.yaml:12:36 error unknown dimension "warehose"; did you mean "warehouse"?',
    'p.yaml:12:36 错误 未知的维度 "warehose"；是否想写 "warehouse"？',
  ],
  [
    'an unknown activity',
    ['on: [paid]', 'on: [piad]'],
    'p.yaml:12:24 error unknown activity "piad"; did you mean "paid"?',
    'p.yaml:12:24 错误 未知的活动 "piad"；是否想写 "paid"？',
  ],
  [
    'an unknown measure of a rule',
    ['fees_low: {measure: fees', 'fees_low: {measure: fee'],
    'p.yaml:38:23 error unknown measure "fee"; did you mean "fees"?',
    'p.yaml:38:23 错误 未知的度量 "fee"；是否想写 "fees"？',
  ],
  [
    'a stage and a measure at once',
    ['fees_low: {measure: fees', 'fees_low: {stage: picking, measure: fees'],
    'p.yaml:38:30 error "stage" and "measure" exclude each other; keep one of them',
    'p.yaml:38:30 错误 "stage" 与 "measure" 不能同时使用；请只保留一个',
  ],
  [
    'neither a stage nor a measure',
    ['title: Fees, measure: fees', 'title: Fees'],
    'p.yaml:35:3 error "stage" is missing; name the stage, or a measure, that it is about',
    'p.yaml:35:3 错误 缺少 "stage"；请写明所针对的 stage 或 measure',
  ],
  [
    'a statistic that a measure has not',
    ['statistic: sum', 'statistic: wip'],
    'p.yaml:36:45 error unknown statistic "wip"; there is: count, sum, avg, min, max, p50, p75, p90, p95, p99, distinct',
    'p.yaml:36:45 错误 未知的统计量 "wip"；可用：count, sum, avg, min, max, p50, p75, p90, p95, p99, distinct',
  ],
  [
    'a statistic of a measure on a stage',
    ['statistic: p90', 'statistic: distinct'],
    'p.yaml:29:16 error unknown statistic "distinct"; there is: entered, exited, abandoned, expired, reworked, throughput, avg, min, max, sum, p50, p75, …',
    'p.yaml:29:16 错误 未知的统计量 "distinct"；可用：entered, exited, abandoned, expired, reworked, throughput, avg, min, max, sum, p50, p75, …',
  ],
  [
    'a unit that is not that of an amount',
    ['unit: amount', 'unit: count'],
    'p.yaml:36:68 error "sum" is no count; its unit is amount',
    'p.yaml:36:68 错误 "sum" 的单位不是 count；其单位是 amount',
  ],
  [
    'distinct values that nobody keeps',
    ['when: sum < 100 && count >= 20', 'when: distinct < 100'],
    'p.yaml:38:64 error the measure "fees" keeps no distinct values; give it distinct: true',
    'p.yaml:38:64 错误 度量 "fees" 未保留不同取值；请为其设置 distinct: true',
  ],
  [
    'an amount that is compared with a duration',
    ['when: sum < 100', 'when: sum < duration("1h")'],
    'p.yaml:38:64 error in the condition: `sum < duration("1h")` mixes a duration with a number that is no duration',
    'p.yaml:38:64 错误 条件表达式有误：`sum < duration("1h")` 把时长与非时长的数字混在一起',
  ],
  [
    'a dimension that the measure is not cut by',
    ['fees_low: {measure: fees, by: [warehouse]', 'fees_low: {measure: fees, by: [carrier]'],
    'p.yaml:38:34 error the measure "fees" is not cut by "carrier"; there is: warehouse',
    'p.yaml:38:34 错误 度量 "fees" 未按 "carrier" 细分；可用：warehouse',
  ],
  [
    'a place of a summary that only a stage has',
    ['only {{ sum }}', 'only {{ wip }}'],
    `p.yaml:38:108 error "wip" is neither a dimension of the rule's "by" nor a statistic; there is: warehouse, count, sum, avg, min, max, p50, p75, p90, p95, p99, distinct`,
    'p.yaml:38:108 错误 "wip" 既不是规则 "by" 中的维度，也不是统计量；可用：warehouse, count, sum, avg, min, max, p50, p75, p90, p95, p99, distinct',
  ],
]

const edited = ([written, instead]: Edit): Edit[] => {
  const inMeasure = withMeasure.map(([before, after]): Edit => [before, after.replace(written, () => instead)])
  const isThere = withMeasure.some(([, after]) => after.includes(written))
  return isThere ? inMeasure : [...withMeasure, [written, instead]]
}

test.each(mistakes)('%s is told with its place, in both languages', (_what, edit, en, zh) => {
  const first = (language: 'en' | 'zh') => told(edited(edit), language).map(text => text.split('\n')[0])
  expect(first('en')).toEqual([en])
  expect(first('zh')).toEqual([zh])
})

test('what the sources say of a number comes with the measure', () => {
  const text = `process: p
owner: o
sources:
  - topics: [t]
    format: json
    case: c
    activity: a
    time: t
    dimensions: {wh: wh}
    numbers: {items: n, fee: {field: f, currency: CNY, decimals: 2}}
    value: {field: v, currency: EUR, decimals: 1}
activities: [paid, noted]
stages: {s: {from: paid, to: noted}}
measures:
  fees: {title: {en: Fees, zh: 费用}, of: fee, on: {activity: paid, where: 'wh == "A"'}, by: [wh], owner: x, distinct: true}
  items: {of: items}
  value: {of: value}
metrics: {m: {title: M, measure: items, statistic: count, window: 1h, unit: count, direction: lower_is_better, definition: D, version: 1}}
rules: {r: {measure: fees, window: 1h, when: avg > 2}}
`
  const { definitions, problems } = loadDefinitions([
    { name: 'p.yaml', text },
    { name: 'owners.yaml', text: 'o: {title: O}\nx: {title: X}' },
  ])
  expect(problems).toEqual([])
  const process = definitions!.processes[0]!
  const names = process.attributes.map(({ name }) => name)
  expect(process.measures).toMatchObject([
    {
      name: 'fees',
      title: { en: 'Fees', zh: '费用' },
      attribute: names.indexOf('fee'),
      decimals: 2,
      currency: 'CNY',
      on: [{ activity: 0, where: 'wh == "A"' }],
      by: [0],
      owner: 'x',
      distinct: true,
      maxSegments: 1_000,
    },
    { name: 'items', attribute: names.indexOf('items'), decimals: 0, currency: undefined, on: [], owner: 'o' },
    { name: 'value', attribute: names.indexOf('value'), decimals: 1, currency: 'EUR' },
  ])
  expect(process.metrics[0]).toMatchObject({ measure: 1, owner: 'o' })
  expect(process.rules[0]).toMatchObject({ measure: 0, owner: 'x' })
  // Events that differ in what a measure reads are not the same event.
  expect(process.attributes[0]).toMatchObject({ name: 'wh', readByWhere: true })
})
