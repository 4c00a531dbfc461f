import { expect, test } from 'vitest'
import type { Suspected } from './attribution.ts'
import { suspectedText } from './suspected-text.ts'

const flow = { stage: 'picking', segment: { warehouse: 'WH-2' }, before_per_hour: 60, now_per_hour: 2.5 }

test.each<[Suspected, string | undefined, string | undefined]>([
  [
    { kind: 'time', stage: 'picking', segment: { warehouse: null }, change_ms: 711_000 },
    'Picking (warehouse: unknown) takes longer: +11m 51s a case',
    'Picking（warehouse: 未知）耗时变长：平均每个案例 +11 分钟 51 秒',
  ],
  [
    { kind: 'exits_down', ...flow },
    'less gets through Picking (warehouse: WH-2): 2.5 an hour, 60 before',
    'Picking（warehouse: WH-2）完成减少：每小时 2.5，此前 60',
  ],
  [
    { kind: 'blocked', stage: 'picking', alert: { id: 'x', rule: 'slow' } },
    'little goes on to Picking, which has the alert slow',
    '下游Picking接收很少，该环节有告警 slow',
  ],
  [{ kind: 'of a newer server', stage: 'picking' }, undefined, undefined],
])('%o is one sentence in each language', (suspected, english, chinese) => {
  const title = () => 'Picking'
  expect(suspectedText(suspected, title, 'en')).toBe(english)
  expect(suspectedText(suspected, title, 'zh')).toBe(chinese)
})
