import { expect, test } from 'vitest'
import { transition } from '../../test/support/alert-transition.ts'
import { instant } from '../event/instant.ts'
import { CALM_AFTER_MS, FLAPS_AFTER, FlapBook } from './flap-book.ts'
import type { AlertPhase, AlertTransition } from './transition.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Episode `id` fires at a minute, and ends two minutes later. */
const fires = (id: string, minute: number): AlertTransition => transition(id, minute * MINUTE, 'firing')
const ends = (id: string, minute: number, state: AlertPhase = 'resolved'): AlertTransition => ({
  ...transition(id, (minute + 2) * MINUTE, state),
  firedAt: instant(minute * MINUTE),
})
const episodes = (...minutes: number[]) =>
  minutes.flatMap(minute => [fires(`${minute}`, minute), ends(`${minute}`, minute)])

const at = (minute: number) => instant(minute * MINUTE)

test('it flaps from the fourth firing within an hour on, until it has been calm', () => {
  const before = episodes(0, 15, 30)
  const fourth = fires('45', 45)
  expect(new FlapBook(before).flappingOf(ends('30', 30), at(44))).toBe(undefined)
  const book = new FlapBook([...before, fourth])
  expect(book.flappingOf(fourth, at(45))).toEqual({ times: FLAPS_AFTER, since: 0 })
  // Of the latest episode only.
  expect(book.flappingOf(ends('30', 30), at(45))).toBe(undefined)
  book.take([ends('45', 45)])
  const calm = at(47) + CALM_AFTER_MS
  expect(book.flappingOf(ends('45', 45), instant(calm - 1))).toEqual({ times: 4, since: 0 })
  expect(book.flappingOf(ends('45', 45), instant(calm))).toBe(undefined)
})

test.each([
  ['firings that are further apart', episodes(0, 20, 40, 60)],
  [
    'firings of other segments',
    episodes(0, 1, 2, 3).map((each, index) => ({ ...each, segment: { warehouse: `${index}` } })),
  ],
  ['firings of other processes', episodes(0, 1, 2, 3).map((each, index) => ({ ...each, process: `${index}` }))],
  ['firing again before it is over', [0, 1, 2, 3].map(minute => ({ ...fires('a', minute), firedAt: instant(0) }))],
  ['pending and recovering', [0, 1, 2, 3].map(minute => ends('a', minute, 'recovering'))],
])('%s are no flapping', (_what, transitions) => {
  const book = new FlapBook(transitions)
  expect(transitions.some(each => book.flappingOf(each, instant(each.at + 1)) !== undefined)).toBe(false)
  expect(transitions.some(each => book.holdsEnd(each, instant(each.at + 1)))).toBe(false)
})

test('the episode that makes it flap is told, and then nothing, neither firings nor ends', () => {
  const book = new FlapBook([...episodes(0, 10, 20), fires('30', 30)])
  expect([book.isQuiet(fires('30', 30), at(30)), book.holdsEnd(ends('30', 30), at(32))]).toEqual([false, true])
  const later = fires('40', 40)
  book.take([ends('30', 30), later])
  expect(book.isQuiet(later, at(40))).toBe(true)
  expect(book.isQuiet(later, instant(at(40) + CALM_AFTER_MS))).toBe(false)
  expect(book.holdsEnd(ends('30', 30), instant(at(40) + CALM_AFTER_MS))).toBe(false)
  // Of the episode that was told it is not told again that it lacks data.
  const silent = { ...ends('30', 30, 'no_data') }
  expect(book.isQuiet(silent, at(41))).toBe(true)
})

test('an episode that is corrected when it is over is no change', () => {
  const book = new FlapBook([...episodes(0, 1, 2, 3), { ...ends('0', 10), from: 'resolved', because: 'revised' }])
  expect(book.flappingOf(ends('3', 3), at(34))).toEqual({ times: 4, since: 0 })
  expect(book.flappingOf(ends('3', 3), at(35))).toBe(undefined)
})

test('after a calm it takes four firings again', () => {
  const book = new FlapBook([...episodes(0, 1, 2, 3), ...episodes(40, 42, 44)])
  expect(book.flappingOf(ends('44', 44), at(46))).toBe(undefined)
  book.take([fires('46', 46)])
  expect(book.flappingOf(fires('46', 46), at(46))).toEqual({ times: 4, since: at(40) })
  expect(book.isQuiet(fires('46', 46), at(46))).toBe(false)
})

test('what flaps for hours is told every six hours, with another episode', () => {
  const minutes = Array.from({ length: 80 }, (_, index) => index * 10)
  const book = new FlapBook()
  const told = minutes.flatMap(minute => {
    book.take([fires(`${minute}`, minute)])
    const isTold = !book.isQuiet(fires(`${minute}`, minute), at(minute))
    book.take([ends(`${minute}`, minute)])
    return isTold ? [minute] : []
  })
  expect(told).toEqual([0, 10, 20, 30, 30 + 360, 30 + 720])
  expect(book.holdsEnd(ends('30', 30), instant(30 * MINUTE + 6 * HOUR - 1))).toBe(true)
})

test('a restart that has the transitions of a day changes nothing, and what is long past is forgotten', () => {
  const history = [...episodes(0, 10, 20, 30), ...episodes(200, 205, 210, 215, 220)]
  const [whole, late] = [new FlapBook(history), new FlapBook(history.filter(each => each.at >= 100 * MINUTE))]
  const other = { ...fires('x', 221), rule: 'other' }
  for (const book of [whole, late]) book.take([other])
  for (const minute of [216, 222, 240, 260]) {
    const latest = ends('220', 220)
    expect(late.flappingOf(latest, at(minute))).toEqual(whole.flappingOf(latest, at(minute)))
    expect(late.isQuiet(fires('220', 220), at(minute))).toBe(whole.isQuiet(fires('220', 220), at(minute)))
  }
})
