import axe from 'axe-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { evaluate, firePicking, People } from './people.ts'
import { PlainEngine } from './plain-engine.ts'
import { quickDelivery } from './quick-delivery.ts'
import { hasChromium, ViewedPage, whyNoBrowser } from './viewed-page.ts'

type Finding = { readonly id: string; readonly impact: string; readonly nodes: readonly { readonly html: string }[] }

/** Each view, and what is there once it is drawn. */
const allViews = [
  ['now', '/', '.heat-table'],
  ['alert', '/?alert=a-picking', 'dialog .uplot'],
  ['stage', '/?view=stage&stage=picking&number=exited', '[data-visit]'],
  ['case', '/?view=case&case=ORD-20417', '[data-case]'],
  ['rules', '/?view=rules&rule=picking_slow', '[data-versions="2"]'],
  ['metrics', '/?view=metrics&metric=picking_time', '[data-versions="2"]'],
  ['health', '/?view=health', '[data-audit="2"]'],
] as const
/** Half a second of CPU each: the long run has all of them. */
const views = process.env.TESTS === 'long' ? allViews : allViews.slice(0, 3)

describe.skipIf(!hasChromium)(`every view can be used by everybody${whyNoBrowser}`, () => {
  let watched: ViewedPage

  beforeAll(async () => {
    watched = await ViewedPage.start()
    const engine = new PlainEngine([quickDelivery])
    await watched.serve(engine, { act: new People(engine).act })
    evaluate(engine, 4.6)
    firePicking(engine, 'a-picking', 'WH-2')
    await watched.open()
  })
  afterAll(() => watched?.close())

  /** What axe finds serious, or worse. It comes by the browser's own debugger: the page's policy lets no script in. */
  async function findings(rules?: readonly string[]): Promise<readonly string[]> {
    await watched.page.evaluate(axe.source)
    const options = JSON.stringify({
      resultTypes: ['violations'],
      ...(rules === undefined ? {} : { runOnly: { type: 'rule', values: rules } }),
    })
    const found = await watched.page.evaluate<readonly Finding[]>(
      `axe.run(document, ${options}).then(({ violations }) => violations)`,
    )
    return found
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  }

  for (const [name, query, shown] of views) {
    test(`axe finds nothing serious in ${name}`, async () => {
      await watched.page.emulateMedia({ colorScheme: 'light' })
      await watched.page.goto(watched.url + query)
      await watched.seen(shown)
      expect(await findings()).toEqual([])
      // In the dark only the colours are others.
      await watched.page.emulateMedia({ colorScheme: 'dark' })
      await watched.seen('[data-scheme="dark"]')
      expect(await findings(['color-contrast'])).toEqual([])
    })
  }
})
