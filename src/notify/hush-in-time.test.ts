import { expect, test } from 'vitest'
import { makeProcess } from '../../test/model/process.ts'
import { transition } from '../../test/support/alert-transition.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { instant } from '../event/instant.ts'
import { HushInTime } from './hush-in-time.ts'
import { Notifier } from './notifier.ts'
import { ToldInTime } from './told-in-time.ts'

const MINUTE = 60_000

const process = {
  ...makeProcess({
    activities: ['paid', 'picked'],
    stages: { picking: { from: ['paid'], to: ['picked'] } },
    settle: 0,
    pane: 1_000,
    timeout: 1_000,
  }),
  name: 'orders',
}

/** An alert that fires at these minutes, for two minutes each; the last one stays open. */
function told(minutes: readonly number[], until: number) {
  const hush = new HushInTime(process, [])
  const notifier = new Notifier({
    processes: ['orders'],
    destinationsOf: () => [{ contactPoint: 'ops/webhook', grouping: undefined, quietHours: [] }],
    told: [],
    hasRoom: () => true,
    isQuiet: (alert, now) => hush.isQuiet(alert, now),
    holdsEnd: (alert, now) => hush.holdsEnd(alert, now),
    write: ({ kind }) => kind,
  })
  const transitions = minutes.flatMap((minute, index): AlertTransition[] => {
    const fired = transition(`e${minute}`, minute * MINUTE, 'firing')
    const over = { ...transition(`e${minute}`, (minute + 2) * MINUTE, 'resolved'), firedAt: fired.firedAt }
    return index === minutes.length - 1 ? [fired] : [fired, over]
  })
  const inTime = new ToldInTime('orders', notifier, hush)
  return [...inTime.advance(transitions), ...inTime.end(instant(until * MINUTE))].map(({ at, body, tells }) =>
    [at / MINUTE, body, ...tells.map(({ alert, state }) => `${alert} ${state}`)].join(' '),
  )
}

test('in virtual time what flaps is told once, and at the minute in which it is calm how it stands', () => {
  const usual = [0, 10, 20].flatMap(minute => [
    `${minute} alert e${minute} firing`,
    `${minute + 2} alert e${minute} resolved`,
  ])
  const calm = ['30 alert e30 firing', '70 alert e30 resolved', '70 digest e40 firing']
  expect(told([0, 10, 20, 30, 40], 69)).toEqual([...usual, ...calm.slice(0, 1)])
  expect(told([0, 10, 20, 30, 40], 500)).toEqual([...usual, ...calm])
})
