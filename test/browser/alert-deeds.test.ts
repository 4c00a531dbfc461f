import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { evaluate, firePicking, People } from './people.ts'
import { PlainEngine } from './plain-engine.ts'
import { quickDelivery } from './quick-delivery.ts'
import { hasChromium, ViewedPage, whyNoBrowser } from './viewed-page.ts'

const SOON_MS = 20_000

/* What people do to alerts on the page, by keyboard alone; and what becomes of it where the server is away or says no. */

describe.skipIf(!hasChromium)(`what people do to alerts${whyNoBrowser}`, () => {
  let watched: ViewedPage
  let engine: PlainEngine
  let people: People

  beforeAll(async () => {
    watched = await ViewedPage.start()
  })
  afterAll(() => watched?.close())
  beforeEach(async () => {
    engine = new PlainEngine([quickDelivery])
    people = new People(engine)
    await watched.serve(engine, { act: people.act })
    evaluate(engine)
    firePicking(engine, 'a-picking', 'WH-2')
  })
  afterEach(() => {
    expect(watched.complaints.splice(0)).toEqual([])
  })

  const press = (key: string) => watched.page.keyboard.press(key)
  const type = (text: string) => watched.page.keyboard.type(text)
  const deedsDone = (count: number) =>
    until(`${count} deeds`, SOON_MS, async () => (people.done.length >= count ? people.done : undefined))

  /** Opens a form of the open alert as a keyboard does, which then has the focus. */
  async function openForm(kind: string): Promise<void> {
    await watched.page.locator(`dialog [data-action="${kind}"]`).first().focus()
    await press('Enter')
    await watched.seen(`[data-form="${kind}"]`)
  }

  test('a key acknowledges the alert that has the focus; the name is asked for once', async () => {
    await watched.open()
    firePicking(engine, 'b-picking', 'WH-3')
    await watched.seen('[data-alert="b-picking"]')
    await watched.page.locator('[data-alert] [data-stop]').first().focus()
    await press('a')
    await watched.seen('[data-form="acknowledge"] input:focus')
    await type('ana')
    await press('Enter')
    await watched.says('dialog [data-marks]', 'ana looks after it')
    await watched.gone('[data-form]')
    await press('Escape')
    await watched.page.waitForURL(({ search }) => !search.includes('alert='))
    await watched.page.reload()
    const other = people.done[0]?.alert === 'a-picking' ? 'b-picking' : 'a-picking'
    await watched.page.locator(`[data-alert="${other}"] [data-stop]`).focus()
    await press('a')
    await watched.says(`[data-marks="${other}"]`, 'ana looks after it')
    expect(people.done.map(({ kind, by }) => [kind, by])).toEqual([
      ['acknowledge', 'ana'],
      ['acknowledge', 'ana'],
    ])
  })

  test('every deed is done by keyboard, with what belongs to it', async () => {
    await watched.open({ query: '/?alert=a-picking' })
    await openForm('comment')
    await type('two pickers are ill')
    await press('Tab')
    await type('ana')
    await press('Enter')
    await watched.says('.episode', 'two pickers are ill')
    await openForm('assign')
    await press('Control+a')
    await type('li.wei')
    await press('Enter')
    await watched.says('dialog [data-marks]', 'Assigned to li.wei')

    await openForm('snooze')
    await press('ArrowDown')
    await press('Enter')
    await deedsDone(3)
    await watched.says('dialog [data-marks]', 'Snoozed until')

    await watched.page.locator('[data-verdict="false_alarm"]').focus()
    await press('Enter')
    await watched.says('dialog [data-marks]', 'False alarm, says ana')

    await openForm('resolve')
    await type('something')
    await press('Tab')
    await press('Tab')
    await press('Enter')
    await watched.says('[data-form="resolve"] [role="alert"]', 'Say what it was')
    await watched.page.locator('[name="more"]').focus()
    await type('a moved shelf')
    await press('Tab')
    await press('Enter')
    await deedsDone(5)
    await watched.says('.episode', 'resolved it: something else · a moved shelf')
    const [, , snooze] = people.done
    if (snooze?.kind !== 'snooze') throw new Error('the third deed is no snooze')
    // The choice after an hour: four hours.
    expect(Number(snooze.fields.until) - snooze.at).toBeGreaterThan(14_390_000)
    expect(Number(snooze.fields.until) - snooze.at).toBeLessThan(14_410_000)
    expect(people.done.map(({ kind, fields }) => [kind, kind === 'snooze' ? {} : fields])).toEqual([
      ['comment', { text: 'two pickers are ill' }],
      ['assign', { to: 'li.wei' }],
      ['snooze', {}],
      ['feedback', { verdict: 'false_alarm' }],
      ['resolve', { cause: 'other', text: 'a moved shelf' }],
    ])
  })

  test('what was not answered is sent again under the same id, and done once', async () => {
    await watched.open({ query: '/?alert=a-picking' })
    const ids: (string | undefined)[] = []
    // The server does it, and the answer is lost on its way.
    await watched.page.route('**/acknowledge', async route => {
      ids.push(route.request().headers()['idempotency-key'])
      if (ids.length > 1) return route.continue()
      await route.fetch()
      await route.abort()
    })
    await openForm('acknowledge')
    await type('ana')
    await press('Enter')
    await watched.says('[data-attempt="acknowledge"]', 'it may have been done')
    await watched.page.locator('dialog [data-attempt] button', { hasText: 'Try again' }).click()
    await watched.gone('dialog [data-attempt]')
    expect(ids).toHaveLength(2)
    expect(ids[0]).toBe(ids[1])
    expect(people.done).toHaveLength(1)
  })

  test('a refusal says what to do, and can be left', async () => {
    await watched.open({ query: '/?alert=a-picking' })
    await openForm('snooze')
    await watched.page.locator('[value="other"]').check()
    await watched.page.locator('[name="until"]').fill('2020-01-01T08:00')
    await watched.page.locator('[name="by"]').fill('ana')
    await press('Enter')
    await watched.says('[data-attempt="snooze"]', /has passed.*give an instant within the next 30 days/)
    await watched.page.locator('dialog [data-attempt] button', { hasText: 'Leave it' }).click()
    await watched.gone('dialog [data-attempt]')
    expect(people.done).toEqual([])
  })

  test('a silence is made from the alert, of its rule and segment', async () => {
    await watched.open({ query: '/?alert=a-picking' })
    await openForm('silence')
    await watched.page.locator('[name="why"]').fill('shelves are moved')
    await watched.page.locator('[name="by"]').fill('ana')
    const [request] = await Promise.all([watched.page.waitForRequest('**/api/v1/silences'), press('Enter')])
    expect(request.postDataJSON()).toEqual({
      matchers: [
        { name: 'alertname', value: 'picking_slow', isEqual: true, isRegex: false },
        { name: 'warehouse', value: 'WH-2', isEqual: true, isRegex: false },
        { name: 'process', value: 'quick-delivery', isEqual: true, isRegex: false },
      ],
      duration: '60m',
      created_by: 'ana',
      comment: 'shelves are moved',
    })
    // Nobody can make a silence here: the page says so, with what to do.
    await watched.says('[data-attempt="silence"]', 'ask again in a second')
  })

  test('a link to an alert that is listed no more says so, with what to do', async () => {
    await watched.open({ query: '/?alert=never' })
    await watched.says('dialog[open] [role="alert"]', /no alert never is listed.*take the id from/)
  })
})
