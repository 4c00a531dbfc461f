import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pino from 'pino'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { AlertPhase } from '../../src/alerts/transition.ts'
import type { MeasureStatistics } from '../../src/engine/view.ts'
import { type Instant, instant } from '../../src/event/instant.ts'
import type { Ingest } from '../../src/gateway/api/events.ts'
import type { StoredVisit } from '../../src/gateway/api/history-reader.ts'
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts'
import type { ProcessDefinition, SourceDefinition } from '../../src/model/definitions.ts'
import type { StoreHealth } from '../../src/store/writing/writer.ts'
import { noSilences } from '../support/no-silences.ts'
import { until } from '../support/until.ts'
import { PlainEngine } from './plain-engine.ts'
import { PlainHistory } from './plain-history.ts'
import { alertOf, owners, quickDelivery, statisticsOf, statusAt } from './quick-delivery.ts'
import { measuredDelivery, measureStatistics } from './revenue.ts'

/*
 * A person's view: the built page in a real browser, against the real gateway; only the engine behind it is plain data.
 */

const executablePath = '/usr/bin/chromium'
const hasChromium = existsSync(executablePath)
const required = process.env.CI === 'true'
const reason = hasChromium || required ? '' : ' (skipped: no Chromium at /usr/bin/chromium)'
const root = fileURLToPath(new URL('../../', import.meta.url))
/** Finds what hangs, not what is slow. */
const SHOWN_WITHIN_MS = 30_000
/** Each view, and what is there once it is drawn. */
const views = [
  ['now', '.heat-table'],
  ['alert', 'dialog .uplot'],
  ['stage', '.chart canvas'],
  ['case', '[data-case]'],
  ['rules', '[data-rule]'],
  ['metrics', '[data-metric]'],
  ['health', '#health-title'],
] as const
/** How much wider than its place the page is, or what lies open over it. */
const spill =
  "Math.max(...[document.documentElement, ...document.querySelectorAll('dialog[open]')].map(one => one.scrollWidth - one.clientWidth))"
/** Where pictures of the page go, for a person to look at. */
const shots = join(tmpdir(), 'shots')

describe.skipIf(!hasChromium && !required)(`the page${reason}`, () => {
  let browser: Browser
  let assets: string
  let engine: PlainEngine
  let history: PlainHistory
  let gateway: Gateway
  let store: StoreHealth
  let brokers: readonly string[] | undefined
  let ingest: Ingest | undefined
  let context: BrowserContext
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    assets = await mkdtemp(join(tmpdir(), 'stagewatch-dashboard-'))
    await build({
      root: join(root, 'src/dashboard'),
      configFile: join(root, 'vite.config.ts'),
      logLevel: 'error',
      build: { outDir: assets },
    })
    await mkdir(shots, { recursive: true })
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
  })

  afterAll(async () => {
    await browser?.close()
    await rm(assets, { recursive: true, force: true })
  })

  beforeEach(async () => {
    engine = new PlainEngine([quickDelivery])
    history = new PlainHistory(wallClock())
    store = { ok: true, waitingRows: 0, writtenRows: 12 }
    brokers = ['kafka-1:9092', 'kafka-2:9092']
    ingest = undefined
    gateway = await start(0)
  })

  afterEach(async () => {
    await context.close()
    await gateway.close()
    expect(complaints.splice(0)).toEqual([])
  })

  const start = (port: number) =>
    startGateway({
      host: '127.0.0.1',
      port,
      view: engine,
      owners,
      brokers,
      ingest,
      history,
      health: () => ({ version: '0.1.0', startedAt: wallClock(), store }),
      act: async () => ({ outcome: 'unknown-alert' }),
      silences: noSilences,
      outbox: () => ({ queued: [], dead: [], disabled: [], heldBack: [], alertmanagers: [] }),
      redrive: async () => 'unknown',
      metrics: async () => '',
      assets,
      logger: pino({ level: 'silent' }),
    })

  type Look = { scheme?: 'light' | 'dark'; language?: 'en' | 'zh'; width?: number; query?: string }

  async function open({ scheme = 'light', language = 'en', width = 1440, query = '' }: Look = {}): Promise<void> {
    context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: scheme,
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      timezoneId: 'Europe/Berlin',
    })
    context.setDefaultTimeout(SHOWN_WITHIN_MS)
    page = await context.newPage()
    page.on('pageerror', error => complaints.push(String(error)))
    page.on('console', message => {
      const text = message.text()
      // A server that is away is part of these tests; the browser reports each try.
      if (message.type() === 'error' && !/WebSocket connection|Failed to load resource/.test(text))
        complaints.push(text)
    })
    await page.goto(gateway.url + query)
    await page.locator('[data-connection]').waitFor()
  }

  const seen = (selector: string) => page.locator(selector).first().waitFor()
  const gone = (selector: string) => page.locator(selector).waitFor({ state: 'detached' })

  /** Waits until an element says something, all of it or a part; where it does not, what it said last is told. */
  async function says(selector: string, expected: string | RegExp): Promise<void> {
    let said: string | null = null
    await until(
      () => `${selector} says ${expected}; it said: ${said}`,
      SHOWN_WITHIN_MS,
      async () => {
        said = await page.locator(selector).first().textContent()
        const isSaid = typeof expected === 'string' ? said?.includes(expected) : said !== null && expected.test(said)
        return isSaid ? true : undefined
      },
    )
  }

  const shoot = async (name: string, fullPage = false) => {
    await page.screenshot({ path: join(shots, `${name}.png`), fullPage })
  }
  /** Another process in the place of the usual one. */
  async function watch(process: ProcessDefinition): Promise<void> {
    await gateway.close()
    engine = new PlainEngine([process])
    gateway = await start(0)
  }

  /** The page before the first event of a process with such a source. */
  async function emptyPage(source: SourceDefinition): Promise<void> {
    await watch({ ...quickDelivery, sources: [source] })
    engine.evaluate(statusAt(wallClock(), 0), [])
    await open()
    await seen('.panel.empty')
  }
  const evaluate = (slow: number, turn = 0) => engine.evaluate(statusAt(wallClock()), statisticsOf(slow, turn))

  /** Evaluated again and again until the test ends, as in life: numbers are old to the page after five seconds. */
  function evaluateOn(slow: number): void {
    evaluate(slow)
    const timer = setInterval(() => evaluate(slow), 1_000)
    onTestFinished(() => clearInterval(timer))
  }

  function pickingAlert(state: AlertPhase, from: AlertPhase, sinceMs: number, value = 418_000) {
    const at = wallClock()
    const transition = alertOf({
      id: 'a-picking',
      rule: 'picking_slow',
      segment: { warehouse: 'WH-2' },
      state,
      from,
      at,
      since: instant(at - sinceMs),
      value,
    })
    history.recorded.push(transition)
    engine.announce(transition)
  }

  /** An afternoon with a bottleneck: one alert fires, one is pending, two are over. */
  function busyAfternoon(): void {
    evaluate(4.6)
    const ago = (minutes: number) => instant(wallClock() - minutes * 60_000)
    const over = [
      { id: 'r1', segment: { warehouse: 'WH-4' }, at: ago(47), since: ago(61) },
      { id: 'r2', segment: { warehouse: 'WH-1' }, at: ago(190), since: ago(204) },
    ]
    for (const { id, segment, at, since } of over) {
      engine.announce(
        alertOf({ id, rule: 'picking_slow', segment, state: 'resolved', from: 'recovering', at, since, value: 92_000 }),
      )
    }
    engine.announce(
      alertOf({
        id: 'a-delivery',
        rule: 'delivery_late',
        segment: { carrier: 'Yuanda', region: 'north' },
        state: 'pending',
        from: 'inactive',
        at: ago(0.3),
        since: ago(0.5),
        value: 0.71,
      }),
    )
    pickingAlert('pending', 'inactive', 252_000, 190_000)
    pickingAlert('firing', 'pending', 252_000)
  }

  test('an alert appears and resolves while somebody looks on', async () => {
    evaluate(1)
    await open()
    await seen('[data-stage="picking"]')
    await seen('[data-firing="0"]')

    evaluate(4.6)
    pickingAlert('firing', 'pending', 10_000)
    await seen('[data-alert="a-picking"][data-state="firing"]')
    const alert = page.locator('[data-alert="a-picking"]')
    for (const text of [
      'Critical',
      'Picking in WH-2 is slow',
      'warehouse WH-2',
      '6m 58s',
      '> 3m',
      'Warehouse operations',
    ]) {
      expect(await alert.textContent()).toContain(text)
    }
    await says('[role="status"]', /^New alert: Picking in WH-2 is slow, Picking$/)
    await seen('[data-stage="picking"].condition-alert.bottleneck')
    await says('.bottleneck-line', '4.6× of its target'.slice(4))

    evaluate(1)
    pickingAlert('resolved', 'recovering', 60_000, 96_000)
    await seen('[data-alert="a-picking"][data-state="resolved"]')
    await says('[role="status"]', /^Resolved: Picking in WH-2 is slow$/)
    await seen('.bottleneck-line.calm')
  })

  test('an alert shows what people have made of it, and why nobody is told', async () => {
    evaluateOn(1)
    pickingAlert('firing', 'pending', 5_000)
    await open()
    await seen('[data-alert="a-picking"]')
    const action = { alert: 'a-picking', process: 'quick-delivery', at: wallClock() }
    engine.act({ ...action, id: '1', kind: 'acknowledge', by: 'li.wei', fields: {} })
    engine.act({ ...action, id: '2', kind: 'assign', by: 'li.wei', fields: { to: 'ana' } })
    const marks = '[data-marks="a-picking"]'
    await says(marks, 'li.wei looks after it')
    await says(marks, 'Assigned to ana')
    engine.act({ ...action, id: '3', kind: 'comment', by: 'ana', fields: { text: 'first <b>thing</b>' } })
    engine.act({ ...action, id: '4', kind: 'comment', by: 'ana', fields: { text: 'second thing' } })
    const flapping = { times: 4, since: wallClock() }
    engine.mark('a-picking', { silencedBy: ['s'], inhibitedBy: 'elsewhere', flapping })
    await says(marks, /Silenced: nobody is told.*Flapping: fired 4 times.*Follows from elsewhere.*ana.*second thing/)
    // All that was said is in the detail.
    await page.locator('[data-alert="a-picking"] .link').first().click()
    await says(`.detail ${marks}`, 'first <b>thing</b>')
    engine.mark('a-picking', { silencedBy: [], inhibitedBy: undefined, flapping: undefined })
    await until('the silence is over', SHOWN_WITHIN_MS, async () =>
      (await page.locator(marks).first().textContent())?.includes('Silenced') ? undefined : true,
    )
  })

  test('an alert that comes before the target is passed names the bottleneck without contradicting it', async () => {
    evaluate(1.8)
    await open()
    pickingAlert('firing', 'pending', 10_000, 161_000)
    await seen('.bottleneck-line.found')
    const text = await page.locator('.bottleneck-line').textContent()
    expect(text).toMatch(
      /^Bottleneck Picking · warehouse WH-2Age p90 2m \d+s \(target 3m\) · the alert came before its target was passed/,
    )
    expect(text).not.toContain('×')
    await shoot('early-alert')
  })

  test('after the socket drops the page says so, connects again and shows what it missed', async () => {
    evaluate(1)
    await open()
    await seen('[data-stage="picking"]')
    const port = Number(new URL(gateway.url).port)
    await gateway.close()
    await seen('[data-banner="lost"]')
    await says('[data-connection]', /^Disconnected$/)
    await shoot('disconnected')

    pickingAlert('firing', 'pending', 10_000)
    // The page tries again after pauses that double: how long it takes depends on how long the server was away.
    evaluateOn(4.6)
    gateway = await start(port)
    await seen('[data-alert="a-picking"][data-state="firing"]')
    await gone('[data-banner="lost"]')
    await seen('[data-connection="fresh"]')
  })

  test('the page says how long it takes from reading a record until it is told', async () => {
    evaluate(1)
    await open()
    await seen('[data-stage="picking"]')
    const timer = setInterval(() => {
      engine.evaluate(statusAt(wallClock()), statisticsOf(1), [], instant(Date.now() - 340))
    }, 500)
    onTestFinished(() => clearInterval(timer))
    await says('[data-latency]', /latency 3\d\d\s?ms/)
  })

  test('numbers that are old say so', async () => {
    engine.evaluate(statusAt(instant(wallClock() - 60_000)), statisticsOf(1))
    await open()
    await says('[data-banner="stale"]', /These numbers are \dm( \d+s)? old/)
    evaluateOn(1)
    await gone('[data-banner="stale"]')
  })

  test('a source that cannot be read is said, with what to do, and numbers look old', async () => {
    const source = {
      kind: 'failed',
      reason: 'no Kafka broker answers at kafka:9092',
      remedy: 'check `kafka.brokers`',
      retrying: true,
      since: instant(wallClock() - 120_000),
    } as const
    engine.evaluate(
      { ...statusAt(wallClock()), source, unknownEnds: [{ topic: 'orders.events', partition: 0 }] },
      statisticsOf(1),
    )
    await open()
    await seen('[data-banner="source"]')
    expect(await page.locator('[data-banner="source"]').textContent()).toMatch(
      /not been readable for 2m.*no Kafka broker answers at kafka:9092: check `kafka.brokers`/,
    )
    expect(await page.locator('[data-banner="partial"]').textContent()).toContain('all numbers are partial')
    expect(await page.locator('[data-connection]').textContent()).toBe('Source away')
    await seen('main[data-old="source-away"]')
    await shoot('source-away')
    evaluate(1)
    await page.locator('[data-banner="source"]').waitFor({ state: 'detached' })
    await seen('[data-connection="fresh"]')
  })

  test('while history is read the page says how far it is', async () => {
    store = { ok: false, lastError: 'connection refused', waitingRows: 51_204, writtenRows: 12 }
    const hour = 3_600_000
    engine.evaluate(statusAt(instant(wallClock() - 4 * hour), 1_000, true), statisticsOf(1))
    await open()
    await seen('[data-banner="catching-up"]')
    engine.evaluate(statusAt(instant(wallClock() - hour), 9_000, true), statisticsOf(4.6, 2))
    // Asked again from here: the page's policy forbids the browser to evaluate a text by itself.
    await expect
      .poll(() => page.evaluate("document.querySelector('progress')?.value"), { timeout: 10_000 })
      .toBeGreaterThan(0.5)
    await says('[data-banner="store"]', '51,204 rows wait')
    await says('.bottleneck-line', 'once the numbers are of the present')
    expect(await page.locator('.flag').count()).toBe(0)
    await shoot('catching-up')
  })

  test('before the first event the page says what to send and where', async () => {
    engine.evaluate(statusAt(wallClock(), 0), [])
    await open()
    await seen('.panel.empty')
    await says('.panel.empty', 'orders.events')
    await says('.panel.empty', '"order_id":"A-1"')
    await says('.panel.empty', '--bootstrap-server kafka-1:9092,kafka-2:9092')
    await shoot('empty')
  })

  test('where no record can be found that the source lets through, the page shows none and says so', async () => {
    const [source] = quickDelivery.sources as [SourceDefinition]
    await emptyPage({ ...source, where: 'tenant == "cn" && tenant == "de"' })
    const text = await page.locator('.panel.empty').textContent()
    expect(text).toContain('none was found that the condition (where) of a source lets through')
    expect(await page.locator('.panel.empty pre').count()).toBe(0)
  })

  test('where events do not come from Kafka, no command is shown', async () => {
    brokers = undefined
    await emptyPage(quickDelivery.sources[0] as SourceDefinition)
    expect(await page.locator('.panel.empty').textContent()).toContain('orders.events')
    expect(await page.locator('.panel.empty pre').count()).toBe(0)
  })

  test('where topics take events by HTTP, what is shown sends one to the very server', async () => {
    const sent: string[] = []
    ingest = {
      topics: ['orders.events'],
      take: async ({ records }) => {
        sent.push(...records.map(({ value }) => Buffer.from(value).toString()))
        return { outcome: 'kept', at: undefined, rejectedCount: 0, rejected: [] }
      },
    }
    brokers = undefined
    await emptyPage(quickDelivery.sources[0] as SourceDefinition)
    const command = await page.locator('.panel.empty pre').textContent()
    expect(command).toContain(
      `curl -H 'Content-Type: application/json' '${gateway.url}/api/v1/events?topic=orders.events'`,
    )
    await promisify(execFile)('sh', ['-c', command ?? ''])
    expect(sent.map(value => JSON.parse(value))).toMatchObject([{ order_id: 'A-1' }])
  })

  test('an alert opens to its condition, every term with its value and result, by keyboard alone', async () => {
    busyAfternoon()
    await open()
    await seen('[data-alert="a-picking"]')
    await page.locator('[data-alert="a-picking"] h3 button').focus()
    await page.keyboard.press('Enter')
    await seen('dialog[open] .episode')
    for (const part of [
      'age_p90 > duration("3m")',
      'Age p90 = 6m 58s',
      'Open = 34',
      '✓ holds',
      'the condition held long enough',
      'docs/runbooks/picking.md',
      'An hour before',
      '1m 1s',
      '64 entered, 41 completed, 2 left otherwise; 34 open',
      'Behind it: Packing',
      '62% likely to be late',
      '12–14 of 34, 3 of them overdue',
      'CNY 12,300.00',
    ]) {
      await says('dialog', part)
    }
    await page.waitForURL(({ search }) => search.includes('alert=a-picking'))
    await shoot('alert-detail')
    await page.keyboard.press('Escape')
    await gone('dialog[open]')
    await page.waitForURL(({ search }) => !search.includes('alert='))
  })

  test('from an alert a click on one of the oldest open cases leads to its way through the stages', async () => {
    busyAfternoon()
    await open({ query: '/?alert=a-picking' })
    await seen('dialog[open] .oldest a')
    await says('dialog .oldest', 'ORD-20417 1h 15m')
    await page.locator('dialog .oldest a').click()
    await seen('[data-case="ORD-20417"] .visit.over')
    await gone('dialog[open]')
    await page.waitForURL(({ search }) => search.includes('case=ORD-20417') && !search.includes('alert='))
  })

  test('a case is found and shown as a timeline, an unknown one is said to be so', async () => {
    busyAfternoon()
    await open({ query: '/?view=case' })
    await page.locator('#case').fill('ORD-20417')
    await page.keyboard.press('Enter')
    await seen('[data-case="ORD-20417"] .visit.over')
    expect(await page.locator('[data-case] li').count()).toBe(6)
    await page.locator('#case').fill('<img src=x onerror=alert(1)>')
    await page.keyboard.press('Enter')
    await says('[role="alert"]', 'no visit of case <img src=x')
  })

  test('each visit of a case says when it is due and how it stands to that', async () => {
    const [leadTime, , , , , delivery] = (await history.visitsOfCase('', 'ORD-20417')) as readonly [
      StoredVisit,
      ...StoredVisit[],
    ]
    const dueIn = (minutes: number) => instant(wallClock() + minutes * 60_000)
    const [leadStart, deliveryStart] = [leadTime.start, (delivery as StoredVisit).start]
    const on = (stage: string, start: Instant) => ({ stage, start, level: 0.5 })
    busyAfternoon()
    engine.setDeadlines('ORD-20417', [
      {
        ...on('lead_time', leadStart),
        due: dueIn(13),
        state: 'due_soon',
        chance: { low: 0.624, high: 0.624 },
        within: { stage: 'delivery', isLeft: false },
      },
      {
        ...on('delivery', deliveryStart),
        due: dueIn(9),
        state: undefined,
        chance: { low: 0.301, high: 0.448 },
        within: undefined,
      },
    ])
    await open({ query: '/?view=case&case=ORD-20417' })
    const rowOf = (stage: string) => page.locator('[data-case] li', { hasText: new RegExp(`^${stage}`) })
    const dueOf = (stage: string) => rowOf(stage).locator('[data-deadline]')
    const said = async (stage: string) => [
      await dueOf(stage).getAttribute('data-deadline'),
      (await dueOf(stage).textContent())?.replace(/^due .*\d\d:\d\d:\d\d/, 'due then'),
    ]
    expect(await said('Order lead time')).toEqual([
      'due_soon',
      'due then · will probably be late · late with 62 % · in Delivery',
    ])
    expect(await said('Delivery')).toEqual(['unknown', 'due then · not known yet whether in time · late with 30–45 %'])
    expect(await said('Payment')).toEqual(['met', 'due then · met'])
    expect(await said('Picking')).toEqual(['met_late', 'due then · met late'])
    // Without a target and without a promise nothing is due.
    expect(await dueOf('Handover').count()).toBe(0)
    const late = await page
      .locator('[data-deadline].over-word')
      .evaluateAll(lines => lines.map(line => line.textContent))
    expect(late).toHaveLength(2)
    await shoot('deadlines')

    engine.setDeadlines('ORD-20417', [
      {
        ...on('lead_time', leadStart),
        due: dueIn(-2),
        state: 'overdue',
        chance: { low: 1, high: 1 },
        within: { stage: 'picking', isLeft: true },
      },
      {
        ...on('delivery', deliveryStart),
        due: dueIn(40),
        state: 'on_time',
        chance: { low: 0, high: 0 },
        within: undefined,
      },
    ])
    await page.reload()
    await seen('[data-deadline="overdue"]')
    // How probable it is that a case is late which is late already needs no telling.
    expect(await said('Order lead time')).toEqual(['overdue', 'due then · overdue · after Picking'])
    expect(await said('Delivery')).toEqual(['on_time', 'due then · on time · late with 0 %'])
    expect(await rowOf('Order lead time').getAttribute('class')).toBe('visit open over')
    await page.getByRole('button', { name: '中文' }).click()
    await page.locator('[data-deadline="overdue"]', { hasText: '已逾期 · 拣货之后' }).waitFor()
  })

  test('measures have a row for all and one for each segment, amounts in their currency', async () => {
    await watch(measuredDelivery)
    engine.evaluate(statusAt(wallClock()), statisticsOf(1), measureStatistics)
    await open()
    const table = page.locator('section[aria-labelledby="measures-title"]')
    await table.locator('tbody tr').first().waitFor()
    const rows = await table
      .locator('tr')
      .evaluateAll(all => all.map(row => [...row.children].map(cell => cell.textContent)))
    expect(rows).toEqual([
      ['Measure', 'Events', 'Sum', 'Average', 'p50', 'p90', 'Distinct'],
      ['Revenue · over 15m', '30,272', '¥2,462,321.55', '¥81.34', '¥74.50', '¥160.25', '–'],
      ['warehouse WH-2', '5,719', '¥465,012.40', '¥81.31', '¥74.00', '–', '–'],
      ['warehouse unknown', '0', '–', '–', '–', '–', '–'],
      ['Items · over 15m', '1,204', '9,007', '7.48', '–', '–', '37'],
    ])
    expect(await table.textContent()).toContain('More segments than the measure may keep')
    await table.scrollIntoViewIfNeeded()
    await shoot('measures')

    const [revenue, items] = measureStatistics as readonly [MeasureStatistics, MeasureStatistics]
    const [total] = items.segments as readonly [MeasureStatistics['segments'][number]]
    const more = { ...items, segments: [{ ...total, values: { ...total.values, count: 1_250 } }] }
    engine.evaluate(statusAt(wallClock()), statisticsOf(1), [{ ...revenue, partial: false }, more])
    await table.locator('td', { hasText: '1,250' }).waitFor()
    expect(await table.textContent()).not.toContain('More segments')
    await page.getByRole('button', { name: '中文' }).click()
    await table.locator('th', { hasText: '营收 · 近 15 分钟' }).waitFor()
  })

  test('a process without measures has no table of them', async () => {
    evaluate(1)
    await open()
    await seen('[data-stage="picking"]')
    expect(await page.locator('#measures-title').count()).toBe(0)
  })

  test('the address keeps what was chosen', async () => {
    busyAfternoon()
    await open()
    await page.locator('[data-stage="delivery"]').click()
    await page.getByRole('button', { name: '6 h' }).click()
    await page.getByRole('button', { name: '中文' }).click()
    await seen('html[lang="zh-CN"]')
    await page.reload()
    await seen('[aria-current="page"][href*="view=stage"]')
    await seen('main [aria-pressed="true"]')
    await says('#stage-title', '配送')
    // Going to a stage was a step, the range and the language were none.
    await page.goBack()
    await seen('[data-view="now"] [data-stage="delivery"]')
    await page.goForward()
    await says('#stage-title', '配送')
  })

  for (const [name, look] of [
    ['light', {}],
    ['dark', { scheme: 'dark' }],
    ['zh', { language: 'zh' }],
    ['dark-zh', { scheme: 'dark', language: 'zh' }],
    ['narrow', { width: 400 }],
    ['dark-narrow', { scheme: 'dark', width: 400, language: 'zh' }],
  ] as const) {
    test(`nothing spills over the page's edge: ${name}`, async () => {
      busyAfternoon()
      await open(look)
      for (const [view, shown] of views) {
        if (view === 'alert') await page.goto(`${gateway.url}/?alert=a-picking`)
        else if (view !== 'now')
          await page.goto(`${gateway.url}/?view=${view}&case=ORD-20417&rule=picking_slow&metric=picking_time`)
        await seen(shown)
        evaluate(4.6, 1)
        expect(await page.evaluate(spill), view).toBeLessThanOrEqual(0)
        await shoot(`${view}-${name}`, true)
      }
    })
  }
})

const wallClock = (): Instant => instant(Date.now())
