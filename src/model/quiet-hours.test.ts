import { expect, test } from 'vitest'
import { soundProcess } from '../../test/support/mistaken-process.ts'
import { instant } from '../event/instant.ts'
import { formatProblem, loadDefinitions } from './load.ts'
import { isQuietAt, nextQuietChange } from './quiet-hours.ts'

const calendars = 'office: {timezone: Europe/Berlin, week: {mon-fri: [09:00-17:00]}, holidays: [2026-12-25]}\n'

const load = (quietHours: string, calendarsText: string | undefined = calendars) =>
  loadDefinitions([
    { name: 'p.yaml', text: soundProcess },
    { name: 'owners.yaml', text: `ops:\n  title: Operations\n  quiet_hours: ${quietHours}\n` },
    ...(calendarsText === undefined ? [] : [{ name: 'calendars.yaml', text: calendarsText }]),
  ])

function hoursOf(quietHours: string) {
  const { definitions, problems } = load(quietHours)
  const hours = definitions?.owners.get('ops')?.quietHours
  if (hours === undefined) throw new Error(JSON.stringify(problems))
  return hours
}

const at = (iso: string) => instant(Date.parse(iso))

test('by a calendar it is quiet outside its working time, but for what is severe enough', () => {
  const hours = hoursOf('{calendar: office, except: [critical]}')
  const isQuiet = (iso: string) => isQuietAt(hours, 'warning', at(iso))
  expect(['2026-12-24T07:59Z', '2026-12-24T08:00Z', '2026-12-24T16:00Z', '2026-12-25T10:00Z'].map(isQuiet)).toEqual([
    true,
    false,
    true,
    true,
  ])
  expect(isQuietAt(hours, 'critical', at('2026-12-25T10:00Z'))).toBe(false)
  expect(nextQuietChange(hours, at('2026-12-24T16:00Z'))).toBe(at('2026-12-28T08:00Z'))
})

test('by hours it is quiet in them, whatever a clock change does to the night', () => {
  const hours = hoursOf('{week: {mon-sun: [22:00-07:00]}, timezone: Europe/Berlin}')
  // Summer time begins that night.
  const ends = nextQuietChange(hours, at('2026-03-28T21:30Z'))
  expect(ends).toBe(at('2026-03-29T05:00Z'))
  expect(isQuietAt(hours, 'critical', at('2026-03-29T04:59Z'))).toBe(true)
  expect(isQuietAt(hours, 'critical', at('2026-03-29T05:00Z'))).toBe(false)
})

test.each([
  [
    '{calendar: offce}',
    '3:27 error unknown calendar "offce"; did you mean "office"?',
    '3:27 错误 未知的日历 "offce"；是否想写 "office"？',
  ],
  [
    '{week: {mon: [22:00-22:00]}, timezone: Europe/Berlin}',
    '3:30 error the working hours 22:00-22:00 end where they begin; a whole day is 00:00-24:00',
    '3:30 错误 工作时间 22:00-22:00 的开始与结束相同；全天写作 00:00-24:00',
  ],
  [
    '{week: {mon: [22:00-07:00]}, timezone: Europe/Berln}',
    '3:55 error unknown time zone "Europe/Berln"; did you mean "Europe/Berlin"?',
    '3:55 错误 未知的时区 "Europe/Berln"；是否想写 "Europe/Berlin"？',
  ],
  [
    '{calendar: office, except: [urgent]}',
    '3:44 error item 1 of "except" must be one of info, warning, critical, not "urgent"',
    '3:44 错误 "except" 的第 1 项应为 info、warning、critical 之一，而不是 "urgent"',
  ],
  [
    '{calendar: office, except: [info, info]}',
    '3:50 error "info" stands here twice; keep one of them',
    '3:50 错误 "info" 重复；请只保留一个',
  ],
])('%s is told with its place', (text, en, zh) => {
  const told = (language: 'en' | 'zh') => load(text).problems.map(problem => formatProblem(problem, language))
  expect(told('en').filter(problem => problem.startsWith('owners'))).toEqual([`owners.yaml:${en}`])
  expect(told('zh').filter(problem => problem.startsWith('owners'))).toEqual([`owners.yaml:${zh}`])
})

test('a calendar that no file has is told, in routes too', () => {
  const { problems } = loadDefinitions([
    { name: 'p.yaml', text: soundProcess },
    { name: 'owners.yaml', text: 'ops: {title: Operations}\n' },
    { name: 'notifications.yaml', text: 'route:\n  routes: [{quiet_hours: {calendar: office}}]\n' },
  ])
  expect(problems.map(problem => formatProblem(problem, 'en'))).toEqual([
    expect.stringContaining('notifications.yaml:2:37 error unknown calendar "office": there is no calendars.yaml'),
  ])
})
