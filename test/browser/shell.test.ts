import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { evaluate, firePicking } from './people.ts'
import { PlainEngine } from './plain-engine.ts'
import { quickDelivery } from './quick-delivery.ts'
import { hasChromium, ViewedPage, whyNoBrowser } from './viewed-page.ts'

const SOON_MS = 20_000

/* What holds on every view: addresses, keys, colours, times, pause and paper. */

describe.skipIf(!hasChromium)(`the page's shell${whyNoBrowser}`, () => {
  let watched: ViewedPage
  let engine: PlainEngine

  beforeAll(async () => {
    watched = await ViewedPage.start()
  })
  afterAll(() => watched?.close())
  beforeEach(async () => {
    engine = new PlainEngine([quickDelivery])
    await watched.serve(engine)
    evaluate(engine, 4.6)
    firePicking(engine, 'a-picking', 'WH-2')
  })
  afterEach(() => {
    expect(watched.complaints.splice(0)).toEqual([])
  })

  const press = (...keys: readonly string[]) =>
    keys.reduce<Promise<void>>((before, key) => before.then(() => watched.page.keyboard.press(key)), Promise.resolve())
  const ask = <Value>(expression: string) => watched.page.evaluate<Value>(expression)
  const search = () => new URL(watched.page.url()).searchParams
  const current = (view: string) => watched.seen(`main[data-view="${view}"]`)

  test('keys lead to views, to a case and back; not while somebody types, and not once they are switched off', async () => {
    await watched.open()
    for (const [key, view] of [
      ['s', 'stage'],
      ['r', 'rules'],
      ['m', 'metrics'],
      ['h', 'health'],
      ['n', 'now'],
    ] as const) {
      await press('g', key)
      await current(view)
      expect(await watched.page.locator('.views [aria-current="page"]').getAttribute('href')).toBe(
        view === 'now' ? './' : `?view=${view}`,
      )
    }
    await press('/')
    await watched.seen('#case:focus')
    await watched.page.keyboard.type('gr?p')
    expect(await watched.page.locator('#case').inputValue()).toBe('gr?p')
    await watched.page.goBack()
    await current('now')

    await press('?')
    await watched.says('dialog[open] dl', 'find a case')
    await watched.page.locator('dialog[open] [type="checkbox"]').uncheck()
    await press('Escape')
    await watched.gone('dialog[open]')
    await press('g', 'r')
    await press('?')
    // A later key that does act shows that those before it did not.
    await watched.page.locator('.views a', { hasText: 'Health' }).focus()
    await press('Enter')
    await current('health')
    expect(await watched.page.locator('dialog[open]').count()).toBe(0)
  })

  test('j and k go through stages and alerts, and through alerts where one is open', async () => {
    await watched.open()
    firePicking(engine, 'b-picking', 'WH-3')
    await watched.seen('[data-alert="b-picking"]')
    await press('j')
    expect(await ask('document.activeElement.dataset.stage')).toBe('payment')
    await press('j')
    expect(await ask('document.activeElement.dataset.stage')).toBe('picking')
    await press('k', 'k')
    expect(await ask('document.activeElement.dataset.stage')).toBe('payment')
    await watched.page.locator('[data-alert="b-picking"] [data-stop]').focus()
    await press('Enter')
    await watched.says('dialog[open]', 'warehouse WH-3')
    await press('j')
    await watched.says('dialog[open]', 'warehouse WH-2')
    await watched.page.waitForURL(({ searchParams }) => searchParams.get('alert') === 'a-picking')
    await press('k')
    await watched.says('dialog[open]', 'warehouse WH-3')
    await watched.page.waitForURL(({ searchParams }) => searchParams.get('alert') === 'b-picking')
    await watched.page.goBack()
    await watched.says('dialog[open]', 'warehouse WH-2')
  })

  test('while it is paused numbers hold still, alerts are told, and what was missed is counted', async () => {
    await watched.open()
    const wip = '[data-stage="picking"] .card-wip'
    await watched.says(wip, '65')
    await press('p')
    await watched.seen('[data-banner="paused"]')
    await watched.says('[data-connection]', /^Paused$/)
    evaluate(engine, 1)
    firePicking(engine, 'b-picking', 'WH-3')
    await watched.seen('[data-alert="b-picking"]')
    await watched.says('[role="status"]', 'Picking in WH-3 is slow')
    await watched.says('[data-banner="paused"]', /Paused since .*Updates missed: 1\. Alerts that fired or resolved: 1/)
    expect(await watched.page.locator(wip).textContent()).toContain('65')
    await watched.page.locator('[data-banner="paused"] button').click()
    await watched.gone('[data-banner="paused"]')
    await until('the numbers of now', SOON_MS, async () =>
      (await watched.page.locator(wip).textContent())?.includes('65') ? undefined : true,
    )
  })

  test('colours and times are by choice, kept in the address, and the zone is always named', async () => {
    await watched.open({ scheme: 'dark' })
    await watched.seen('[data-scheme="dark"]')
    await watched.says('.as-of', 'Asia/Shanghai (GMT+8)')
    await watched.page.locator('[popovertarget="settings"]').first().click()
    await watched.page.getByRole('button', { name: 'Light' }).click()
    await watched.page.getByRole('button', { name: 'Of this browser' }).click()
    await watched.seen('[data-scheme="light"]')
    await watched.says('.as-of', /Europe\/Berlin \(GMT\+\d\)/)
    expect([search().get('theme'), search().get('zone')]).toEqual(['light', 'browser'])
    await watched.page.reload()
    await watched.seen('[data-scheme="light"]')
    await watched.says('.as-of', 'Europe/Berlin')
    expect(await ask('document.title')).toBe('(1) Now · Quick delivery · Stagewatch')
  })

  test('on paper the page is light, and only what can be read there is printed', async () => {
    await watched.open({ scheme: 'dark' })
    await watched.seen('[data-scheme="dark"]')
    await watched.page.emulateMedia({ media: 'print' })
    await watched.seen('[data-scheme="light"]')
    for (const hidden of ['.views', '[data-pause]', '[popovertarget]']) {
      expect(await watched.page.locator(hidden).first().isVisible(), hidden).toBe(false)
    }
    for (const shown of ['h1', '.as-of', '.bottleneck-line', '[data-stage="delivery"]', '[data-alert]']) {
      expect(await watched.page.locator(shown).first().isVisible(), shown).toBe(true)
    }
  })

  test('the map stays put while numbers change, and leads to a stage by keyboard', async () => {
    await watched.open()
    await watched.says('[data-stage="picking"] .flag', /^Bottleneck [\d.]+×$/)
    const places = () =>
      ask<readonly unknown[]>(
        "[...document.querySelectorAll('.chain li')].map(({offsetLeft, offsetTop, offsetWidth, offsetHeight}) => [offsetLeft, offsetTop, offsetWidth, offsetHeight])",
      )
    const before = await places()
    expect(before).toHaveLength(5)
    evaluate(engine, 1, 3)
    await watched.says('[data-stage="picking"] .card-wip', '36')
    expect(await places()).toEqual(before)
    expect(await watched.page.locator('.edges path[d]').count()).toBeGreaterThanOrEqual(4)
    await watched.page.locator('[data-stage="delivery"]').focus()
    await press('Enter')
    await current('stage')
    expect(search().get('stage')).toBe('delivery')
  })
})
