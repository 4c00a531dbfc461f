import fc from 'fast-check'
import { expect, test } from 'vitest'
import { soundProcess } from '../../test/support/mistaken-process.ts'
import { type Instant, instant } from '../event/instant.ts'
import { instantOfLocal, zoneOffsetMs } from '../event/zone-offset.ts'
import { parseDate, weekdayOf } from './calendar-date.ts'
import { formatProblem, loadDefinitions } from './load.ts'
import { nextHandover, onCallAt, type Rota } from './rota.ts'

const DAY = 86_400_000
const MINUTE = 60_000

const owner = (rota: string) => `ops:
  title: Operations
  members: [mei, sam]
  contact_points:
    - {webhook: https://a.example/mei, name: mei-phone, member: mei}
    - {webhook: https://a.example/sam, name: sam-phone, member: sam}
    - {webhook: https://a.example/room, name: room}
  rota:
${rota}`

const load = (text: string) =>
  loadDefinitions([
    { name: 'p.yaml', text: soundProcess },
    { name: 'owners.yaml', text },
  ])

function rotaOf(rota: string): Rota {
  const { definitions, problems } = load(owner(rota))
  const found = definitions?.owners.get('ops')?.rota
  if (found === undefined) throw new Error(JSON.stringify(problems))
  return found
}

const at = (iso: string) => instant(Date.parse(iso))

test('one after the other is on call for a week, on the clocks of the zone, but for overrides', () => {
  const rota = rotaOf(`    timezone: Europe/Berlin
    handover: mon 09:00
    starts: 2026-03-16
    order: [mei, sam, room]
    overrides:
      - {from: 2026-04-01T12:00, to: 2026-04-02T12:00, who: sam-phone}
      - {from: 2026-03-17T00:00, to: 2026-03-17T06:00, who: sam}
`)
  const seen = [
    ['2026-03-16T07:59:59Z', 'room'],
    ['2026-03-16T08:00:00Z', 'mei'],
    ['2026-03-17T01:00:00Z', 'sam'],
    ['2026-03-17T05:00:00Z', 'mei'],
    ['2026-03-23T08:00:00Z', 'sam'],
    // Summer time has begun: it is nine o'clock an hour sooner.
    ['2026-03-30T06:59:59Z', 'sam'],
    ['2026-03-30T07:00:00Z', 'room'],
    ['2026-04-01T10:00:00Z', 'sam-phone'],
    ['2026-04-02T10:00:00Z', 'room'],
    ['2026-04-06T07:00:00Z', 'mei'],
  ] as const
  expect(seen.map(([iso]) => [iso, onCallAt(rota, at(iso))])).toEqual(seen)
  expect(nextHandover(rota, at('2026-03-16T07:00:00Z'))).toBe(at('2026-03-16T08:00:00Z'))
  expect(nextHandover(rota, at('2026-03-31T00:00:00Z'))).toBe(at('2026-04-01T10:00:00Z'))
})

const instants = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2060, 0, 1) })

const rotas = fc
  .record({
    timezone: fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Shanghai',
      'Australia/Lord_Howe',
      'Pacific/Apia',
    ),
    firstDay: fc.integer({ min: parseDate('2005-01-01') as number, max: parseDate('2035-01-01') as number }),
    minute: fc.integer({ min: 0, max: 1_439 }),
    people: fc.integer({ min: 1, max: 5 }),
    bounds: fc.uniqueArray(instants, { maxLength: 8 }),
  })
  .map(({ people, bounds, ...rest }): Rota => {
    const order = Array.from({ length: people }, (_, nth) => `p${nth}`)
    const sorted = bounds.sort((left, right) => left - right)
    const overrides = sorted.flatMap((from, index) => {
      const to = sorted[index + 1]
      return index % 2 === 1 || to === undefined ? [] : [{ from: instant(from), to: instant(to), who: `o${index}` }]
    })
    return { ...rest, order, overrides }
  })

/** All handovers about an instant, the slow and obvious way: every date is looked at. */
function slowly({ timezone, firstDay, minute, order, overrides }: Rota, now: Instant): string {
  for (const { from, to, who } of overrides) if (from <= now && now < to) return who
  for (let day = Math.floor(now / DAY) + 2; ; day--) {
    if (weekdayOf(day) !== weekdayOf(firstDay)) continue
    if (instantOfLocal(day * DAY + minute * MINUTE, timezone) > now) continue
    const weeks = (day - firstDay) / 7
    return order[weeks - Math.floor(weeks / order.length) * order.length] as string
  }
}

test('at every instant exactly one is on call, who is found by looking at every date', () => {
  fc.assert(
    fc.property(rotas, instants, (rota, ms) => {
      expect(onCallAt(rota, instant(ms))).toBe(slowly(rota, instant(ms)))
    }),
    { numRuns: 400 },
  )
})

test('nobody takes over before the next handover, which is on its weekday and at its time', () => {
  fc.assert(
    fc.property(rotas, instants, fc.double({ min: 0, max: 1, noNaN: true }), (rota, ms, share) => {
      const next = nextHandover(rota, instant(ms))
      expect(next).toBeGreaterThan(ms)
      const between = instant(Math.floor(ms + (next - 1 - ms) * share))
      expect(onCallAt(rota, between)).toBe(onCallAt(rota, instant(ms)))
      if (rota.overrides.some(({ from, to }) => from === next || to === next)) return
      const shown = next + zoneOffsetMs(next, rota.timezone)
      // A time that clocks skip comes when they have skipped it.
      const skipped = shown % DAY !== rota.minute * MINUTE
      if (!skipped) expect(weekdayOf(Math.floor(shown / DAY))).toBe(weekdayOf(rota.firstDay))
    }),
    { numRuns: 400 },
  )
})

const usual = ['timezone: Europe/Berlin', 'handover: mon 09:00', 'starts: 2026-03-16', 'order: [mei, sam]']
const lines = (...instead: readonly string[]) =>
  [...usual.filter(line => !instead.some(other => other.split(':')[0] === line.split(':')[0])), ...instead]
    .map(line => `    ${line}\n`)
    .join('')

test.each([
  [
    'order: [mei, sma]',
    '12:18 error unknown member or contact point "sma"; did you mean "sam"?',
    '12:18 错误 未知的成员或联系方式 "sma"；是否想写 "sam"？',
  ],
  [
    'starts: 2026-03-17',
    '12:13 error 2026-03-17 is a tue, and the handover is on mon; write e.g. 2026-03-23',
    '12:13 错误 2026-03-17 是 tue，而交接在 mon；例如 2026-03-23',
  ],
  ['starts: 2026-02-30', '12:13 error there is no date 2026-02-30', '12:13 错误 日期 2026-02-30 不存在'],
  [
    'handover: monday 9:00',
    '12:15 error "handover" must be a weekday and a time such as mon 09:00, not "monday 9:00"',
    '12:15 错误 "handover" 应为星期和时间，例如 mon 09:00，而不是 "monday 9:00"',
  ],
  [
    'timezone: Europe/Berln',
    '12:15 error unknown time zone "Europe/Berln"; did you mean "Europe/Berlin"?',
    '12:15 错误 未知的时区 "Europe/Berln"；是否想写 "Europe/Berlin"？',
  ],
  [
    'overrides: [{from: 2026-03-17T09:00, to: 2026-03-17T09:00, who: sam}]',
    '13:46 error the override ends before it begins; look at its times',
    '13:46 错误 替班的结束早于开始；请检查时间',
  ],
  [
    'overrides: [{from: 2026-03-17T09:00, to: 2026-03-18T09:00, who: sam}, {from: 2026-03-18T08:59, to: 2026-03-19T09:00, who: mei}]',
    '13:82 error the override begins before that of line 13 ends; let only one be on call',
    '13:82 错误 替班的开始早于第 13 行替班的结束；同一时间只能有一人值班',
  ],
])('of a rota this is told: %s', (line, en, zh) => {
  const told = (language: 'en' | 'zh') =>
    load(owner(lines(line))).problems.map(problem => formatProblem(problem, language))
  expect(told('en')).toEqual([`owners.yaml:${en}`])
  expect(told('zh')).toEqual([`owners.yaml:${zh}`])
})

test('a contact point belongs to a member of its owner', () => {
  const text = owner(lines()).replace('member: sam', 'member: sma')
  expect(load(text).problems.map(problem => formatProblem(problem, 'en'))).toContain(
    'owners.yaml:6:65 error unknown member "sma"; did you mean "sam"?',
  )
})
