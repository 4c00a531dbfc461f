import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { HostileHistory, hostileEngine, hostileStatistics, hostileStatus } from './hostile-process.ts'
import { hostileTexts } from './hostile-texts.ts'
import { hasChromium, ViewedPage, wallClock, whyNoBrowser } from './viewed-page.ts'

/** What the page never makes itself: whatever of this is there came out of a text. */
const injected = [
  'body script, iframe, object, embed, base, meta[http-equiv], marquee, video, audio, math, template, style, img, textarea',
  'link:not([rel="icon"], [rel="stylesheet"]), form[action], [autofocus], [onload], [onerror], [onclick], [onfocus]',
  '[onmouseover], [ontoggle], [onbegin], [srcdoc], a[href^="javascript:"], a[href^="data:"]',
].join(', ')

const id = hostileTexts[2]!
/** Every view with all that it can show, and what is there once it has been read. */
const views = [
  ['now', {}, '.alert-list'],
  ['now', { alert: 'a-0' }, 'dialog[open] .episode, dialog[open] .comment'],
  ['stage', { stage: 'picking', number: 'exited', order: 'oldest' }, '[data-visit]'],
  ['stage', { stage: 'picking', segment: JSON.stringify({ warehouse: id }) }, '[data-segments="read"]'],
  ['case', { case: id }, '[data-case] .visit'],
  ['rules', { rule: 'picking_slow', at: JSON.stringify({ warehouse: id }) }, '[data-reason]'],
  ['metrics', { metric: 'picking_time' }, '[data-metric-detail]'],
  ['health', {}, '[data-audit="40"]'],
] as const

describe.skipIf(!hasChromium)(`hostile texts${whyNoBrowser}`, () => {
  let viewed: ViewedPage

  beforeAll(async () => {
    viewed = await ViewedPage.start()
  })
  afterAll(() => viewed?.close())

  test('forty hostile texts in every field of every event are shown on every view as the texts that they are', async () => {
    const engine = hostileEngine()
    const timer = setInterval(() => engine.evaluate(hostileStatus(), hostileStatistics()), 1_000)
    onTestFinished(() => clearInterval(timer))
    await viewed.serve(engine, { history: new HostileHistory(wallClock()) })
    const page = await viewed.open({ query: '/' })
    page.on('dialog', dialog => {
      viewed.complaints.push(`a dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    for (const [view, asked, awaited] of views) {
      await page.goto(`${viewed.url}/?${new URLSearchParams({ view, ...asked })}`)
      await viewed.seen(awaited)
      const name = `${view} ${JSON.stringify(asked)}`
      const shown = plain((await page.locator('main').textContent()) ?? '')
      expect(
        hostileTexts.filter(text => !shown.includes(plain(text))),
        `not shown on ${name}`,
      ).toEqual([])
      expect(await page.locator(injected).count(), `injected into ${name}`).toBe(0)
      expect(await page.evaluate('window.hit'), `ran on ${name}`).toBeUndefined()
    }
    expect(viewed.complaints).toEqual([])
  })
})

/** As far as texts are the same on a page: control characters are replaced where a record's bytes are shown. */
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\uFFFD]/gu, '')
