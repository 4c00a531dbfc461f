import { describe, expect, test } from 'vitest'
import { transition } from '../../test/support/alert-transition.ts'
import { instant } from '../event/instant.ts'
import { parseMatcher } from '../model/label-matcher.ts'
import { alertLabelNames } from '../model/load-notifications.ts'
import { alertLabels, labelsToMatch } from './alert-labels.ts'
import { type Silence, silenceState } from './silence.ts'
import { SilenceBook } from './silence-book.ts'

const DAY = 86_400_000

const silence = (id: string, matcher: string, from = 10, to = 20): Silence => ({
  id,
  matchers: [parseMatcher(matcher)],
  startsAt: instant(from),
  endsAt: instant(to),
  createdBy: 'ana',
  comment: 'moving shelves',
  createdAt: instant(from),
})

const alert = transition('a', 0, 'firing')
const elsewhere = { ...transition('b', 0, 'firing'), segment: { warehouse: 'WH-2' } }

describe('labels', () => {
  test('a dimension whose name is taken has a prefix, and an unknown value has no label', () => {
    const segment = { severity: 'high', __x: 'y', carrier: null, lane: '1' }
    expect(alertLabels({ ...alert, segment })).toEqual({
      ...{ alertname: 'slow', process: 'orders', stage: 'picking', severity: 'warning', owner: 'ops' },
      ...{ segment_severity: 'high', segment___x: 'y', lane: '1' },
    })
  })

  test('people may say rule for alertname, unless a dimension is called so', () => {
    expect(labelsToMatch(alert)).toMatchObject({ rule: 'slow', alertname: 'slow' })
    expect(labelsToMatch({ ...alert, segment: { rule: 'x' } }).rule).toBe('x')
  })

  test('the names that matchers may use are those that alerts have', () => {
    const names = alertLabelNames(['warehouse', 'severity'])
    const labels = labelsToMatch({ ...alert, measure: 'cost', segment: { warehouse: 'a', severity: 'b' } })
    expect([...names].sort()).toEqual(Object.keys(labels).sort())
  })
})

test('a silence holds from its start until just before its end', () => {
  const book = new SilenceBook()
  book.add(silence('s', 'warehouse="WH-1"'))
  const held = [9, 10, 19, 20].map(at => book.silencing(alert, instant(at)).map(({ id }) => id))
  expect(held).toEqual([[], ['s'], ['s'], []])
  expect([9, 10, 19, 20].map(at => silenceState(book.all()[0]!, instant(at)))).toEqual([
    'pending',
    'active',
    'active',
    'expired',
  ])
  expect(book.silencing(elsewhere, instant(15))).toEqual([])
})

test('one that is ended early holds no longer, also one that has not begun', () => {
  const book = new SilenceBook()
  book.add(silence('s', 'warehouse="WH-1"'))
  book.add(silence('later', 'warehouse="WH-1"', 50, 60))
  expect(book.silencing(alert, instant(15))).toHaveLength(1)
  for (const id of ['s', 'later', 'gone']) book.end({ silence: id, id: undefined, by: 'ana', at: instant(16) })
  expect([15, 16, 55].map(at => book.silencing(alert, instant(at)).length)).toEqual([1, 0, 0])
  expect(book.get('later')?.expired?.by).toBe('ana')
})

test('an alert that was looked at before is looked at for silences that come later', () => {
  const book = new SilenceBook([{ ...silence('first', 'warehouse="WH-1"'), expired: undefined }])
  expect(book.matching(alert).map(({ id }) => id)).toEqual(['first'])
  book.add(silence('other', 'warehouse="WH-2"'))
  book.add(silence('second', 'alertname="slow"'))
  expect(book.matching(alert).map(({ id }) => id)).toEqual(['first', 'second'])
  expect(book.matching(elsewhere).map(({ id }) => id)).toEqual(['other', 'second'])
})

test('the next to begin or end is known; nothing is waited for where all are over', () => {
  const book = new SilenceBook()
  book.add(silence('a', 'stage="picking"', 10, 40))
  book.add(silence('b', 'stage="picking"', 20, 30))
  expect([0, 10, 20, 30, 40].map(at => book.nextChange(instant(at)))).toEqual([10, 20, 30, 40, undefined])
  book.end({ silence: 'a', id: undefined, by: 'ana', at: instant(15) })
  expect([15, 20, 30].map(at => book.nextChange(instant(at)))).toEqual([20, 30, undefined])
})

test('what ended a day ago is forgotten, and of very many that have ended the oldest', () => {
  const book = new SilenceBook()
  book.add(silence('old', 'stage="picking"', 0, 10))
  book.add(silence('open', 'stage="picking"', 0, 5 * DAY))
  for (let nth = 0; nth < 1_001; nth++) book.add(silence(`${nth}`, 'stage="picking"', 0, 100 + nth))
  book.forget(instant(DAY + 11))
  const ids = book.all().map(({ id }) => id)
  expect([ids.includes('old'), ids.includes('open'), ids.includes('0'), ids.includes('1')]).toEqual([
    false,
    true,
    false,
    true,
  ])
  expect(ids).toHaveLength(1_001)
  expect(book.matching(alert)).toHaveLength(1_001)
})
