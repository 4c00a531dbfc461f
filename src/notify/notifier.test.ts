import { describe, expect, test } from 'vitest'
import { transition } from '../../test/support/alert-transition.ts'
import type { AlertPhase, AlertTransition } from '../alerts/transition.ts'
import { instant } from '../event/instant.ts'
import type { OutboxMessage } from '../journal/outbox.ts'
import type { Told } from '../journal/told-states.ts'
import { toOwners } from './destinations.ts'
import type { MessageSubject } from './message-subject.ts'
import { Notifier } from './notifier.ts'

const MINUTE = 60_000
const now = instant(100 * MINUTE)

const contactPoints = new Map([
  ['ops', ['ops/webhook']],
  ['two', ['two/day', 'two/night']],
])

type Given = {
  told?: readonly Told[]
  hasRoom?: (contactPoint: string) => boolean
  isQuiet?: (alert: AlertTransition, now: number) => boolean
  holdsEnd?: (alert: AlertTransition, now: number) => boolean
  ended?: readonly AlertTransition[]
}

/** A notifier whose bodies are what they are about. */
function notifierOf({
  told = [],
  hasRoom = () => true,
  isQuiet = () => false,
  holdsEnd = () => false,
  ended = [],
}: Given = {}) {
  const written: MessageSubject[] = []
  const notifier = new Notifier({
    processes: ['orders'],
    destinationsOf: toOwners(owner =>
      (contactPoints.get(owner) ?? []).map(contactPoint => ({ contactPoint, quietHours: [] })),
    ),
    told,
    hasRoom,
    isQuiet,
    holdsEnd,
    ended,
    write: subject => {
      written.push(subject)
      return subject.kind
    },
  })
  return { notifier, written }
}

const said = (messages: readonly OutboxMessage[]) =>
  messages.map(({ contactPoint, body, tells }) => [
    contactPoint,
    body,
    ...tells.map(({ alert, state }) => `${alert} ${state}`),
  ])

const step = (id: string, state: AlertPhase, at: number = now, owner = 'ops'): AlertTransition => ({
  ...transition(id, at, state),
  owner,
})

describe('live', () => {
  test('an alert is told when it fires and when it is over, to every contact point of its owner', () => {
    const { notifier, written } = notifierOf()
    const life = (['pending', 'firing', 'recovering', 'resolved'] as const).map(state => step('a', state, now, 'two'))
    const messages = life.flatMap(each => notifier.messagesOf('orders', [each], now))
    expect(said(messages)).toEqual([
      ['two/day', 'alert', 'a firing'],
      ['two/night', 'alert', 'a firing'],
      ['two/day', 'alert', 'a resolved'],
      ['two/night', 'alert', 'a resolved'],
    ])
    expect(written[0]).toEqual({
      kind: 'alert',
      id: messages[0]?.id,
      contactPoint: 'two/day',
      at: now,
      process: 'orders',
      state: 'firing',
      transition: life[1],
    })
    expect(new Set(messages.map(({ id }) => id)).size).toBe(4)
  })

  test('a message has the same id whenever the same transition is told to the same contact point', () => {
    const [first, second] = [notifierOf(), notifierOf()].map(({ notifier }) =>
      notifier.messagesOf('orders', [step('a', 'firing')], instant(now + 500)),
    )
    expect(first?.[0]?.id).toMatch(/^[0-9a-f]{32}$/)
    expect(first?.[0]?.id).toBe(second?.[0]?.id)
  })

  test('what fires again before it was over is no news, and silence is', () => {
    const { notifier } = notifierOf()
    const states = ['firing', 'recovering', 'firing', 'no_data', 'firing', 'resolved'] as const
    const messages = notifier.messagesOf(
      'orders',
      states.map((state, nth) => step('a', state, now + nth)),
      now,
    )
    expect(said(messages).map(([, , told]) => told)).toEqual(['a firing', 'a no_data', 'a firing', 'a resolved'])
  })

  test('what never fired is not told to be over, and an owner without contact points is told nothing', () => {
    const { notifier } = notifierOf()
    const transitions = [
      step('a', 'pending'),
      step('a', 'inactive'),
      step('b', 'resolved'),
      step('c', 'firing', now, 'x'),
    ]
    expect(notifier.messagesOf('orders', transitions, now)).toEqual([])
  })

  test('who was told that an alert fires is told its end, whoever owns it by then', () => {
    const { notifier } = notifierOf({ told: [{ alert: 'a', state: 'firing', contactPoint: 'gone/webhook' }] })
    expect(said(notifier.messagesOf('orders', [step('a', 'resolved')], now))).toEqual([
      ['gone/webhook', 'alert', 'a resolved'],
    ])
    expect(notifier.messagesOf('orders', [step('a', 'resolved')], now)).toEqual([])
  })
})

describe('catching up', () => {
  const past = (id: string, state: AlertPhase, owner = 'ops') => step(id, state, now - MINUTE - 1, owner)

  test('what is over before the present is never told; what is open then is told by one digest to each contact point', () => {
    const { notifier, written } = notifierOf()
    const ended = [past('ended', 'firing'), past('ended', 'resolved')]
    const open = [past('a', 'firing'), past('b', 'no_data'), past('c', 'firing', 'two')]
    expect(notifier.messagesOf('orders', [...ended, ...open, past('d', 'recovering')], now)).toEqual([])
    expect(notifier.heldBack).toEqual(['orders'])
    const all = () => [...open, past('d', 'recovering'), past('e', 'pending')]
    expect(notifier.digestsOf('orders', instant(now - MINUTE - 1), all, now)).toEqual([])
    const digests = notifier.digestsOf('orders', instant(now - MINUTE), all, now)
    expect(said(digests)).toEqual([
      ['ops/webhook', 'digest', 'a firing', 'b no_data'],
      ['two/day', 'digest', 'c firing'],
      ['two/night', 'digest', 'c firing'],
    ])
    expect(written[0]).toMatchObject({ kind: 'digest', process: 'orders', transitions: open.slice(0, 2) })
    expect(notifier.heldBack).toEqual([])
    expect(notifier.digestsOf('orders', now, all, now)).toEqual([])
    expect(said(notifier.messagesOf('orders', [step('a', 'resolved')], now))).toEqual([
      ['ops/webhook', 'alert', 'a resolved'],
    ])
  })

  test('after a crash in the middle everything unsaid is still told, and nothing that was said', () => {
    const before = notifierOf()
    before.notifier.messagesOf('orders', [past('a', 'firing'), past('b', 'firing')], now)
    const told: Told[] = [{ alert: 'b', state: 'firing', contactPoint: 'ops/webhook' }]
    const { notifier } = notifierOf({ told })
    const open = () => [past('a', 'firing'), past('b', 'firing')]
    expect(said(notifier.digestsOf('orders', now, open, now))).toEqual([['ops/webhook', 'digest', 'a firing']])
  })

  test('an alert that people know of is told to be over at once', () => {
    const { notifier } = notifierOf({ told: [{ alert: 'a', state: 'firing', contactPoint: 'ops/webhook' }] })
    expect(said(notifier.messagesOf('orders', [past('a', 'resolved')], now))).toEqual([
      ['ops/webhook', 'alert', 'a resolved'],
    ])
  })

  test('what fires by the wall clock, as held time does, is told at once', () => {
    const { notifier } = notifierOf()
    expect(notifier.messagesOf('orders', [past('a', 'firing'), step('held', 'firing')], now)).toHaveLength(1)
  })
})

test('while too much waits for a contact point what fires is held back, and told by a digest when there is room', () => {
  let isFull = true
  const { notifier } = notifierOf({ hasRoom: contactPoint => !isFull || contactPoint !== 'two/day' })
  const fires = step('a', 'firing', now, 'two')
  expect(said(notifier.messagesOf('orders', [fires], now))).toEqual([['two/night', 'alert', 'a firing']])
  expect(notifier.digestsOf('orders', now, () => [fires], now)).toEqual([])
  isFull = false
  expect(said(notifier.digestsOf('orders', now, () => [fires], now))).toEqual([['two/day', 'digest', 'a firing']])
})

describe('snoozed', () => {
  const end = now + 10
  const isQuiet = ({ id }: AlertTransition, at: number) => id === 'a' && at < end

  test('what fires meanwhile is told once when the snooze has ended, if it is still open', () => {
    const { notifier } = notifierOf({ isQuiet })
    const open = [step('a', 'firing'), step('b', 'firing')]
    expect(said(notifier.messagesOf('orders', open, now))).toEqual([['ops/webhook', 'alert', 'b firing']])
    expect(notifier.digestsOf('orders', now, () => open, now)).toEqual([])
    expect(notifier.digestsOf('orders', now, () => open, instant(end - 1))).toEqual([])
    expect(said(notifier.digestsOf('orders', now, () => open, instant(end)))).toEqual([
      ['ops/webhook', 'digest', 'a firing'],
    ])
    expect(notifier.digestsOf('orders', now, () => open, instant(end + 1))).toEqual([])
  })

  test('what is over by then is never told, to whom did not know of it', () => {
    const { notifier } = notifierOf({ isQuiet })
    expect(notifier.messagesOf('orders', [step('a', 'firing'), step('a', 'resolved')], now)).toEqual([])
    expect(notifier.digestsOf('orders', now, () => [], instant(end))).toEqual([])
  })

  test('who knows that it fires is told its end, and nothing again when the snooze ends', () => {
    const told: Told[] = [{ alert: 'a', state: 'firing', contactPoint: 'ops/webhook' }]
    const { notifier } = notifierOf({ told, isQuiet })
    const open = () => [step('a', 'firing')]
    expect(notifier.digestsOf('orders', now, open, now)).toEqual([])
    expect(notifier.heldBack).toEqual([])
    expect(notifier.digestsOf('orders', now, open, instant(end))).toEqual([])
    expect(said(notifier.messagesOf('orders', [step('a', 'resolved')], now))).toEqual([
      ['ops/webhook', 'alert', 'a resolved'],
    ])
  })

  test('after a crash in the middle it is told when the snooze ends, too', () => {
    const open = () => [step('a', 'firing')]
    const { notifier } = notifierOf({ isQuiet })
    expect(notifier.digestsOf('orders', now, open, now)).toEqual([])
    expect(said(notifier.digestsOf('orders', now, open, instant(end)))).toEqual([['ops/webhook', 'digest', 'a firing']])
  })
})

describe('an end that is held', () => {
  const end = now + 10
  const holdsEnd = ({ id }: AlertTransition, at: number) => id === 'a' && at < end
  const over = step('a', 'resolved')

  test('is told when it is not held any more, before what is open', () => {
    const { notifier } = notifierOf({ holdsEnd, isQuiet: ({ id }, at) => id === 'b' && at < end })
    const messages = notifier.messagesOf('orders', [step('a', 'firing'), over, step('b', 'firing')], now)
    expect(said(messages)).toEqual([['ops/webhook', 'alert', 'a firing']])
    const open = () => [step('b', 'firing')]
    expect(notifier.digestsOf('orders', now, open, instant(end - 1))).toEqual([])
    expect(notifier.heldBack).toEqual(['orders'])
    expect(said(notifier.digestsOf('orders', now, open, instant(end)))).toEqual([
      ['ops/webhook', 'alert', 'a resolved'],
      ['ops/webhook', 'digest', 'b firing'],
    ])
    expect(notifier.heldBack).toEqual([])
    expect(notifier.digestsOf('orders', now, open, instant(end + 1))).toEqual([])
  })

  test('is told after a restart, to whoever knows that it fires, and under the id that it would have had', () => {
    const told: Told[] = [{ alert: 'a', state: 'firing', contactPoint: 'two/day' }]
    const { notifier } = notifierOf({ holdsEnd, told, ended: [over, step('c', 'resolved')] })
    expect(notifier.digestsOf('orders', now, () => [], instant(end - 1))).toEqual([])
    const messages = notifier.digestsOf('orders', now, () => [], instant(end))
    expect(said(messages)).toEqual([['two/day', 'alert', 'a resolved']])
    expect(messages[0]?.id).toBe(notifierOf({ told }).notifier.messagesOf('orders', [over], now)[0]?.id)
  })
})
