import { expect, test } from 'vitest'
import { soundOwners, soundProcess, told } from '../../test/support/mistaken-process.ts'
import { checkCondition } from './condition.ts'
import { loadDefinitions } from './load.ts'

/** The rule of the sound file with other lines in place of its window and condition. */
const instead = (lines: string) =>
  [
    '    window: 15m\n    when: age_p90 > duration("4h") && wip >= 20\n',
    `    ${lines.replaceAll('\n', '\n    ')}\n`,
  ] as const

function ruleWith(lines: string, pane = '10s') {
  const text = soundProcess.replace(instead('')[0], () => instead(lines)[1]).replace('pane: 10s', `pane: ${pane}`)
  const { definitions, problems } = loadDefinitions([
    { name: 'p.yaml', text },
    { name: 'owners.yaml', text: soundOwners },
  ])
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  return definitions?.processes[0]?.rules[0]
}

test.each<[string, string, number]>([
  ['stuck: 2d', 'age_max > duration("2d")', 900_000],
  ['stuck: 2d\nwindow: 1h', 'age_max > duration("2d")', 3_600_000],
  ['deadline: {due_soon: 50, overdue: 10}', 'late_risk - overdue >= 50 || overdue >= 10', 900_000],
  ['deadline: {overdue: 1}', 'overdue >= 1', 900_000],
  [
    'slo: {objective: 0.95, min_events: 30, windows: [6h, 1h]}',
    '(exited.over("1h") >= 30 && breached.over("1h") > 0.72 * exited.over("1h") && breached.over("5m") > 0.72 * exited.over("5m"))' +
      ' || (exited.over("6h") >= 30 && breached.over("6h") > 0.3 * exited.over("6h") && breached.over("30m") > 0.3 * exited.over("30m"))',
    6 * 3_600_000,
  ],
])('%j is short for a condition', (lines, when, windowMs) => {
  expect(ruleWith(lines)).toMatchObject({ when, windowMs })
  expect(checkCondition(when)).toBeUndefined()
})

test('all four burn rates count where none is named, over windows of three days at most', () => {
  const rule = ruleWith('slo: {objective: 0.99}')
  expect(rule?.windowMs).toBe(3 * 86_400_000)
  expect(rule?.when.match(/[\d.]+(?= \* exited\.over\("(?:1h|6h|1d|3d)"\))/g)).toEqual([
    '0.144',
    '0.06',
    '0.03',
    '0.01',
    '0.01',
  ])
  expect(rule?.when.match(/(?<=breached\.over\(")\w+/g)).toEqual(['1h', '5m', '6h', '30m', '1d', '2h', '3d', '6h'])
  expect(rule?.when.match(/exited\.over\("\w+"\) >= 20/g)).toHaveLength(4)
})

test('a window of its own that a kind has is as many whole panes', () => {
  expect(ruleWith('stuck: 2d', '20m')?.windowMs).toBe(20 * 60_000)
})

test.each<[string, string, string, string]>([
  [
    'no condition and no kind',
    'severity: info',
    'p.yaml:33:3 error the rule does not say when it fires; give it "when", or one of stuck, deadline, slo, absent, deviation',
    'p.yaml:33:3 错误 规则没有说明何时触发；请写 "when"，或 stuck, deadline, slo, absent, deviation 之一',
  ],
  [
    'a condition without a window',
    'when: wip > 3',
    'p.yaml:33:3 error "window" is missing; it must be a duration such as 30s, 15m, 1h30m or 2d',
    'p.yaml:33:3 错误 缺少 "window"；应为时长，例如 30s、15m、1h30m 或 2d',
  ],
  [
    'two kinds',
    'stuck: 2d\ndeadline: {overdue: 1}',
    'p.yaml:37:5 error "stuck" and "deadline" exclude each other; make two rules of it',
    'p.yaml:37:5 错误 "stuck" 与 "deadline" 不能同时使用；请拆成两条规则',
  ],
  [
    'a deadline that asks for nothing',
    'deadline: {}',
    'p.yaml:36:15 error "deadline" says neither due_soon nor overdue; say how many cases it takes',
    'p.yaml:36:15 错误 "deadline" 既没有 due_soon 也没有 overdue；请写明需要多少个案例',
  ],
  [
    'an objective that is no share',
    'slo: {objective: 95}',
    'p.yaml:36:22 error "objective" must be a share between 0 and 1, such as 0.95, not 95',
    'p.yaml:36:22 错误 "objective" 应为 0 与 1 之间的份额，例如 0.95，而不是 95',
  ],
])('of a rule this is told: %s', (_what, lines, en, zh) => {
  expect(told([instead(lines)], 'en')).toEqual([en])
  expect(told([instead(lines)], 'zh')).toEqual([zh])
})

test('a kind on a stage without a target, and windows that panes do not make, are told at the kind', () => {
  const withoutTarget = ['    target: 4h\n', ''] as const
  expect(told([withoutTarget, instead('slo: {objective: 0.9, windows: [1h]}')], 'en')).toEqual([
    'p.yaml:35:10 error "exited" needs a target or a deadline, and the stage "picking" has none; give the stage a target or a deadline'.replace(
      'exited',
      'breached',
    ),
  ])
  expect(told([['pane: 10s', 'pane: 10m'], instead('slo: {objective: 0.9, windows: [1h]}')], 'en')).toEqual([
    'p.yaml:36:10 error the window 5m is shorter than the pane 10m; use at least 10m, or a smaller pane',
  ])
})

test('an absence says what it counts, which segments it expects and for how long', () => {
  expect(ruleWith('window: 2h\nabsent: {}')).toMatchObject({
    when: 'entered == 0',
    kind: { kind: 'absent', of: 'entered', expected: undefined, expireMs: 7 * 86_400_000 },
    // The rule of the file is cut by warehouse, so it does not tell that the feed is silent.
    noData: undefined,
  })
  const declared = ruleWith('window: 2h\nabsent: {of: exited, expected: [{warehouse: WH-1}], expire: 2d}')
  expect(declared).toMatchObject({ when: 'exited == 0', kind: { expected: ['["WH-1"]'], expireMs: 2 * 86_400_000 } })
})

test('a deviation compares one statistic with its limits, on one side or both, and may show them', () => {
  const below = ruleWith('window: 1h\ndeviation: {of: p90, direction: below}\nrecover_when: p90 > usual')
  expect(below).toMatchObject({
    when: 'p90 < lower_limit',
    kind: { kind: 'deviation', of: 'p90', weeks: 4, limits: 3, minChange: 0.2 },
  })
  expect(ruleWith('window: 1h\ndeviation: {of: wip}')?.when).toBe('wip < lower_limit || wip > upper_limit')
})

test.each<[string, string, string]>([
  [
    'absent: {of: count}\nwindow: 1h',
    'p.yaml:36:18 error "count" is nothing that a stage counts; use entered, exited',
    'p.yaml:36:18 错误 阶段不统计 "count"；请使用 entered, exited',
  ],
  [
    'absent: {expected: [{warehuose: WH-1, warehouse: x}]}\nwindow: 1h',
    'p.yaml:36:26 error the rule is not cut by "warehuose"; did you mean "warehouse"?',
    'p.yaml:36:26 错误 规则未按 "warehuose" 细分；是否想写 "warehouse"？',
  ],
  [
    'absent: {expected: [{}]}\nwindow: 1h',
    'p.yaml:36:25 error the segment does not say its "warehouse"; name a value for each dimension of by',
    'p.yaml:36:25 错误 该细分没有写明 "warehouse"；请为 by 中的每个维度写明取值',
  ],
  [
    'absent: {}',
    'p.yaml:33:3 error "window" is missing; it must be a duration such as 30s, 15m, 1h30m or 2d',
    'p.yaml:33:3 错误 缺少 "window"；应为时长，例如 30s、15m、1h30m 或 2d',
  ],
  [
    'deviation: {of: p9}\nwindow: 1h',
    'p.yaml:36:21 error unknown statistic "p9"; did you mean "p90"?',
    'p.yaml:36:21 错误 未知的统计量 "p9"；是否想写 "p90"？',
  ],
  [
    'when: wip > usual\nwindow: 1h',
    'p.yaml:36:17 error in the condition: there is no statistic "usual"',
    'p.yaml:36:17 错误 条件表达式有误：没有名为 "usual" 的统计量',
  ],
])('%j is told', (lines, en, zh) => {
  expect(told([instead(lines)], 'en')[0]).toContain(en)
  expect(told([instead(lines)], 'zh')[0]).toContain(zh)
})
