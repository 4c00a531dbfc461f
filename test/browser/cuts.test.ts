import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AlertTransition } from '../../src/alerts/transition.ts'
import { instant } from '../../src/event/instant.ts'
import { RandomDraws } from '../../src/source/random-draws.ts'
import { type CuttingProxy, openCuttingProxy } from '../support/cutting-proxy.ts'
import { seed } from '../support/seed.ts'
import { until } from '../support/until.ts'
import { evaluate } from './people.ts'
import { PlainEngine } from './plain-engine.ts'
import { alertOf, quickDelivery } from './quick-delivery.ts'
import { hasChromium, ViewedPage, whyNoBrowser } from './viewed-page.ts'

/*
 * The page's connection is cut again and again, in the middle of whatever is on its way, while alerts change a hundred times
 * a second: the page hears every change, in order, none of them twice, and shows what there is in the end.
 */

const CUTS = process.env.TESTS === 'long' ? 100 : 5
const ALERTS = 40
const SOON_MS = 60_000

/** What the page heard of alerts, by offset, and with how many states it began. */
type Heard = { readonly offsets: number[]; states: number }

describe.skipIf(!hasChromium)(`a connection that breaks${whyNoBrowser}`, () => {
  let watched: ViewedPage
  let proxy: CuttingProxy
  const engine = new PlainEngine([quickDelivery])

  beforeAll(async () => {
    watched = await ViewedPage.start()
    await watched.serve(engine)
    proxy = await openCuttingProxy(watched.url)
    evaluate(engine)
  })
  afterAll(async () => {
    await watched?.close()
    await proxy?.close()
  })

  test(
    `${CUTS} cuts under load lose nothing and double nothing (seed ${seed})`,
    async () => {
      const draws = new RandomDraws(seed, 0)
      const heard: Heard = { offsets: [], states: 0 }
      const page = await watched.open({ through: proxy.url, heard: text => takeIn(text, heard) })
      let announced = 0
      const latest = new Map<string, AlertTransition>()
      const load = setInterval(() => {
        for (let more = 0; more < 2; more++) {
          const transition = nextOf(draws, announced++)
          latest.set(transition.id, transition)
          engine.announce(transition)
        }
        if (announced % 10 === 0) evaluate(engine, 1 + (announced % 7) / 7)
      }, 20)
      for (let cuts = 0; cuts < CUTS; cuts++) {
        const enough = heard.offsets.length + 1 + below(draws, 40)
        await until(`the page hears alerts after cut ${cuts}`, SOON_MS, () => heard.offsets.length >= enough)
        proxy.cut()
      }
      clearInterval(load)
      await until(
        () => `the page hears of all ${announced} changes; it heard ${heard.offsets.at(-1)}`,
        SOON_MS,
        () => heard.offsets.at(-1) === announced,
      )
      const first = heard.offsets[0] ?? 0
      expect(heard.offsets).toEqual(Array.from({ length: announced - first + 1 }, (_, index) => first + index))
      expect(heard.states, 'it began with a state, and never again').toBe(1)
      const shown = [...latest.values()].filter(({ state }) => state !== 'inactive' && state !== 'resolved')
      await until('the page shows what there is', SOON_MS, async () => {
        const found = await page.evaluate<readonly [string, string][]>(
          "[...document.querySelectorAll('li[data-alert]:not(.over)')].map(({dataset}) => [dataset.alert, dataset.state])",
        )
        expect([...found].sort()).toEqual(shown.map(({ id, state }) => [id, state]).sort())
        return true
      })
      expect(proxy.opened).toBeGreaterThan(CUTS)
      expect(watched.complaints.splice(0)).toEqual([])
    },
    CUTS * 5_000 + SOON_MS,
  )
})

/** What a frame of Centrifugo's wire says of the channel of alerts. */
function takeIn(frame: string, heard: Heard): void {
  for (const line of frame.split('\n')) {
    const { push, subscribe } = JSON.parse(line) as {
      readonly push?: { readonly channel: string; readonly pub?: { readonly offset?: number } }
      readonly subscribe?: { readonly data?: unknown; readonly publications?: readonly { readonly offset: number }[] }
    }
    if (push?.channel === 'alerts' && push.pub?.offset !== undefined) heard.offsets.push(push.pub.offset)
    if (subscribe?.data !== undefined) heard.states += 1
    for (const { offset } of subscribe?.publications ?? []) heard.offsets.push(offset)
  }
}

const below = (draws: RandomDraws, bound: number): number => Math.floor(draws.fraction() * bound)

const states = ['pending', 'firing', 'recovering', 'resolved'] as const

function nextOf(draws: RandomDraws, turn: number): AlertTransition {
  const at = instant(Date.now())
  return alertOf({
    id: `alert-${below(draws, ALERTS)}`,
    rule: 'picking_slow',
    segment: { warehouse: `WH-${1 + (turn % 4)}` },
    state: states[below(draws, states.length)] as (typeof states)[number],
    from: 'pending',
    at,
    since: instant(at - 60_000),
    value: 200_000 + turn,
  })
}
