import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { transition } from '../../test/support/alert-transition.ts'
import { freePort } from '../../test/support/kafka/broker.ts'
import { WebhookReceiver } from '../../test/support/notify/webhook-receiver.ts'
import { GrowingLog } from '../../test/support/source/growing-log.ts'
import { until } from '../../test/support/until.ts'
import { MOST_SILENCES } from '../alerts/silence.ts'
import { SilenceBook } from '../alerts/silence-book.ts'
import { durationMs } from '../event/duration.ts'
import { instant } from '../event/instant.ts'
import type { SilenceRequest } from '../gateway/api/silences.ts'
import { type Journal, openJournal } from '../journal/journal.ts'
import { parseMatcher } from '../model/label-matcher.ts'
import { loadDefinitions } from '../model/load.ts'
import type { Alert } from '../protocol/alert.ts'
import type { Notification } from '../protocol/notification.ts'
import type { RuleExplanation } from '../protocol/rule-explanation.ts'
import type { SilenceAnswer, SilenceList } from '../protocol/silence.ts'
import { defaultNotify, loopback } from './config/notify.ts'
import type { Fed } from './feed.ts'
import { type Live, openLive } from './live.ts'
import { Silences } from './silences.ts'

const HOUR = 3_600_000
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-silences-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

function definitions(url: string) {
  const text = `
process: orders
owner: pickers
sources:
  - {topics: [orders.events], format: json, case: order, activity: activity, time: ts, dimensions: {warehouse: wh}}
activities: [paid, picked]
stages:
  picking: {from: paid, to: picked, by: [warehouse]}
rules:
  picking_waits: {stage: picking, by: [warehouse], window: 1h, when: wip >= 1}
`
  const { definitions: found, problems } = loadDefinitions([
    { name: 'orders.yaml', text },
    { name: 'owners.yaml', text: `pickers: {title: pickers, contact_points: [{webhook: "${url}"}]}\n` },
  ])
  if (found === undefined) throw new Error(JSON.stringify(problems))
  return found
}

describe('made and ended', () => {
  const alerts = [transition('a', 1_000, 'firing'), transition('over', 1_000, 'resolved')]
  let now: number

  beforeEach(() => {
    now = 10_000
  })

  function silencesOver(journal: Pick<Journal, 'audit' | 'recover'>) {
    const told: string[] = []
    const fed: Fed[] = []
    const book = new SilenceBook(journal.recover().silences)
    const silences = new Silences({
      journal,
      book,
      view: {
        processes: definitions('http://127.0.0.1:1').processes,
        alerts: () => alerts,
        tellMarks(changed) {
          told.push(...[...changed].map(({ id }) => id))
        },
      },
      feed: durable => fed.push(durable),
      now: () => now,
    })
    return { silences, told, fed, book }
  }

  const wanted = (id: string | undefined, rest: Partial<SilenceRequest> = {}): SilenceRequest => ({
    id,
    matchers: [parseMatcher('warehouse="WH-1"')],
    startsAt: undefined,
    until: { duration: durationMs(HOUR) },
    createdBy: 'ana',
    comment: 'moving shelves',
    ...rest,
  })

  test('a repeat counts once: at the same time, later, and after a restart', async () => {
    const journal = await openJournal(directory)
    const first = silencesOver(journal)
    const outcomes = await Promise.all(['1', '1', '2'].map(id => first.silences.create(wanted(id))))
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'repeated', 'done'])
    now += 500
    expect((await first.silences.create(wanted('1'))).outcome).toBe('repeated')
    expect((await first.silences.create(wanted('1', { comment: 'else' }))).outcome).toBe('id-taken')
    expect(await first.silences.expire('1', 'li.wei', 'k')).toMatchObject({ outcome: 'done' })
    expect(first.told).toEqual(['a', 'a', 'a'])
    first.silences.stop()
    await journal.close()

    const again = await openJournal(directory)
    const second = silencesOver(again)
    expect((await second.silences.create(wanted('1'))).outcome).toBe('repeated')
    expect((await second.silences.create(wanted('2', { createdBy: 'li.wei' }))).outcome).toBe('id-taken')
    expect((await second.silences.expire('1', 'li.wei', 'k')).outcome).toBe('repeated')
    expect((await second.silences.expire('1', 'ana', 'k')).outcome).toBe('is-over')
    expect((await second.silences.expire('gone', 'ana', 'k')).outcome).toBe('unknown-silence')
    expect(second.silences.alerts()).toEqual(
      new Map([
        ['1', ['a']],
        ['2', ['a']],
      ]),
    )
    second.silences.stop()
    await again.close()
  })

  test('nobody hears of one that is not durable, and it can be asked for again', async () => {
    const journal = await openJournal(directory)
    let isFull = true
    const { silences, told, fed } = silencesOver({
      recover: () => journal.recover(),
      audit: async (...asked) => {
        if (isFull) throw new Error('ENOSPC')
        return journal.audit(...asked)
      },
    })
    await expect(silences.create(wanted('1'))).rejects.toThrow('ENOSPC')
    expect([silences.all(), told, fed]).toEqual([[], [], []])
    isFull = false
    expect((await silences.create(wanted('1'))).outcome).toBe('done')
    expect(fed[0]?.audit?.[0]).toMatchObject({
      actor: 'ana',
      action: 'silence-create',
      subject: 'silence/1',
      detail: { matchers: ['warehouse="WH-1"'], comment: 'moving shelves', ends_at: '1970-01-01T01:00:10.000Z' },
    })
    silences.stop()
    await journal.close()
  })

  test('when one that was to come begins, and when it ends, pages are told of the alerts under way that it matches', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const journal = { audit: async () => ({}) as never, recover: () => ({ silences: [] }) as never }
      const { silences, told } = silencesOver(journal)
      await silences.create(
        wanted('1', { startsAt: instant(now + 2 * HOUR), until: { endsAt: instant(now + 4 * HOUR) } }),
      )
      await silences.create(
        wanted('other', { startsAt: instant(now + HOUR), matchers: [parseMatcher('stage="packing"')] }),
      )
      expect(told).toEqual([])
      const seen = [1, 2, 3, 4, 5].map(() => {
        now += HOUR
        vi.advanceTimersByTime(HOUR)
        return told.length
      })
      expect(seen).toEqual([0, 1, 1, 2, 2])
      expect(new Set(told)).toEqual(new Set(['a']))
      silences.stop()
    } finally {
      vi.useRealTimers()
    }
  })

  test.each([
    ['that ends before it begins', { startsAt: instant(90_000), until: { endsAt: instant(80_000) } }],
    ['that has ended', { until: { endsAt: instant(10_000) } }],
    ['that lasts no time', { until: { duration: durationMs(0) } }],
    ['that lasts for years', { until: { duration: durationMs(400 * 24 * HOUR) } }],
  ])('one %s is refused', async (_what, rest) => {
    const { silences } = silencesOver({ audit: async () => ({}) as never, recover: () => ({ silences: [] }) as never })
    expect((await silences.create(wanted('1', rest))).outcome).toBe('ends-out-of-range')
  })

  test('so many can be in force or to come, and no more', async () => {
    const { silences } = silencesOver({ audit: async () => ({}) as never, recover: () => ({ silences: [] }) as never })
    for (let nth = 0; nth < MOST_SILENCES; nth++) await silences.create(wanted(`${nth}`))
    expect((await silences.create(wanted('more'))).outcome).toBe('too-many')
    await silences.expire('7', 'ana', undefined)
    expect((await silences.create(wanted('more'))).outcome).toBe('done')
    silences.stop()
  })
})

test('nobody is told of what is silenced, also after a restart; when it ends whoever has not heard is told', async () => {
  const receiver = await WebhookReceiver.start()
  const log = new GrowingLog('orders.events')
  const start = async (): Promise<Live> =>
    openLive({
      definitions: definitions(receiver.url),
      data: join(directory, 'data'),
      store: { kind: 'embedded' },
      keeping: { visits: { keep: 'all' }, days: {}, events: false },
      replaces: false,
      http: { host: '127.0.0.1', port: await freePort() },
      notify: { ...defaultNotify, allow: loopback },
      saveEveryMs: 1_000,
      logger: pino({ level: 'silent' }),
      brokers: undefined,
      openSource: async () => log.open(),
    })
  const paid = (order: string, wh: string) =>
    log.append({ order, activity: 'paid', wh, ts: new Date(Date.now() - 5_000).toISOString() })
  const get = async <Answer>(live: Live, path: string) =>
    (await (await fetch(`${live.url}/api/v1/${path}`)).json()) as Answer
  const post = async (live: Live, path: string, body: object) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${live.url}/api/v1/silences${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    expect(response.status).toBe(200)
    return (await response.json()) as SilenceAnswer
  }
  const told = () =>
    receiver
      .bodies<Notification>()
      .map(({ type, data }) => [
        type,
        ...('alerts' in data ? data.alerts : [data.alert]).map(({ segment }) => segment.warehouse),
      ])
  const untilShown = (live: Live, warehouse: string, isSo: (alert: Alert) => boolean) =>
    until(
      () => `the alert at ${warehouse}; told: ${JSON.stringify(told())}`,
      30_000,
      async () => {
        const { alerts } = await get<{ alerts: Alert[] }>(live, 'alerts')
        return alerts.find(alert => alert.segment.warehouse === warehouse && isSo(alert))
      },
    )
  const untilTold = (count: number) =>
    until(
      () => `message ${count}: ${JSON.stringify(told())}`,
      30_000,
      () => (told().length >= count ? true : undefined),
    )

  let live = await start()
  try {
    const wanted = { matchers: ['warehouse=~"WH-[12]"'], duration: '2h', created_by: 'ana', comment: 'moving shelves' }
    const { silence } = await post(live, '', { ...wanted, id: 'shelves' })
    expect(silence.id).toBe('shelves')
    paid('a', 'WH-1')
    paid('b', 'WH-3')
    const alert = await untilShown(live, 'WH-1', ({ state }) => state === 'firing')
    expect(alert.silenced_by).toEqual(['shelves'])
    await untilTold(1)
    const why = await get<RuleExplanation>(
      live,
      `processes/orders/rules/picking_waits/explanation?segment=${encodeURIComponent('{"warehouse":"WH-1"}')}`,
    )
    expect(why.quiet.map(({ kind, silence: by }) => [kind, by])).toEqual([['silenced', 'shelves']])
    expect(why.quiet[0]?.text.en).toContain('silenced by shelves (ana) until ')
    await live.stop()

    live = await start()
    paid('c', 'WH-2')
    paid('d', 'WH-4')
    await untilShown(live, 'WH-2', ({ state, silenced_by }) => state === 'firing' && silenced_by?.[0] === 'shelves')
    await untilTold(2)
    expect(told()).toEqual(['WH-3', 'WH-4'].map(warehouse => ['stagewatch.alert.firing.v1', warehouse]))
    const { silences } = await get<SilenceList>(live, 'silences?state=active')
    expect(silences.map(({ id, alerts }) => [id, alerts.length])).toEqual([['shelves', 2]])

    log.append({ order: 'a', activity: 'picked', wh: 'WH-1', ts: new Date().toISOString() })
    await untilShown(live, 'WH-1', ({ state }) => state === 'resolved')
    const { silence: ended } = await post(live, '/shelves/expire', { by: 'li.wei' })
    expect([ended.state, ended.expired?.by]).toEqual(['expired', 'li.wei'])
    await untilShown(live, 'WH-2', alert => alert.silenced_by === undefined)
    await untilTold(3)
    expect(told().slice(2)).toEqual([['stagewatch.alerts.digest.v1', 'WH-2']])
  } finally {
    await live.stop()
    await receiver.close()
  }
}, 90_000)
