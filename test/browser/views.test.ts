import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { PartitionStatus, ProcessStatus } from '../../src/engine/view.ts'
import { instant } from '../../src/event/instant.ts'
import type { StoredVisit } from '../../src/gateway/api/history-reader.ts'
import type { VisitPage, VisitPageQuery } from '../../src/store/queries/visit-pages.ts'
import { busyEngine, troubledOutbox } from './afternoon.ts'
import { HostileHistory, hostileEngine, hostileStatistics, hostileStatus } from './hostile-process.ts'
import { hostileTexts } from './hostile-texts.ts'
import { PlainHistory } from './plain-history.ts'
import { statisticsOf, statusAt } from './quick-delivery.ts'
import { hasChromium, ViewedPage, wallClock, whyNoBrowser } from './viewed-page.ts'

/** A store that is away. */
class AwayHistory extends PlainHistory {
  override stageSeries = () => Promise.reject(new Error('connection refused'))
  override openVisits = () => Promise.reject(new Error('connection refused'))
}

/** A list of visits in two pages; the store is away when the second one is asked for first. */
class PagedHistory extends PlainHistory {
  readonly asked: VisitPageQuery[] = []
  override async visitPage(query: VisitPageQuery): Promise<VisitPage> {
    this.asked.push(query)
    if (this.asked.length === 2) throw new Error('connection refused')
    const { visits } = await super.visitPage(query)
    return query.cursor === undefined
      ? { visits: visits.slice(0, 25), next: 'behind', count: { kind: 'exact', visits: visits.length } }
      : { visits: visits.slice(25), next: undefined, count: undefined }
  }
}

/** A case that waited between two stages. */
class WaitingHistory extends PlainHistory {
  override async visitsOfCase(process: string, caseId: string): Promise<readonly StoredVisit[]> {
    const visits = await super.visitsOfCase(process, caseId)
    return visits.filter(({ stage }) => stage !== 'packing')
  }
}

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

describe.skipIf(!hasChromium)(`the views${whyNoBrowser}`, () => {
  let viewed: ViewedPage

  beforeAll(async () => {
    viewed = await ViewedPage.start()
  })
  afterAll(() => viewed?.close())
  afterEach(() => expect(viewed.complaints.splice(0)).toEqual([]))

  /** Served and evaluated again and again until the test ends, as in life. */
  async function serve(
    options: Parameters<ViewedPage['serve']>[1] = {},
    status: () => ProcessStatus = () => statusAt(wallClock()),
  ): Promise<void> {
    const engine = busyEngine()
    const evaluate = () => engine.evaluate(status(), statisticsOf(4.6))
    evaluate()
    const timer = setInterval(evaluate, 1_000)
    onTestFinished(() => clearInterval(timer))
    await viewed.serve(engine, options)
  }
  const textOf = async (selector: string) => (await viewed.page.locator(selector).first().textContent()) ?? ''
  const addressHas = (part: string) => viewed.page.waitForURL(({ search }) => search.includes(part))

  test('a number of a stage leads to its cases, page by page, and on to one of them and back', async () => {
    const history = new PagedHistory(wallClock())
    await serve({ history })
    const page = await viewed.open({ query: '/?view=stage&stage=picking' })
    await viewed.seen('[data-sum="exited"] a')
    // Against the time before, in words.
    await viewed.says('[data-sum="p90_ms"]', /Time p90\dm.*(longer|shorter|as before)/)
    await page.locator('[data-sum="exited"] a').click()
    await viewed.says('#visits-title', '40 visits completed')
    await addressHas('number=exited')
    expect(await page.locator('[data-visit]').count()).toBe(25)
    await page.getByRole('button', { name: 'Show more' }).click()
    await viewed.says('[data-visits] .trouble', 'the store cannot be read now')
    expect(await page.locator('[data-visit]').count()).toBe(25)
    await page.getByRole('button', { name: 'Try again' }).click()
    await viewed.seen('[data-visit="ORD-20361"]')
    expect(await page.locator('[data-visit]').count()).toBe(40)
    expect(await page.locator('[data-more]').count()).toBe(0)
    // Both pages are of the range that was pressed, however far the numbers have gone on.
    const [first, ...others] = history.asked as [VisitPageQuery, ...VisitPageQuery[]]
    expect(others.map(({ cursor, time }) => [cursor, time])).toEqual([
      ['behind', first.time],
      ['behind', first.time],
    ])
    await page.locator('[data-visit="ORD-20417"] a').click()
    await viewed.seen('[data-case="ORD-20417"] .visit.over')
    await page.goBack()
    await viewed.seen('[data-visits="exited"]')
  })

  test('a stage shows live times against completed ones, ages against the target, and the oldest cases', async () => {
    await serve()
    const page = await viewed.open({ query: '/?view=stage&stage=picking' })
    await viewed.says('[data-times="p90"]', /p90.*\d.*1\.2× as long/)
    await viewed.says('.ages tr.over', 'over target')
    expect(await page.locator('.ages tr.over').first().getAttribute('data-age')).toBe('180001')
    await viewed.says('[data-open-visit="ORD-20417"]', /4m 4\ds▲ over target/)
    await viewed.seen('[data-tile="wip"]')
    // Another segment is another question: none of the former numbers stays.
    await page.locator('[data-segment*="WH-1"] a').first().click()
    await viewed.says('#stage-title', 'warehouse WH-1')
    await addressHas('WH-1')
    await viewed.seen('[data-history="read"]')
    expect(await textOf('.charts')).toContain('known for whole stages only')
    // A number of now is of a window that ends now.
    await page.locator('[data-tile="exited"] a').click()
    await viewed.seen('[data-visits="exited"] [data-visit]')
    const asked = new URL(page.url()).searchParams
    expect(Date.parse(asked.get('to') ?? '') - Date.parse(asked.get('from') ?? '')).toBe(900_000)
  })

  test('any range can be chosen, by the clock of the zone that is named, and segments put in any order', async () => {
    await serve()
    const page = await viewed.open({ query: '/?view=stage&stage=picking' })
    await page.locator('input[name="from"]').fill('2026-11-20T08:00')
    await page.locator('input[name="to"]').fill('2026-11-19T08:00')
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await viewed.says('.from-to [role="alert"]', 'not behind the beginning')
    await page.locator('input[name="to"]').fill('2026-11-21T08:00')
    await page.keyboard.press('Enter')
    // Asia/Shanghai is eight hours ahead.
    await addressHas('from=2026-11-20T00%3A00%3A00.000Z')
    await viewed.says('.sums', /20 Nov 08:00 – 21 Nov 08:00/)
    await page.locator('#compare').selectOption('none')
    await addressHas('compare=none')
    await page.locator('.sums thead th').nth(2).waitFor({ state: 'detached' })

    const order = () => page.locator('[data-segment] th').allTextContents()
    expect(await order()).toEqual(['WH-2', 'WH-1', 'WH-3'])
    await page.locator('[data-sort="segment"]').focus()
    await page.keyboard.press('Enter')
    await viewed.seen('th[aria-sort="ascending"] [data-sort="segment"]')
    expect(await order()).toEqual(['WH-1', 'WH-2', 'WH-3'])
    await page.reload()
    await viewed.says('.sums', /20 Nov 08:00/)
    await page.getByRole('button', { name: '6 h' }).click()
    await page.waitForURL(({ search }) => !search.includes('from='))
  })

  test('while the store is away a view says so in its place, with what to do, and live numbers go on', async () => {
    await serve({ history: new AwayHistory(wallClock()) })
    await viewed.open({ query: '/?view=stage&stage=picking' })
    await viewed.says('[data-history] .trouble', /the store cannot be read now.*try again in a few seconds/)
    await viewed.says('[data-open-visits="oldest"]', 'the store is away')
    await viewed.seen('[data-tile="wip"]')
    await viewed.seen('[data-times="p90"]')
  })

  test('a case is found by the beginning of its id, and waits between two of its stages are said', async () => {
    await serve({ history: new WaitingHistory(wallClock()) })
    const page = await viewed.open({ query: '/?view=case' })
    await viewed.says('#cases-title', 'Newest cases')
    await page.locator('#case').fill('ORD-204')
    await page.keyboard.press('Enter')
    await viewed.says('#cases-title', 'Cases whose id begins with ORD-204')
    await viewed.says('[data-found="ORD-20417"]', 'open in Delivery, Order lead time')
    // What was typed is a beginning, no id that is wrong.
    expect(await page.locator('[role="alert"]').count()).toBe(0)
    await page.locator('[data-found="ORD-20417"] a').focus()
    await page.keyboard.press('Enter')
    await viewed.says('[data-case] li.wait', /Between Picking and Handover.*44s in no stage/)
    expect(await page.locator('[data-case] li.wait').count()).toBe(1)
    await viewed.says('[data-case-corrections="2"]', / from \d\d:\d\d.* was withdrawn.* had ended, and was changed/)
    expect(await page.locator('.case-axis span').count()).toBeGreaterThan(2)
  })

  test('a rule tells why it does not fire, for the segment that is asked about', async () => {
    await serve()
    const page = await viewed.open({ query: '/?view=rules' })
    await viewed.says('[data-rule="picking_slow"]', /Firing 1.*Picking · by warehouse.*Warehouse operations.*4m ago/)
    await viewed.says('[data-rule="delivery_late"]', /Quiet.*not within 28 days/)
    await page.locator('[data-rule="picking_slow"] a').click()
    await addressHas('rule=picking_slow')
    // Where it fires is asked about first.
    await viewed.says('#rule-segment option:checked', 'warehouse WH-2')
    await page.locator('#rule-segment').selectOption('{"warehouse":"WH-1"}')
    await addressHas('at=')
    const reasons = page.locator('[data-reason]')
    await reasons.first().waitFor()
    expect(await reasons.allTextContents()).toEqual(['age_p90 > duration("3m") does not hold', 'samples 12 of 20'])
    expect(await textOf('.reasons .terms')).toContain('✗ does not hold')
    expect(await textOf('[data-rule-detail]')).toContain('quick-delivery.yaml:1')
    await viewed.says(
      '[data-versions="2"]',
      /changed · version 2 · in force.*when.*"5m"\) → age_p90 > duration\("3m"\)/,
    )
    expect(await textOf('[data-rule="picking_slow"]')).toContain('83.3%5 of 6')
  })

  test('a metric says what it means, who answers for it, and in which version', async () => {
    await serve()
    const page = await viewed.open({ query: '/?view=metrics' })
    await viewed.says('[data-metric="picking_time"]', /Live time p90 over 15m.*Better: lower.*Warehouse.*3Published/)
    await page.locator('[data-metric="picking_time"] a').click()
    await viewed.says('[data-metric-detail]', 'In Chinesenot written yet')
    await page.getByRole('link', { name: 'Picking', exact: true }).click()
    await viewed.seen('[data-stage-view="picking"]')
  })

  test('health says what holds time back and shows what could not be counted as text', async () => {
    const since = instant(wallClock() - 90_000)
    const held = { since, by: [{ topic: 'orders.events', partition: 1 }] }
    await serve({}, () => {
      const status = statusAt(wallClock())
      const [first, ...others] = status.partitions as [PartitionStatus, ...PartitionStatus[]]
      const counts = { ...first.counts, ignored: 3, ignoredBy: { 'order viewed': 3 } }
      return { ...status, held, partitions: [{ ...first, counts }, ...others] }
    })
    await viewed.open({ query: '/?view=health' })
    await viewed.says('[data-health="held"]', /Held.*Time stands still/)
    await viewed.says('[data-held]', /orders\.events\/1, since .* \(1m 3\ds\)/)
    await viewed.says('[data-partition="orders.events/1"]', 'holds time back')
    await viewed.says('[data-unknown]', /order viewed.*3/)
    await viewed.says('[data-lacking]', /field "order_id" \(the case\) is missing.*24/)
    await viewed.says('[data-rejected="missing-field"]', /a field is missing.*24.*"order_id" \(the case\) is missing/)
    await viewed.says('[data-rejected="missing-field"] pre', '"order_id":null')
    await viewed.says('[data-store]', 'Ready')
    await viewed.says('[data-audit="2"]', /ana.*acknowledge.*picking_slow/)
  })

  test('a message that was given up is sent again by a button, once, and what is refused says why', async () => {
    const asked: string[] = []
    let outcome: 'queued' | 'superseded' = 'superseded'
    await serve({
      outbox: troubledOutbox,
      redrive: async id => {
        asked.push(id)
        return outcome
      },
    })
    const page = await viewed.open({ query: '/?view=health' })
    await viewed.says('[data-queued="m-waits"]', /warehouse\/webhook.*Firing picking_slow.*3HTTP 503/)
    await page.locator('[data-dead="m-dead"] button').click()
    await viewed.says('[data-dead="m-dead"] [role="alert"]', 'a later notification has told its receiver')
    outcome = 'queued'
    await page.locator('[data-dead="m-dead"] button').focus()
    await page.keyboard.press('Enter')
    await viewed.says('[data-dead="m-dead"] [role="status"]', 'Waits to be sent')
    expect(await page.locator('[data-dead="m-dead"] button').count()).toBe(0)
    expect(asked).toEqual(['m-dead', 'm-dead'])
  })

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
