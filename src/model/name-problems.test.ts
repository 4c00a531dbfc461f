import { expect, test } from 'vitest'
import { type Mistake, told } from '../../test/support/mistaken-process.ts'

const mistakes: readonly Mistake[] = [
  // Names
  [
    'the name of the rule that every process has',
    ['  slow:\n    stage', '  time_held:\n    stage'],
    'p.yaml:33:3 error every process has the rule time_held already; call this one otherwise',
    'p.yaml:33:3 错误 每个流程已有规则 time_held；请换一个名称',
  ],
  [
    'an unknown activity of a stage',
    ['from: paid', 'from: piad'],
    'p.yaml:15:11 error unknown activity "piad"; did you mean "paid"?',
    'p.yaml:15:11 错误 未知的活动 "piad"；是否想写 "paid"？',
  ],
  [
    'an unknown activity in a list with conditions',
    ['to: picked', `to: [picked, {activity: shipped, where: 'a == "b"'}]`],
    'p.yaml:16:29 error unknown activity "shipped"; there is: created, paid, picked, cancelled',
    'p.yaml:16:29 错误 未知的活动 "shipped"；可用：created, paid, picked, cancelled',
  ],
  [
    'an unknown activity that ends a case',
    ['ends: {cancelled: cancelled}', 'ends: {done: [delivered]}'],
    'p.yaml:11:15 error unknown activity "delivered"; there is: created, paid, picked, cancelled',
    'p.yaml:11:15 错误 未知的活动 "delivered"；可用：created, paid, picked, cancelled',
  ],
  [
    'an unknown activity that starts a case',
    ['pane: 10s', 'starts: create'],
    'p.yaml:12:9 error unknown activity "create"; did you mean "created"?',
    'p.yaml:12:9 错误 未知的活动 "create"；是否想写 "created"？',
  ],
  [
    'an unknown activity that a source translates to',
    ['activity: activity', 'activity: {from: status, map: {P: paid, X: pickd}}'],
    'p.yaml:7:48 error unknown activity "pickd"; did you mean "picked"?',
    'p.yaml:7:48 错误 未知的活动 "pickd"；是否想写 "picked"？',
  ],
  [
    'an unknown activity of a wide row, at its key',
    ['activity: activity\n    time: ts', 'activities_at: {paid: paid_at, pickd: picked_at}'],
    'p.yaml:7:36 error unknown activity "pickd"; did you mean "picked"?',
    'p.yaml:7:36 错误 未知的活动 "pickd"；是否想写 "picked"？',
  ],
  [
    'an activity twice',
    ['[created, paid, picked, cancelled]', '[created, paid, picked, cancelled, paid]'],
    'p.yaml:10:48 error "paid" stands here twice; keep one of them',
    'p.yaml:10:48 错误 "paid" 重复；请只保留一个',
  ],
  [
    'a stage that is cut by no dimension',
    ['target: 4h', 'target: 4h\n    by: [warehose, carrier]\n  packing:\n    from: picked\n    to: cancelled'],
    'p.yaml:18:10 error unknown dimension "warehose"; did you mean "warehouse"?',
    'p.yaml:18:10 错误 未知的维度 "warehose"；是否想写 "warehouse"？',
  ],
  [
    'an unknown stage of a metric',
    ['stage: picking\n    statistic', 'stage: pickin\n    statistic'],
    'p.yaml:25:12 error unknown stage "pickin"; did you mean "picking"?',
    'p.yaml:25:12 错误 未知的阶段 "pickin"；是否想写 "picking"？',
  ],
  [
    'a rule by a dimension that its stage is not cut by',
    ['by: [warehouse]\n    window', 'by: [warehouse, carrier]\n    window'],
    'p.yaml:35:21 error the stage "picking" is not cut by "carrier"; there is: warehouse',
    'p.yaml:35:21 错误 阶段 "picking" 未按 "carrier" 细分；可用：warehouse',
  ],
  [
    'an unknown owner',
    ['owner: ops', 'owner: opps'],
    'p.yaml:2:8 error unknown owner "opps"; did you mean "ops"?',
    'p.yaml:2:8 错误 未知的负责人 "opps"；是否想写 "ops"？',
  ],
  [
    'an unknown statistic',
    ['statistic: p90', 'statistic: p91'],
    'p.yaml:26:16 error unknown statistic "p91"; did you mean "p90"?',
    'p.yaml:26:16 错误 未知的统计量 "p91"；是否想写 "p90"？',
  ],
  [
    'a metric in the wrong unit',
    ['unit: duration', 'unit: count'],
    'p.yaml:28:11 error "p90" is no count; its unit is duration',
    'p.yaml:28:11 错误 "p90" 的单位不是 count；其单位是 duration',
  ],
  [
    'an unknown time zone',
    ['pane: 10s', 'timezone: Asia/Shangai'],
    'p.yaml:12:11 error unknown time zone "Asia/Shangai"; did you mean "Asia/Shanghai"?',
    'p.yaml:12:11 错误 未知的时区 "Asia/Shangai"；是否想写 "Asia/Shanghai"？',
  ],
  // Sources
  [
    'a topic that two sources read',
    ['activities: [', '  - {topics: [x, orders.events], format: json, case: a, activity: b, time: c}\nactivities: ['],
    'p.yaml:10:18 error the topic "orders.events" is read twice; one mapping reads a topic; translate its activities with {from: …, map: …}',
    'p.yaml:10:18 错误 主题 "orders.events" 被重复读取；一个主题只能由一个映射读取；可用 {from: …, map: …} 转换活动',
  ],
  [
    'a source without a time',
    ['    time: ts\n', ''],
    'p.yaml:4:5 error "time" is missing; a source has activity and time, or activities_at for a wide row',
    'p.yaml:4:5 错误 缺少 "time"；数据源需有 activity 和 time；宽表则使用 activities_at',
  ],
  [
    'a wide row with an activity',
    ['time: ts', 'activities_at: {paid: paid_at}'],
    'p.yaml:7:5 error "activity" and "activities_at" exclude each other; keep one of them',
    'p.yaml:7:5 错误 "activity" 与 "activities_at" 不能同时使用；请只保留一个',
  ],
  [
    'a wide row with an id, which would make its events one',
    ['activity: activity\n    time: ts', 'activities_at: {paid: paid_at}\n    id: event_id'],
    'p.yaml:8:5 error the events of a wide row would share this "id" and count as one; leave it out: case, activity and time tell the events apart',
    'p.yaml:8:5 错误 宽表一行的多个事件会共用此 "id"，只会计为一个事件；请删除：案例、活动和时间已足以区分事件',
  ],
  [
    'a unit for the time of the record',
    ['time: ts', 'time: $timestamp\n    unit: ms'],
    'p.yaml:9:5 error "unit" has no effect: $timestamp is an instant already; leave it out',
    'p.yaml:9:5 错误 "unit" 不起作用：$timestamp 本身就是确定的时刻；请删除',
  ],
  [
    'a zone for epoch numbers',
    ['time: ts', 'time: {from: ts, unit: ms, timezone: UTC}'],
    'p.yaml:8:32 error "timezone" has no effect: epoch numbers have no zone; leave it out',
    'p.yaml:8:32 错误 "timezone" 不起作用：纪元数值没有时区；请删除',
  ],
  [
    'values with different decimals',
    [
      'activities: [',
      '    value: {field: a, decimals: 2}\n  - {topics: [x], format: json, case: a, activity: b, time: c, value: {field: a, decimals: 3}}\nactivities: [',
    ],
    'p.yaml:11:92 error another source has another "decimals" of the value; all sources of a process must use the same',
    'p.yaml:11:92 错误 另一个数据源的 value 使用了不同的 "decimals"；同一流程的所有数据源必须一致',
  ],
  [
    'a dimension that is called like the value',
    ['dimensions: {', 'value: {field: a, decimals: 2}\n    dimensions: {value: x, '],
    'p.yaml:10:18 error the name "value" stands for the money at stake; give it another name',
    'p.yaml:10:18 错误 名称 "value" 已用于金额；请另取名称',
  ],
  [
    'an instant that is called like a dimension',
    ['dimensions: {', 'instants: {warehouse: due_at}\n    dimensions: {'],
    'p.yaml:9:16 error "warehouse" stands under dimensions too; give it another name',
    'p.yaml:9:16 错误 "warehouse" 已在 dimensions 中；请另取名称',
  ],
  [
    'numbers with different decimals',
    [
      'activities: [',
      '    numbers: {fee: fee}\n  - {topics: [x], format: json, case: a, activity: b, time: c, numbers: {fee: {field: f, decimals: 2}}}\nactivities: [',
    ],
    'p.yaml:11:79 error another source has another "decimals" of "fee"; all sources of a process must use the same',
    'p.yaml:11:79 错误 另一个数据源的 "fee" 使用了不同的 "decimals"；同一流程的所有数据源必须一致',
  ],
  // Times
  [
    'a window shorter than the pane',
    ['window: 15m', 'window: 5s'],
    'p.yaml:36:13 error the window 5s is shorter than the pane 10s; use at least 10s, or a smaller pane',
    'p.yaml:36:13 错误 窗口 5s 短于窗格 10s；请至少使用 10s，或减小 pane',
  ],
  [
    'a window that is no multiple of the pane',
    ['window: 15m', 'window: 25s'],
    'p.yaml:36:13 error the window 25s is not a multiple of the pane 10s; 20s is one',
    'p.yaml:36:13 错误 窗口 25s 不是窗格 10s 的整数倍；例如 20s',
  ],
  [
    'a window of many panes, which is a warning',
    ['window: 15m', 'window: 24h'],
    'p.yaml:36:13 warning the window 24h spans 8640 panes: its old end is aligned to 2m40s',
    'p.yaml:36:13 警告 窗口 24h 跨越 8640 个窗格：其起点按 2m40s 对齐',
  ],
  [
    'a window that a condition asks for, and that is no multiple of the pane',
    ['age_p90 > duration("4h") && wip >= 20', 'breached.over("25s") >= 20'],
    'p.yaml:37:25 error the window 25s is not a multiple of the pane 10s; 20s is one',
    'p.yaml:37:25 错误 窗口 25s 不是窗格 10s 的整数倍；例如 20s',
  ],
  [
    'a pane that is too small',
    ['pane: 10s', 'pane: 250ms'],
    'p.yaml:12:7 error "pane" must be from 1s to 7d, not 250ms',
    'p.yaml:12:7 错误 "pane" 应在 1s 到 7d 之间，而不是 250ms',
  ],
  [
    'a timeout of more than a hundred years',
    ['pane: 10s', 'case_timeout: 40000d'],
    'p.yaml:12:15 error "case_timeout" must be from 1s to 36500d, not 40000d',
    'p.yaml:12:15 错误 "case_timeout" 应在 1s 到 36500d 之间，而不是 40000d',
  ],
  // Targets
  [
    'a case_timeout shorter than settle',
    ['pane: 10s', 'case_timeout: 59m'],
    'p.yaml:12:15 error the case_timeout is shorter than settle (1h); use at least 1h, or a shorter settle',
    'p.yaml:12:15 错误 case_timeout 短于 settle（1h）；请至少为 1h，或缩短 settle',
  ],
  [
    'a target by a dimension that the stage is not cut by',
    ['target: 4h', 'target: {default: 4h, by: {carrier: {A: 2h}}}'],
    `p.yaml:17:32 error the target differs by "carrier", which the stage is not cut by; add carrier to the stage's by`,
    'p.yaml:17:32 错误 目标按 "carrier" 区分，但阶段未按它细分；请把 carrier 加入该阶段的 by',
  ],
  [
    'an empty target',
    ['target: 4h', 'target: {}'],
    'p.yaml:17:5 error the target is empty; give a default, or values under by',
    'p.yaml:17:5 错误 目标为空；请给出 default，或在 by 下给出取值',
  ],
  [
    'a condition on a target that the stage has not',
    [
      `stage: picking\n    by: [warehouse]\n    window: 15m\n    when: age_p90 > duration("4h") && wip >= 20\n    for: 5m\n    summary: '{{ warehouse }} has {{ wip }}'`,
      'stage: payment\n    window: 15m\n    when: overdue > 5',
    ],
    'p.yaml:36:11 error "overdue" needs a target or a deadline, and the stage "payment" has none; give the stage a target or a deadline',
    'p.yaml:36:11 错误 "overdue" 需要目标或截止时间，而阶段 "payment" 都没有；请为该阶段设置 target 或 deadline',
  ],
  // Conditions and summaries
  [
    'an unknown statistic in a plain condition',
    ['&& wip >= 20', '&& wpi >= 20'],
    'p.yaml:37:39 error in the condition: there is no statistic "wpi"; did you mean "wip"?\n    age_p90 > duration("4h") && wpi >= 20\n                                ^',
    'p.yaml:37:39 错误 条件表达式有误：没有名为 "wpi" 的统计量；是否想写 "wip"？\n    age_p90 > duration("4h") && wpi >= 20\n                                ^',
  ],
  [
    'an unknown statistic behind escapes in a quoted condition',
    ['when: age_p90 > duration("4h") && wip >= 20', 'when: "age_p90 > duration(\\"4h\\") && wpi >= 20"'],
    'p.yaml:37:42 error in the condition: there is no statistic "wpi"; did you mean "wip"?\n    age_p90 > duration("4h") && wpi >= 20\n                                ^',
    'p.yaml:37:42 错误 条件表达式有误：没有名为 "wpi" 的统计量；是否想写 "wip"？\n    age_p90 > duration("4h") && wpi >= 20\n                                ^',
  ],
  [
    'a bare number beside a duration',
    ['duration("4h")', '50'],
    'p.yaml:37:21 error in the condition: `50` has no unit, and `age_p90` is a duration; write a duration, such as duration("50m") or duration("50ms")\n    age_p90 > 50 && wip >= 20\n              ^',
    'p.yaml:37:21 错误 条件表达式有误：`50` 没有单位，而 `age_p90` 是时长；请写成时长，例如 duration("50m") 或 duration("50ms")\n    age_p90 > 50 && wip >= 20\n              ^',
  ],
  [
    'a broken condition of an activity, in single quotes',
    ['to: picked', `to: {activity: picked, where: 'a = 1'}`],
    'p.yaml:16:38 error in the condition: "=" is not expected here; write ==\n    a = 1\n      ^',
    'p.yaml:16:38 错误 条件表达式有误：此处不应出现 "="；请写 ==\n    a = 1\n      ^',
  ],
  [
    'a broken condition of a source over several lines, at its beginning',
    ['time: ts', 'time: ts\n    where: >-\n      a == 1 &&\n      b = 2'],
    'p.yaml:9:12 error in the condition: "=" is not expected here; write ==\n    a == 1 && b = 2\n                ^',
    'p.yaml:9:12 错误 条件表达式有误：此处不应出现 "="；请写 ==\n    a == 1 && b = 2\n                ^',
  ],
  [
    'a place of a summary that names nothing',
    ['{{ wip }}', '{{ wpi }}'],
    `p.yaml:39:38 error "wpi" is neither a dimension of the rule's "by" nor a statistic; did you mean "wip"?`,
    'p.yaml:39:38 错误 "wpi" 既不是规则 "by" 中的维度，也不是统计量；是否想写 "wip"？',
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
