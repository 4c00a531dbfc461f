import { execSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpus } from 'node:os'
import { expect, test } from 'vitest'
import { BusinessCalendar } from '../src/model/business-calendar.ts'
import { type Forecast, type ForecastPlan, forecast, middle, steady } from '../test/model/lateness-forecasts.ts'
import { type Order, readOrders, whyNoOlist } from '../test/model/lateness-orders.ts'
import {
  type Answer,
  answersOf,
  brier,
  calibration,
  onceAnOrder,
  opponents,
  partsOf,
  percentBetter,
} from '../test/model/lateness-scores.ts'

/*
 * One question: how good is P(late), on real orders and from what was known at the time?
 *
 * Workload: the orders of Olist, every one that is open and not due yet at every midnight from April 2017 to March 2018.
 * Printed: Brier scores against the answers that need no life table, by weight, month, stage and window; the
 * calibration of every tenth; and what it costs to ask. Nothing is drawn, so two runs give the same digest.
 */
const DAY = 86_400_000
const both: ForecastPlan = { ...steady, everyMs: DAY, by: ['customerState', 'sellerState'] }

/** On which nobody delivers: the national holidays of Brazil. */
const holidays =
  '2017-02-27 2017-02-28 2017-04-14 2017-04-21 2017-05-01 2017-06-15 2017-09-07 2017-10-12 2017-11-02 2017-11-15 2017-12-25 2018-01-01 2018-02-12 2018-02-13 2018-03-30'

const print = (line = '') => process.stdout.write(`${line}\n`)

test.skipIf(whyNoOlist !== '')(`P(late) on Olist${whyNoOlist}`, () => {
  const orders = readOrders()
  const began = performance.now()
  const forecasts = forecast(orders, both)
  const ms = performance.now() - began
  const answers = answersOf(orders, forecasts)
  const commit = execSync('git rev-parse --short HEAD', { encoding: 'utf8' }).trim()
  print(`commit ${commit}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`)
  print(`${orders.length} orders, ${forecasts.length} forecasts, digest ${digestOf(forecasts)}`)
  print(`${Math.round((1_000 * ms) / forecasts.length)} µs a forecast, life tables and their counts included`)
  print()

  print(`Brier score of P(late)             every forecast   once an order   without cancelled orders`)
  const once = onceAnOrder(forecasts)
  const delivered = forecasts.filter(({ order }) => !order.wasCancelled)
  const scores = (answer: Answer) => [
    brier(forecasts, answer),
    brier(forecasts, answer, once),
    brier(delivered, answer),
  ]
  const ours = scores(middle)
  print(`life tables                        ${ours.map(score => score.toFixed(5).padEnd(16)).join(' ')}`)
  for (const opponent of opponents) {
    const theirs = scores(answers[opponent])
    const cells = theirs.map((score, index) => `${score.toFixed(5)} ${beside(ours[index]!, score)}`.padEnd(16))
    print(`${opponent.padEnd(34)} ${cells.join(' ')}`)
  }
  print()

  const share = answers['elapsed share']
  printParts('month', forecasts, ({ at }) => new Date(at).toISOString().slice(0, 7), share)
  printParts('stage', forecasts, ({ stage }) => ['approval', 'handling', 'transit'][stage]!, share)

  print('said         forecasts   mean said   were late')
  for (const { tenth, cases, said, late } of calibration(forecasts, middle)) {
    const range = `${10 * tenth} … ${10 * tenth + 10} %`
    print(`${range.padEnd(12)} ${String(cases).padStart(9)} ${percent(said)} ${percent(late)}`)
  }
  print()
  expect(percentBetter(ours[0]!, brier(forecasts, share))).toBeGreaterThan(5)
  expect(percentBetter(ours[0]!, brier(forecasts, answers['base rate']))).toBeGreaterThan(5)
})

test.skipIf(whyNoOlist !== '')(`alternatives, every fifth midnight${whyNoOlist}`, () => {
  const orders = readOrders()
  const every = { ...both, everyMs: 5 * DAY }
  const ways: readonly (readonly [string, ForecastPlan])[] = [
    ['total only', { ...every, by: [] }],
    ['by customer state', { ...every, by: ['customerState'] }],
    ['by customer and seller state', every],
    ...[30, 60, 120, 180].map(days => [`the same over ${days} d`, { ...every, windowMs: days * DAY }] as const),
    // 64 working days are about 90 days.
    ['the same in working days', { ...every, windowMs: 64 * DAY, calendar: workingDays() }],
  ]
  print('Brier score, every fifth midnight     every forecast            once an order')
  for (const [name, plan] of ways) printWay(name, orders, plan)
  print()
})

function printWay(name: string, orders: readonly Order[], plan: ForecastPlan): void {
  const forecasts = forecast(orders, plan)
  const share = answersOf(orders, forecasts)['elapsed share']
  const cells = [() => 1, onceAnOrder(forecasts)].map((weight: Answer) => {
    const score = brier(forecasts, middle, weight)
    return `${score.toFixed(5)} ${beside(score, brier(forecasts, share, weight))}`.padEnd(25)
  })
  print(`${name.padEnd(37)} ${cells.join(' ')}`)
}

function printParts(
  what: string,
  forecasts: readonly Forecast[],
  partOf: (one: Forecast) => string,
  share: Answer,
): void {
  print(`${what.padEnd(12)} forecasts   were late   life tables   elapsed share`)
  for (const [part, among] of [...partsOf(forecasts, partOf)].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const late = among.filter(({ isLate }) => isLate).length / among.length
    const [ours, theirs] = [brier(among, middle), brier(among, share)]
    const counted = `${part.padEnd(12)} ${String(among.length).padStart(9)} ${percent(late)}`
    print(`${counted}       ${ours.toFixed(5)}         ${theirs.toFixed(5)} ${beside(ours, theirs)}`)
  }
  print()
}

/** How much better the first score is. */
const beside = (score: number, than: number): string => {
  const better = percentBetter(score, than)
  return `(${better < 0 ? '−' : '+'}${Math.abs(better).toFixed(1)} %)`
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`.padStart(11)

function digestOf(forecasts: readonly Forecast[]): string {
  const digest = createHash('sha256')
  for (const one of forecasts) digest.update(`${one.at} ${one.stage} ${middle(one).toFixed(9)}\n`)
  return digest.digest('hex').slice(0, 16)
}

function workingDays(): BusinessCalendar {
  const wholeDay = [{ fromMinute: 0, toMinute: 1_440 }]
  return new BusinessCalendar({
    name: 'carriers',
    title: { en: 'Carriers' },
    timezone: 'UTC',
    week: Array.from({ length: 7 }, (_, weekday) => (weekday < 5 ? wholeDay : [])),
    days: holidays.split(' ').map(date => ({ day: Date.parse(date) / DAY, name: undefined, hours: [] })),
    position: { file: 'bench', line: 1, column: 1 },
  })
}
