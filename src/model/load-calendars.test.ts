import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Edit, soundOwners, soundProcess } from '../../test/support/mistaken-process.ts'
import { compileCalendar } from './business-calendar.ts'
import { formatDate, parseDate } from './calendar-date.ts'
import { formatProblem, loadDefinitions } from './load.ts'

const soundCalendars = `warehouse:
  title: {en: Warehouse, zh: 仓库}
  timezone: Asia/Shanghai
  week:
    mon-thu: [09:00-12:00, 13:00-18:00]
    fri: [09:00-17:00]
  holidays:
    - 2026-06-19
    - {date: 2026-09-25, name: Mid-Autumn}
    - {from: 2026-10-01, to: 2026-10-07, name: {en: National Day, zh: 国庆节}}
  working_days:
    - {date: 2026-09-20, like: tue, name: Make-up}
    - {date: 2026-10-10, hours: [22:00-06:00]}
`

/** What the loader says of files with these edits. */
function told(edits: readonly Edit[], language: 'en' | 'zh', text: string | undefined = soundCalendars): string[] {
  return load(edits, text).problems.map(problem => formatProblem(problem, language))
}

function load(edits: readonly Edit[], text: string | undefined) {
  const sound = {
    'calendars.yaml': text ?? '',
    'p.yaml': soundProcess.replace('target: 4h', 'target: 4h\n    calendar: warehouse'),
    'owners.yaml': soundOwners,
  }
  const files = Object.entries(sound)
    .filter(([name]) => name !== 'calendars.yaml' || text !== undefined)
    .map(([name, whole]) => ({
      name,
      text: edits.reduce((before, [written, instead]) => before.replace(written, () => instead), whole),
    }))
  for (const [written] of edits) {
    const places = Object.values(sound).reduce((count, whole) => count + whole.split(written).length - 1, 0)
    if (places !== 1) throw new Error(`"${written}" must stand once in the files`)
  }
  return loadDefinitions(files)
}

const date = (text: string) => parseDate(text)!

test('a calendar becomes what it says, and the stages that name it share it', () => {
  const { definitions, problems } = load([['to: paid\n', 'to: paid\n    calendar: warehouse\n']], soundCalendars)
  expect(problems).toEqual([])
  const day = [
    { fromMinute: 540, toMinute: 720 },
    { fromMinute: 780, toMinute: 1_080 },
  ]
  const [picking, payment] = definitions!.processes[0]!.stages
  expect(picking?.calendar).toEqual({
    name: 'warehouse',
    title: { en: 'Warehouse', zh: '仓库' },
    timezone: 'Asia/Shanghai',
    week: [day, day, day, day, [{ fromMinute: 540, toMinute: 1_020 }], [], []],
    days: [
      { day: date('2026-06-19'), name: undefined, hours: [] },
      { day: date('2026-09-20'), name: { en: 'Make-up' }, hours: day },
      { day: date('2026-09-25'), name: { en: 'Mid-Autumn' }, hours: [] },
      ...[1, 2, 3, 4, 5, 6, 7].map(number => ({
        day: date(`2026-10-0${number}`),
        name: { en: 'National Day', zh: '国庆节' },
        hours: [],
      })),
      { day: date('2026-10-10'), name: undefined, hours: [{ fromMinute: 1_320, toMinute: 1_800 }] },
    ],
    position: { file: 'calendars.yaml', line: 1, column: 1 },
  })
  expect(payment?.calendar).toBe(picking?.calendar)
})

test.each([
  ['mon-sun: [09:00-12:00, 12:00-18:00]', ['540-1080'], 7],
  ['sat-mon: [10:00-14:00, 09:00-11:00]', ['540-840'], 3],
  ['sun: [16:00-00:00]', ['960-1440'], 1],
  ['wed: [00:00-24:00, 22:00-06:00]', ['0-1800'], 1],
  ['tue: [18:00-20:00, 08:00-10:00], thu: []', ['480-600', '1080-1200'], 1],
])('the week {%s} is read as the working time that it means', (week, hours, days) => {
  const { definitions } = load([], `warehouse: {timezone: UTC, week: {${week}}}`)
  const worked = definitions!.processes[0]!.stages[0]!.calendar!.week.filter(day => day.length > 0)
  expect(worked.map(day => day.map(({ fromMinute, toMinute }) => `${fromMinute}-${toMinute}`))).toEqual(
    Array.from({ length: days }, () => hours),
  )
})

const mistakes: readonly (readonly [what: string, edit: Edit, en: string, zh: string])[] = [
  [
    'an unknown calendar of a stage',
    ['calendar: warehouse', 'calendar: warehose'],
    'p.yaml:18:15 error unknown calendar "warehose"; did you mean "warehouse"?',
    'p.yaml:18:15 错误 未知的日历 "warehose"；是否想写 "warehouse"？',
  ],
  [
    'an unknown time zone',
    ['timezone: Asia/Shanghai', 'timezone: Asia/Shangai'],
    'calendars.yaml:3:13 error unknown time zone "Asia/Shangai"; did you mean "Asia/Shanghai"?',
    'calendars.yaml:3:13 错误 未知的时区 "Asia/Shangai"；是否想写 "Asia/Shanghai"？',
  ],
  [
    'no time zone',
    ['  timezone: Asia/Shanghai\n', ''],
    'calendars.yaml:1:1 error "timezone" is missing; it must be a time zone such as Asia/Shanghai',
    'calendars.yaml:1:1 错误 缺少 "timezone"；应为时区，例如 Asia/Shanghai',
  ],
  [
    'a misspelt key',
    ['holidays:', 'holiday:'],
    'calendars.yaml:7:3 error unknown key "holiday"; did you mean "holidays"?',
    'calendars.yaml:7:3 错误 未知的键 "holiday"；是否想写 "holidays"？',
  ],
  [
    'a weekday that is none',
    ['    fri:', '    fry:'],
    'calendars.yaml:6:5 error the name "fry" must be a weekday such as mon, or several such as mon-fri',
    'calendars.yaml:6:5 错误 名称 "fry" 应为星期，例如 mon，或范围，例如 mon-fri',
  ],
  [
    'a weekday that is named twice',
    ['    fri:', '    thu-fri:'],
    'calendars.yaml:6:5 error the week names "thu" twice; give its hours in one place',
    'calendars.yaml:6:5 错误 "thu" 在 week 中重复；请只在一处给出其工作时间',
  ],
  [
    'hours that are none',
    ['[09:00-17:00]', '[09:00-17:60]'],
    'calendars.yaml:6:11 error item 1 of "fri" must be working hours such as 09:00-18:00, or 22:00-06:00 into the next day, not "09:00-17:60"',
    'calendars.yaml:6:11 错误 "fri" 的第 1 项应为工作时间，例如 09:00-18:00，跨夜写作 22:00-06:00，而不是 "09:00-17:60"',
  ],
  [
    'hours without a list',
    ['[09:00-17:00]', '09:00-17:00'],
    'calendars.yaml:6:10 error "fri" must be a list of working hours, [09:00-12:00, 13:00-18:00], not "09:00-17:00"; write a list: [09:00-17:00]',
    'calendars.yaml:6:10 错误 "fri" 应为工作时间的列表，[09:00-12:00, 13:00-18:00]，而不是 "09:00-17:00"；请写成列表：[09:00-17:00]',
  ],
  [
    'hours of no length',
    ['[09:00-17:00]', '[09:00-17:00, 20:00-20:00]'],
    'calendars.yaml:6:24 error the working hours 20:00-20:00 end where they begin; a whole day is 00:00-24:00',
    'calendars.yaml:6:24 错误 工作时间 20:00-20:00 的开始与结束相同；全天写作 00:00-24:00',
  ],
  [
    'a date that does not exist',
    ['2026-06-19', '2026-06-31'],
    'calendars.yaml:8:7 error there is no date 2026-06-31',
    'calendars.yaml:8:7 错误 日期 2026-06-31 不存在',
  ],
  [
    'a date in other words',
    ['2026-06-19', '19.06.2026'],
    'calendars.yaml:8:7 error item 1 of "holidays" must be a date, {date: …, name: …}, or {from: …, to: …, name: …}, not "19.06.2026"',
    'calendars.yaml:8:7 错误 "holidays" 的第 1 项应为日期、{date: …, name: …} 或 {from: …, to: …, name: …}，而不是 "19.06.2026"',
  ],
  [
    'a date that no calendar reaches',
    ['{date: 2026-09-25,', '{date: 2206-09-25,'],
    'calendars.yaml:9:14 error the date must be from 1900-01-01 to 2199-12-31, not 2206-09-25',
    'calendars.yaml:9:14 错误 日期应在 1900-01-01 到 2199-12-31 之间，而不是 2206-09-25',
  ],
  [
    'a holiday without an end',
    ['to: 2026-10-07, ', ''],
    'calendars.yaml:10:7 error "to" is missing; it must be a date such as 2026-10-01',
    'calendars.yaml:10:7 错误 缺少 "to"；应为日期，例如 2026-10-01',
  ],
  [
    'a holiday that ends before it begins',
    ['to: 2026-10-07', 'to: 2026-09-30'],
    'calendars.yaml:10:30 error the holiday ends before it begins; look at its dates',
    'calendars.yaml:10:30 错误 假日的结束早于开始；请检查日期',
  ],
  [
    'a holiday of a year and a week',
    ['to: 2026-10-07', 'to: 2027-10-07'],
    'calendars.yaml:10:30 error the holiday is longer than a year; look at its dates',
    'calendars.yaml:10:30 错误 假日超过一年；请检查日期',
  ],
  [
    'a date that is a holiday and a make-up day',
    ['2026-10-10', '2026-10-03'],
    'calendars.yaml:13:14 error "2026-10-03" is a holiday and a working day; take it out of one of the two lists',
    'calendars.yaml:13:14 错误 "2026-10-03" 既是假日又是工作日；请从其中一个列表中删除',
  ],
  [
    'a make-up day that stands there twice',
    ['2026-10-10', '2026-09-20'],
    'calendars.yaml:13:14 error "2026-09-20" stands here twice; keep one of them',
    'calendars.yaml:13:14 错误 "2026-09-20" 重复；请只保留一个',
  ],
  [
    'a make-up day of unknown hours',
    [', like: tue', ''],
    'calendars.yaml:12:7 error the working day has neither "like" nor "hours"; write like: fri, or hours: [09:00-12:00]',
    'calendars.yaml:12:7 错误 工作日既没有 "like" 也没有 "hours"；请写 like: fri 或 hours: [09:00-12:00]',
  ],
  [
    'a make-up day of two kinds of hours',
    ['hours: [22:00-06:00]', 'like: mon, hours: [22:00-06:00]'],
    'calendars.yaml:13:37 error the working day has both "like" and "hours"; write like: fri, or hours: [09:00-12:00]',
    'calendars.yaml:13:37 错误 工作日同时有 "like" 和 "hours"；请写 like: fri 或 hours: [09:00-12:00]',
  ],
  [
    'a make-up day like a day without work',
    ['like: tue', 'like: sun'],
    'calendars.yaml:12:32 error "sun" has no working hours; name a weekday that has, or give hours',
    'calendars.yaml:12:32 错误 "sun" 没有工作时间；请写有工作时间的星期，或给出 hours',
  ],
  [
    'a make-up day like no day',
    ['like: tue', 'like: tues'],
    'calendars.yaml:12:32 error "like" must be one of mon, tue, wed, thu, fri, sat, sun, not "tues"; did you mean "tue"?',
    'calendars.yaml:12:32 错误 "like" 应为 mon、tue、wed、thu、fri、sat、sun 之一，而不是 "tues"；是否想写 "tue"？',
  ],
]

test.each(mistakes)('%s is told with its place, in both languages, and once', (_what, edit, en, zh) => {
  expect(told([edit], 'en')).toEqual([en])
  expect(told([edit], 'zh')).toEqual([zh])
})

test('all mistakes of a calendar are told at once, beside those of the process', () => {
  const edits: Edit[] = [
    ['timezone: Asia/Shanghai', 'timezone: Mars'],
    ['[09:00-17:00]', '[09:00-09:00]'],
    ['2026-06-19', '2026-02-30'],
    ['like: tue', 'like: sat'],
    ['calendar: warehouse', 'calendar: shop'],
  ]
  expect(told(edits, 'en').map(line => line.split(' error ')[0])).toEqual([
    'calendars.yaml:3:13',
    'calendars.yaml:6:11',
    'calendars.yaml:8:7',
    'calendars.yaml:12:32',
    'p.yaml:18:15',
  ])
})

test('a week without any work is a mistake', () => {
  expect(told([], 'en', 'warehouse: {timezone: UTC, week: {mon: []}}')).toEqual([
    'calendars.yaml:1:28 error the week has no working hours; write e.g. mon-fri: [09:00-18:00]',
  ])
})

test('a calendar that is named where no file of calendars exists is a mistake', () => {
  const files = [
    { name: 'p.yaml', text: soundProcess.replace('target: 4h', 'calendar: shop') },
    { name: 'owners.yaml', text: soundOwners },
  ]
  const lines = (language: 'en' | 'zh') =>
    loadDefinitions(files).problems.map(problem => formatProblem(problem, language))
  expect(lines('en')).toEqual([
    'p.yaml:17:15 error unknown calendar "shop": there is no calendars.yaml; put a calendars.yaml beside this file, with shop: {timezone: …, week: …}',
  ])
  expect(lines('zh')).toEqual([
    'p.yaml:17:15 错误 未知的日历 "shop"：没有 calendars.yaml；请在此文件旁添加 calendars.yaml，内容如 shop: {timezone: …, week: …}',
  ])
})

test('a broken file of calendars is told, and not every calendar that it might have had', () => {
  expect(told([], 'en', 'warehouse: {timezone: [')).toEqual([
    expect.stringMatching(/^calendars\.yaml:1:24 error this is no valid YAML/),
  ])
})

test('two calendars of one name are a mistake', () => {
  const { problems } = loadDefinitions([
    { name: 'calendars.yaml', text: soundCalendars },
    { name: 'calendars.yml', text: soundCalendars },
  ])
  expect(problems.map(problem => formatProblem(problem, 'en'))).toEqual([
    'calendars.yml:1:1 error another file has a calendar "warehouse" too',
  ])
})

test('the shipped calendars have no mistake, and speak Chinese wherever people read them', () => {
  const text = readFileSync(new URL('../../rules/calendars.yaml', import.meta.url), 'utf8')
  const { definitions, problems } = load([], text)
  expect(problems).toEqual([])
  const calendar = definitions!.processes[0]!.stages[0]!.calendar!
  for (const name of [calendar.title, ...calendar.days.map(day => day.name)]) {
    expect(name?.zh, name?.en).toMatch(/\p{Script=Han}/u)
  }
  expect(calendar.days.filter(({ hours }) => hours.length > 0).map(({ day }) => formatDate(day))).toEqual([
    '2026-01-04',
    '2026-02-14',
    '2026-02-28',
    '2026-05-09',
    '2026-09-20',
    '2026-10-10',
  ])
})

test('a file of calendars in which anything may be broken gives calendars that count, or mistakes, and never an exception', () => {
  const token = fc.constantFrom(
    '',
    '~',
    '5',
    '[]',
    '{}',
    '[x]',
    ': ',
    '- ',
    'x',
    '-',
    'sun',
    'constructor',
    '24:00',
    '\n',
  )
  const edit = fc.record({ at: fc.nat(9_999), length: fc.nat(12), token })
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), edits => {
      const text = edits.reduce((before, { at, length, token }) => {
        const from = at % before.length
        return before.slice(0, from) + token + before.slice(from + length)
      }, soundCalendars)
      const { definitions, problems } = load([], text)
      for (const problem of problems) expect(formatProblem(problem, 'zh')).not.toMatch(/undefined|NaN|\[object/)
      if (definitions === undefined) expect(problems).not.toEqual([])
      for (const { calendar } of definitions?.processes[0]?.stages ?? []) {
        if (calendar === undefined) continue
        const week = 7 * 86_400_000
        const worked = compileCalendar(calendar).businessMs(Date.UTC(2026, 6, 1), Date.UTC(2026, 6, 1) + week)
        expect(worked).toBeGreaterThan(0)
        expect(worked).toBeLessThanOrEqual(week)
      }
    }),
    { numRuns: 120 },
  )
})
