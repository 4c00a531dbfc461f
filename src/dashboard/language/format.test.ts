import { expect, test } from 'vitest'
import { en } from './en.ts'
import { formatDuration, formatElapsed, formatRatio, formatTime, formatValue, formatZone } from './format.ts'
import { zh } from './zh.ts'

test('a duration is written with its two largest units', () => {
  const written = [0, 850, 4_230, 12_900, 60_000, 418_000, 5_400_000, 86_400_000, 200_000_000]
  expect(written.map(ms => formatDuration(ms, en))).toEqual([
    '0ms',
    '850ms',
    '4.2s',
    '13s',
    '1m',
    '6m 58s',
    '1h 30m',
    '1d',
    '2d 8h',
  ])
  expect(formatDuration(418_000, zh)).toBe('6 分钟 58 秒')
})

test('a unit carries over instead of showing sixty', () => {
  expect(formatDuration(59_999, en)).toBe('1m')
  expect(formatDuration(3_599_999, en)).toBe('1h')
  expect(formatDuration(86_399_999, en)).toBe('1d')
})

test('what goes on is counted in whole seconds', () => {
  expect(formatElapsed(400, en)).toBe('0s')
  expect(formatElapsed(-3_000, en)).toBe('0s')
  expect(formatElapsed(4_900, en)).toBe('4s')
  expect(formatElapsed(999, zh)).toBe('0 秒')
})

test('a value is written in its own unit, a missing one as a dash', () => {
  expect(formatValue(0.714, 'ratio', en)).toBe('71.4%')
  expect(formatValue(1_234, 'count', en)).toBe('1,234')
  expect(formatValue(12.5, 'rate', en)).toBe('13/h')
  expect(formatValue(null, 'duration', en)).toBe('–')
  expect(formatRatio(2.24, en)).toBe('2.2×')
})

test("a time is in the process's zone, with its day where that is not today", () => {
  const now = Date.parse('2026-11-23T07:00:00Z')
  expect(formatTime(now, 'Asia/Shanghai', now, en)).toBe('15:00:00')
  expect(formatTime(now - 86_400_000, 'Asia/Shanghai', now, en)).toBe('22 Nov 15:00:00')
  expect(formatZone('Asia/Shanghai', now, en)).toBe('Asia/Shanghai (GMT+8)')
})
