import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sceneBegin, TellingScene } from '../../test/support/notify/telling-scene.ts'
import type { AlertPhase, AlertTransition } from '../alerts/transition.ts'
import { durationMs } from '../event/duration.ts'
import { type Instant, instant } from '../event/instant.ts'
import { parseMatcher } from '../model/label-matcher.ts'
import type { NotificationRoute } from '../model/notification-route.ts'
import { byRoutes } from './destinations.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const begin = sceneBegin
const [waitMs, intervalMs, repeatMs] = [30 * SECOND, 5 * MINUTE, 4 * HOUR].map(durationMs) as [never, never, never]

const root: NotificationRoute = {
  matchers: [],
  goesOn: false,
  receivers: [{ kind: 'owner-of-alert' }],
  grouping: { by: ['warehouse'], waitMs, intervalMs, repeatMs },
  quietHours: undefined,
  routes: [],
}

/** Owners have a chat each. */
const contacts = (receiver: string) => [
  { contactPoint: receiver.includes('/') ? receiver : `${receiver}/chat`, quietHours: [] },
]

/** Alerts that go by a route; `route` may be changed before a restart. */
const sceneOf = (given: Given = {}) =>
  new TellingScene({ ...given, recipients: () => ({ destinationsOf: byRoutes(given.route ?? root, contacts) }) })

type Given = {
  route?: NotificationRoute
  isQuiet?: (alert: AlertTransition) => boolean
  holdsEnd?: (alert: AlertTransition, now: Instant) => boolean
  hasRoom?: () => boolean
}

describe('a group', () => {
  test('is told when group_wait has passed since its first alert, and then what has changed every group_interval', () => {
    const scene = sceneOf()
    scene.enters('a', 'firing').at(10).enters('b', 'firing').at(29)
    expect(scene.said).toEqual([])
    scene.at(31).enters('c', 'firing').at(100).enters('d', 'firing').at(329)
    expect(scene.said).toEqual(['30 ops/chat a firing b firing'])
    scene.at(HOUR / SECOND)
    expect(scene.said.slice(1)).toEqual(['330 ops/chat c firing d firing a firing b firing'])
    // Looked at every five minutes since the last message, so this waits for the next look.
    scene.enters('e', 'firing').at(HOUR / SECOND + 400)
    expect(scene.said.slice(2)).toEqual(['3630 ops/chat e firing a firing b firing c firing d firing'])
  })

  test('is told again after repeat_interval while an alert fires, and not after that', () => {
    const scene = sceneOf()
    scene.enters('a', 'firing').at(20_000)
    expect(scene.said).toEqual(['30 ops/chat a firing', '14430 ops/chat a firing'])
    scene.enters('a', 'recovering').at(29_000)
    expect(scene.said.slice(2)).toEqual(['28830 ops/chat a firing'])
    scene.enters('a', 'resolved').at(60_000)
    expect(scene.said.slice(3)).toEqual(['29130 ops/chat a resolved'])
    expect([scene.groups, scene.told]).toEqual([[], []])
  })

  test('tells of an end that is held when it is not held any more, also after a restart', () => {
    const scene = sceneOf({ holdsEnd: ({ id }, now) => id === 'a' && now < begin + 1_000 * SECOND })
    scene.enters('a', 'firing').enters('b', 'firing').at(60).enters('a', 'resolved').enters('b', 'resolved').at(500)
    expect(scene.said).toEqual(['30 ops/chat a firing b firing', '330 ops/chat b resolved'])
    scene.restart()
    scene.at(2_000)
    expect(scene.said.slice(2)).toEqual(['1000 ops/chat a resolved'])
  })

  test('tells once that an alert is over, and of one that is over before group_wait nothing', () => {
    const scene = sceneOf()
    scene.enters('brief', 'firing').at(20).enters('brief', 'resolved').enters('a', 'firing').enters('b', 'firing')
    scene.at(60).enters('a', 'resolved').at(800)
    expect(scene.said).toEqual(['50 ops/chat a firing b firing', '350 ops/chat a resolved b firing'])
    scene.enters('b', 'resolved').at(1_000)
    expect(scene.said.slice(2)).toEqual(['950 ops/chat b resolved'])
    // It is forgotten, so what comes then waits for group_wait again.
    scene.enters('c', 'firing').at(2_000)
    expect(scene.said.slice(3)).toEqual(['1030 ops/chat c firing'])
  })

  test('is that of the values of group_by and of the process, and an unknown value is one of them', () => {
    const scene = sceneOf()
    scene.enters('a', 'firing', 'WH-1').enters('b', 'firing', 'WH-2').enters('c', 'firing', null).at(30)
    expect(scene.said).toEqual(['30 ops/chat a firing', '30 ops/chat b firing', '30 ops/chat c firing'])
    expect(scene.groups.map(({ key, labels }) => [key, labels])).toEqual([
      ['{}:{process="orders", warehouse="WH-1"}', { process: 'orders', warehouse: 'WH-1' }],
      ['{}:{process="orders", warehouse="WH-2"}', { process: 'orders', warehouse: 'WH-2' }],
      ['{}:{process="orders"}', { process: 'orders' }],
    ])
  })

  test("is one alert with group_by ['...']", () => {
    const scene = sceneOf({ route: { ...root, grouping: { ...root.grouping, by: undefined } } })
    scene.enters('a', 'firing').enters('b', 'firing').at(30)
    expect(scene.said).toEqual(['30 ops/chat a firing', '30 ops/chat b firing'])
  })

  test('that is told what has no data, and that it has again', () => {
    const scene = sceneOf()
    scene.enters('a', 'firing').at(40).enters('a', 'no_data').at(400).enters('a', 'firing').at(800)
    expect(scene.said).toEqual(['30 ops/chat a firing', '330 ops/chat a no_data', '630 ops/chat a firing'])
  })

  test('lists fifty alerts; what has changed beyond that comes in a message more, what has not is counted', () => {
    const scene = sceneOf()
    for (let nth = 0; nth < 60; nth++) scene.enters(`a${nth}`, 'firing')
    scene.at(30)
    expect(scene.said.map(text => text.split(' firing').length - 1)).toEqual([50, 10])
    scene.enters('a0', 'resolved').at(400)
    expect(scene.said[2]?.split(/ firing| resolved/).length).toBe(51)
    for (let nth = 1; nth < 60; nth++) scene.enters(`a${nth}`, 'resolved')
    scene.at(800)
    expect(scene.said.slice(3).map(text => text.split(' resolved').length - 1)).toEqual([50, 9])
    expect(scene.told).toEqual([])
  })

  test('that was told late is looked at a whole group_interval later', () => {
    const scene = sceneOf()
    scene.enters('a', 'firing')
    scene.now = instant(begin + 500 * SECOND)
    scene.look().enters('b', 'firing').at(1_000)
    expect(scene.said).toEqual(['500 ops/chat a firing', '800 ops/chat b firing a firing'])
  })

  test('says when it is told next', () => {
    const scene = sceneOf()
    expect(scene.nextAt()).toBeUndefined()
    scene.enters('a', 'firing')
    expect(scene.nextAt()).toBe(30)
    scene.at(30)
    expect(scene.nextAt()).toBe(30 + (4 * HOUR) / SECOND)
    scene.at(31).enters('b', 'firing')
    expect(scene.nextAt()).toBe(330)
  })
})

describe('who is told', () => {
  const to = (...names: string[]) => names.map(name => ({ kind: 'contact-point', name }) as const)
  const critical: NotificationRoute = {
    ...root,
    matchers: [parseMatcher('severity="critical"')],
    receivers: to('boss/phone'),
    goesOn: true,
  }
  const inStore: NotificationRoute = {
    ...root,
    matchers: [parseMatcher('warehouse=~"WH-.*"')],
    receivers: to('boss/phone', 'ops/chat'),
    grouping: { ...root.grouping, waitMs: durationMs(0) },
  }
  const route = { ...root, routes: [critical, inStore] }

  test('is whom the routes name that fit, each once, by the first that leads there; without any the root', () => {
    const scene = sceneOf({ route })
    scene.enters('a', 'firing', 'WH-1', { severity: 'critical' }).enters('b', 'firing', 'X').look()
    expect(scene.said).toEqual(['0 ops/chat a firing'])
    scene.at(40)
    expect(scene.said.slice(1)).toEqual(['30 boss/phone a firing', '30 ops/chat b firing'])
    expect(scene.groups.map(({ key }) => key)).toEqual([
      '{}/{warehouse=~"WH-.*"}:{process="orders", warehouse="WH-1"}',
      '{}:{process="orders", warehouse="X"}',
      '{}/{severity="critical"}:{process="orders", warehouse="WH-1"}',
    ])
  })

  test('an alert whose route is another after a restart stays in its group, and is told at once to be over where none leads', () => {
    const given = { route }
    const scene = sceneOf(given)
    scene.enters('a', 'firing', 'WH-1', { severity: 'critical' }).look().at(40)
    given.route = { ...root, receivers: [], routes: [] }
    scene.restart()
    scene.at(20_000)
    expect(scene.said).toEqual(['0 ops/chat a firing', '30 boss/phone a firing'])
    scene.enters('a', 'resolved', 'WH-1').look()
    expect(scene.said.slice(2)).toEqual(['20000 ops/chat a resolved', '20000 boss/phone a resolved'])
    expect([scene.groups, scene.told]).toEqual([[], []])
  })
})

describe('what waits', () => {
  test('what is quiet is left out until it is not any more, and its end is told to who knows of it', () => {
    let quiet = ['a']
    const scene = sceneOf({ isQuiet: ({ id }) => quiet.includes(id) })
    scene.enters('a', 'firing').enters('b', 'firing').at(60)
    expect(scene.said).toEqual(['30 ops/chat b firing'])
    quiet = ['b']
    scene.at(400)
    expect(scene.said.slice(1)).toEqual(['330 ops/chat a firing'])
    scene.enters('b', 'resolved').at(15_000)
    expect(scene.said.slice(2)).toEqual(['630 ops/chat b resolved a firing'])
    quiet = ['a']
    scene.at(40_000)
    expect(scene.said).toHaveLength(3)
  })

  test('what fires while history is read waits for the present; what was told is told to be over before', () => {
    const scene = sceneOf()
    scene.enters('a', 'firing').at(40)
    scene.evaluatedAt = instant(begin - HOUR)
    const ofPast = { at: instant(begin - HOUR), firedAt: instant(begin - HOUR) }
    scene.enters('old', 'firing', 'WH-1', ofPast).enters('a', 'resolved', 'WH-1', ofPast).at(400)
    expect(scene.said.slice(1)).toEqual(['330 ops/chat a resolved'])
    scene.evaluatedAt = undefined
    scene.at(401)
    expect(scene.said.slice(2)).toEqual(['401 ops/chat old firing'])
  })

  test('what fired in the present is told though time stands still from then on', () => {
    const scene = sceneOf()
    scene.enters('a', 'firing')
    scene.evaluatedAt = instant(begin - HOUR)
    scene.at(40)
    expect(scene.said).toEqual(['30 ops/chat a firing'])
  })

  test('while too much waits for a contact point only ends are told', () => {
    let hasRoom = true
    const scene = sceneOf({ hasRoom: () => hasRoom })
    scene.enters('a', 'firing').enters('b', 'firing').at(40)
    hasRoom = false
    scene.enters('c', 'firing').enters('a', 'resolved').at(20_000)
    expect(scene.said.slice(1)).toEqual(['330 ops/chat a resolved'])
    hasRoom = true
    scene.at(20_001)
    expect(scene.said.slice(2)).toEqual(['20001 ops/chat c firing b firing'])
  })
})

/** Seconds until the next event, which alert, what it enters. */
const histories = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 400 }),
    fc.constantFrom('a', 'b', 'c', 'd'),
    fc.constantFrom<AlertPhase>('firing', 'firing', 'no_data', 'recovering', 'resolved'),
    fc.boolean(),
  ),
  { maxLength: 25 },
)

/** Plays a history; an alert that is over comes again under another id. @param restarts whether the program ends before an event that says so. */
function played(history: readonly (readonly [number, string, AlertPhase, boolean])[], restarts: boolean): TellingScene {
  const short = { ...root.grouping, repeatMs: durationMs(1_000 * SECOND) }
  const scene = sceneOf({ route: { ...root, grouping: short } })
  const episode = new Map<string, number>()
  let seconds = 0
  for (const [pause, name, state, ends] of history) {
    seconds += pause
    scene.at(seconds)
    if (ends && restarts) scene.restart()
    const nth = episode.get(name) ?? 0
    scene.enters(`${name}${nth}`, state, name < 'c' ? 'WH-1' : 'WH-2')
    if (state === 'resolved') episode.set(name, nth + 1)
  }
  scene.at(seconds + 1_500)
  return scene
}

test('restarts change neither what is told, nor when, nor under which ids', () => {
  fc.assert(
    fc.property(histories, history => {
      const [without, withRestarts] = [played(history, false), played(history, true)]
      expect(withRestarts.said).toEqual(without.said)
      expect([...withRestarts.ids]).toEqual([...without.ids])
    }),
    { numRuns: 60 },
  )
})

test('after a hundred restarts while a group waits, and a hundred while it fires, each message was made once', () => {
  const scene = sceneOf()
  scene.enters('a', 'firing').enters('b', 'firing')
  for (let nth = 0; nth < 100; nth++) {
    scene.at(nth / 4)
    scene.restart()
  }
  expect(scene.said).toEqual([])
  scene.at(40).enters('a', 'resolved')
  for (let nth = 0; nth < 100; nth++) {
    scene.at(40 + nth * 3)
    scene.restart()
  }
  expect(scene.said).toEqual(['30 ops/chat a firing b firing', '330 ops/chat a resolved b firing'])
})

/** The same rules as a group with a timer, as Alertmanager has it: the slow and obvious way. */
function slowly(history: readonly (readonly [number, string, AlertPhase, boolean])[]): string[] {
  const said: string[] = []
  type Group = {
    timer: number
    sentAt: number | undefined
    sent: Map<string, string>
    alerts: Map<string, string>
    /** When the alerts fired that nobody has heard of. */
    fired: Map<string, number>
  }
  const groups = new Map<string, Group>()
  const episode = new Map<string, number>()
  const at = history.map((_, index) => history.slice(0, index + 1).reduce((sum, [pause]) => sum + pause, 0))
  const flush = (group: Group, now: number) => {
    const news = [...group.alerts].filter(([id, state]) => {
      if (state === 'recovering') return false
      return state === 'resolved' ? group.sent.has(id) : group.sent.get(id) !== state
    })
    const open = [...group.alerts].filter(([id, state]) => state !== 'resolved' && group.sent.has(id))
    const repeats = group.sentAt !== undefined && open.length > 0 && now >= group.sentAt + 1_200
    if (news.length === 0 && !repeats) return
    for (const [id, state] of news) if (state !== 'resolved') group.sent.set(id, state)
    const ended = news.filter(([, state]) => state === 'resolved')
    for (const [id] of ended) group.sent.delete(id)
    group.sentAt = now
    const standing = open.filter(([id]) => !news.some(([other]) => other === id))
    said.push(
      [now, ...[...news, ...standing.map(([id]) => [id, group.sent.get(id)])].map(pair => pair.join(' ')).sort()].join(
        ' ',
      ),
    )
  }
  const last = at.at(-1) ?? 0
  for (let now = 0; now <= last + 1_500; now++) {
    for (const [key, group] of groups) {
      if (now !== group.timer) continue
      flush(group, now)
      group.timer = now + 300
      for (const [id, state] of group.alerts) if (state === 'resolved') group.alerts.delete(id)
      // Nothing fires that anybody has heard of: what comes next opens the group anew.
      if (group.sent.size === 0) groups.delete(key)
    }
    history.forEach(([, name, state], index) => {
      if (at[index] !== now) return
      const key = name < 'c' ? 'WH-1' : 'WH-2'
      const nth = episode.get(name) ?? 0
      const id = `${name}${nth}`
      if (state === 'resolved') episode.set(name, nth + 1)
      const group = groups.get(key) ?? {
        timer: now + 30,
        sentAt: undefined,
        sent: new Map(),
        alerts: new Map(),
        fired: new Map(),
      }
      if (state === 'resolved' && !group.sent.has(id)) {
        group.alerts.delete(id)
        group.fired.delete(id)
        // What was over before anybody heard of it is waited for no more.
        if (group.sentAt === undefined) group.timer = Math.min(...group.fired.values()) + 30
      } else {
        if (state === 'firing' && !group.fired.has(id)) group.fired.set(id, now)
        group.alerts.set(id, state)
      }
      if (group.alerts.size > 0) groups.set(key, group)
      else if (group.sent.size === 0) groups.delete(key)
    })
  }
  return said
}

test('groups are told as by one timer for each of them', () => {
  const onlyFiring = histories.map(history =>
    history.filter(([, , state]) => state === 'firing' || state === 'resolved'),
  )
  fc.assert(
    fc.property(onlyFiring, history => {
      const told = played(history, false).said.map(text => {
        const [now = '', , ...words] = text.split(' ')
        const pairs = words.flatMap((word, index) => (index % 2 === 0 ? [`${word} ${words[index + 1]}`] : []))
        return [now, ...pairs.sort()].join(' ')
      })
      expect(told.sort()).toEqual(slowly(history).sort())
    }),
    { numRuns: 60 },
  )
})
