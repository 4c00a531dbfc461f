import { describe, expect, test } from 'vitest'
import { sceneBegin, TellingScene } from '../../test/support/notify/telling-scene.ts'
import { type AlertOverlay, untouched } from '../alerts/overlay.ts'
import { durationMs } from '../event/duration.ts'
import { instant } from '../event/instant.ts'
import type { NotificationRoute } from '../model/notification-route.ts'
import { byRoutes, toOwners } from './destinations.ts'
import type { ContactsOfStep } from './escalation.ts'

const SECOND = 1_000
const MINUTE = 60

const contact = (contactPoint: string) => ({ contactPoint, quietHours: [] })
const contacts = (receiver: string) => [contact(`${receiver}/chat`)]

const stepAfter = (minutes: number, to: string, unless: ContactsOfStep['unless'] = 'acknowledged'): ContactsOfStep => ({
  afterMs: durationMs(minutes * MINUTE * SECOND),
  unless,
  contacts: contacts(to),
})

const steps = [stepAfter(10, 'duty'), stepAfter(30, 'boss')]

type Given = {
  readonly steps?: readonly ContactsOfStep[]
  readonly overlays?: Map<string, AlertOverlay>
  readonly route?: NotificationRoute
  readonly isQuiet?: () => boolean
}

const sceneOf = ({ steps: own = steps, overlays = new Map(), route, isQuiet = () => false }: Given = {}) =>
  new TellingScene({
    recipients: () => ({
      destinationsOf: route === undefined ? toOwners(contacts) : byRoutes(route, contacts),
      escalationOf: owner => (owner === 'ops' ? own : []),
    }),
    isQuiet,
    overlayOf: alert => overlays.get(alert) ?? untouched,
  })

const mark = { by: 'mei', at: instant(0) }

describe('an alert that nobody takes', () => {
  test('is told to the next ones, each once, and all who were told hear how it goes on, and its end', () => {
    const scene = sceneOf()
    scene
      .enters('a', 'firing')
      .at(25 * MINUTE)
      .enters('a', 'no_data')
      .at(40 * MINUTE)
      .enters('a', 'resolved')
    scene.at(60 * MINUTE)
    expect(scene.said).toEqual([
      '0 ops/chat a firing',
      '600 duty/chat a firing',
      '1500 ops/chat a no_data',
      '1500 duty/chat a no_data',
      '1800 boss/chat a no_data',
      '2400 ops/chat a resolved',
      '2400 duty/chat a resolved',
      '2400 boss/chat a resolved',
    ])
    expect(scene.bodies).toEqual([
      'alert',
      'alert after 600000',
      'alert',
      'alert after 600000',
      'alert after 1800000',
      'alert',
      'alert',
      'alert',
    ])
    expect(scene.told).toEqual([])
  })

  test('is told to nobody else while it recovers, nor once it is over', () => {
    const scene = sceneOf()
    scene
      .enters('a', 'firing')
      .enters('b', 'firing')
      .at(5 * MINUTE)
      .enters('a', 'recovering')
      .enters('b', 'resolved')
    scene
      .at(20 * MINUTE)
      .enters('a', 'firing')
      .at(40 * MINUTE)
    expect(scene.said.slice(3)).toEqual(['1200 duty/chat a firing', '1800 boss/chat a firing'])
  })

  test('waits from when somebody was told, not from when it fired', () => {
    let isQuiet = true
    const scene = sceneOf({ isQuiet: () => isQuiet })
    scene.enters('a', 'firing').at(60 * MINUTE)
    isQuiet = false
    scene.at(69 * MINUTE)
    expect(scene.said).toEqual(['3601 ops/chat a firing'])
    scene.at(71 * MINUTE)
    expect(scene.said.slice(1)).toEqual(['4201 duty/chat a firing'])
  })

  test('that was told by a release that took no note of when waits from when it fired', () => {
    const scene = sceneOf()
    scene.enters('a', 'firing').at(5 * MINUTE)
    scene.forgetFirstTold()
    scene.at(11 * MINUTE)
    expect(scene.said.slice(1)).toEqual(['600 duty/chat a firing'])
  })

  test('is held back for whom it is quiet, and told when it is not any more', () => {
    let isQuiet = false
    const scene = sceneOf({ isQuiet: () => isQuiet })
    scene.enters('a', 'firing').at(5 * MINUTE)
    isQuiet = true
    scene.at(15 * MINUTE)
    expect(scene.said).toHaveLength(1)
    isQuiet = false
    scene.at(16 * MINUTE)
    expect(scene.said.slice(1)).toEqual(['901 duty/chat a firing'])
  })

  test('waits for the present where the program has begun anew while history is read', () => {
    const scene = sceneOf()
    scene.enters('a', 'firing').at(5 * MINUTE)
    scene.restart()
    scene.evaluatedAt = instant(sceneBegin - 3_600_000)
    scene.at(15 * MINUTE)
    expect(scene.said).toHaveLength(1)
    scene.evaluatedAt = undefined
    scene.at(16 * MINUTE)
    expect(scene.said.slice(1)).toEqual(['901 duty/chat a firing'])
  })
})

describe('an alert that somebody has', () => {
  test.each([
    ['acknowledged', { ...untouched, acknowledged: mark }],
    ['assigned', { ...untouched, assignedTo: 'sam' }],
  ])('because it is %s is told to nobody else, until that is taken back', (_what, taken) => {
    const overlays = new Map([['a', taken as AlertOverlay]])
    const scene = sceneOf({ overlays })
    scene.enters('a', 'firing').at(20 * MINUTE)
    expect(scene.said).toEqual(['0 ops/chat a firing'])
    overlays.delete('a')
    scene.at(31 * MINUTE)
    expect(scene.said.slice(1)).toEqual(['1201 duty/chat a firing', '1800 boss/chat a firing'])
  })

  test('is told all the same by a step that waits until it is over', () => {
    const overlays = new Map([['a', { ...untouched, acknowledged: mark }]])
    const scene = sceneOf({ overlays, steps: [stepAfter(10, 'duty'), stepAfter(20, 'boss', 'over')] })
    scene.enters('a', 'firing').at(30 * MINUTE)
    expect(scene.said.slice(1)).toEqual(['1200 boss/chat a firing'])
  })

  test('whoever was told before it was taken hears its end', () => {
    const overlays = new Map<string, AlertOverlay>()
    const scene = sceneOf({ overlays })
    scene.enters('a', 'firing').at(15 * MINUTE)
    overlays.set('a', { ...untouched, acknowledged: mark })
    scene.at(40 * MINUTE).enters('a', 'resolved')
    expect(scene.said.slice(2)).toEqual(['2400 ops/chat a resolved', '2400 duty/chat a resolved'])
  })

  test('because he has snoozed it waits from the end of the snooze', () => {
    const end = instant(sceneBegin + 20 * MINUTE * SECOND)
    const scene = sceneOf({ overlays: new Map([['a', { ...untouched, snoozedUntil: end }]]) })
    scene.enters('a', 'firing').at(29 * MINUTE)
    expect(scene.said).toHaveLength(1)
    scene.at(31 * MINUTE)
    expect(scene.said.slice(1)).toEqual(['1800 duty/chat a firing'])
  })
})

const route: NotificationRoute = {
  matchers: [],
  goesOn: false,
  receivers: [{ kind: 'owner-of-alert' }],
  grouping: {
    by: [],
    waitMs: durationMs(30 * SECOND),
    intervalMs: durationMs(300 * SECOND),
    repeatMs: durationMs(86_400_000),
  },
  quietHours: undefined,
  routes: [],
}

test('alerts that are told together escalate together', () => {
  const scene = sceneOf({ route })
  scene
    .enters('a', 'firing')
    .enters('b', 'firing')
    .at(60)
    .enters('c', 'firing')
    .at(20 * MINUTE)
  expect(scene.said).toEqual([
    '30 ops/chat a firing b firing',
    '330 ops/chat c firing a firing b firing',
    '630 duty/chat a firing b firing',
    '930 duty/chat c firing a firing b firing',
  ])
  expect(scene.bodies).toEqual(['group', 'group', 'group after 600000', 'group after 600000'])
  scene.enters('b', 'resolved').at(26 * MINUTE)
  expect(scene.said.slice(4).sort()).toEqual([
    '1230 duty/chat b resolved a firing c firing',
    '1230 ops/chat b resolved a firing c firing',
  ])
})

test('after a hundred restarts while steps are waited for each was taken once', () => {
  for (const own of [undefined, route]) {
    const given: Given = own === undefined ? {} : { route: own }
    const [without, withRestarts] = [sceneOf(given), sceneOf(given)]
    for (const scene of [without, withRestarts]) {
      scene.enters('a', 'firing')
      for (let nth = 1; nth <= 100; nth++) {
        if (scene === withRestarts) scene.restart()
        scene.at(nth * 24)
      }
      scene.enters('a', 'resolved').at(60 * MINUTE)
    }
    expect(withRestarts.said).toEqual(without.said)
    expect(without.said).toHaveLength(6)
  }
})
