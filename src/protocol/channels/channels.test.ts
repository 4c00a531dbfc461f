import { expect, test } from 'vitest'
import { digestOn, notificationOn, toldAt } from '../../../test/support/notify/notifications.ts'
import type { Notification } from '../notification.ts'
import { alertmanagerBody } from './alertmanager.ts'
import { dingtalkBody } from './dingtalk.ts'
import { mailOf } from './email.ts'
import { feishuBody } from './feishu.ts'
import { pagerdutyEvents } from './pagerduty.ts'
import { slackBody } from './slack.ts'
import { wecomBody } from './wecom.ts'
import type { TextLanguage } from './words.ts'

type Written = (notifications: readonly Notification[], language: TextLanguage) => unknown

/** Those that people read, by name. */
const forPeople: readonly (readonly [string, Written])[] = [
  ['slack', slackBody],
  ['feishu', feishuBody],
  ['dingtalk', dingtalkBody],
  ['wecom', wecomBody],
  ['email', mailOf],
]

/** Everything that stands in a body, undone of what its format has put in: of it people see the text. */
const textIn = (body: unknown): string =>
  texts(body)
    .join('\n')
    .replaceAll('&quot;', '"')
    .replaceAll('&gt;', '>')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&')

const texts = (body: unknown): string[] =>
  typeof body === 'string'
    ? [body]
    : typeof body === 'object' && body !== null
      ? Object.values(body).flatMap(texts)
      : []

test.each(forPeople)('%s says all that an owner has to know, in English', (_name, write) => {
  const text = textIn(write([notificationOn({ id: 'a' })], 'en'))
  for (const part of [
    'Stagewatch · Critical · Firing: Picking in WH-2 is slow',
    'Picking (Quick delivery)',
    'warehouse: WH-2',
    '2026-11-23 14:53:20 (Asia/Shanghai)',
    'Warehouse operations',
    'age_p90 = 6m 40s (age_p90 > duration("3m"))',
    'wip = 34 (wip >= 10.0)',
    'Move two pickers from zone B to WH-2',
    'docs/runbooks/picking.md',
    'https://stagewatch.example/?lang=en&process=quick-delivery&alert=a',
  ]) {
    expect(text).toContain(part)
  }
})

const openCases = {
  open: 40,
  oldest: [
    { case: 'ORD-1', enteredAt: toldAt, ageMs: 11_520_000 },
    { case: `ORD-2${'0'.repeat(100)}`, enteredAt: toldAt, ageMs: 60_000, due: toldAt, late: { low: 0.5, high: 1 } },
  ],
  overdue: 3,
  probablyLate: { low: 12, high: 14 },
  atStake: { amount: '-1230045.00', currency: 'CNY', cases: 38 },
}

test.each(forPeople)('%s names the oldest open cases, how many will be late, and what is at stake', (_name, write) => {
  const text = textIn(write([notificationOn({ id: 'a', openCases })], 'en'))
  for (const part of [
    `ORD-1 (3h 12m), ORD-2${'0'.repeat(34)}… (1m)`,
    'Probably late',
    '12–14 of 40, 3 of them overdue',
    'CNY -1,230,045.00 in 38 of 40',
  ]) {
    expect(text).toContain(part)
  }
  const chinese = textIn(write([notificationOn({ id: 'a', openCases })], 'zh'))
  for (const part of [
    'ORD-1（3 小时 12 分钟）、',
    '40 个中 12–14 个，其中已逾期 3 个',
    'CNY -1,230,045.00（40 个中 38 个有金额）',
  ]) {
    expect(chinese).toContain(part)
  }
  expect(textIn(write([notificationOn({ id: 'a', state: 'resolved', openCases })], 'en'))).not.toContain('ORD-1')
})

test('of cases that only may be overdue, and of amounts that all of them have, no more is said than is known', () => {
  const known = { open: 40, oldest: [], overdue: 3, atStake: { amount: '100', cases: 40 } }
  const text = textIn(slackBody([notificationOn({ id: 'a', openCases: known })], 'en'))
  expect(text).toContain('3 of 40 overdue')
  expect(text).not.toContain('Probably late')
  expect(text).toMatch(/At stake\W+100$/m)
  const nothing = textIn(slackBody([notificationOn({ id: 'a', openCases: { open: 2, oldest: [] } })], 'en'))
  expect(nothing).not.toMatch(/Oldest|Late|At stake/)
})

test.each(forPeople)('%s says it in Chinese', (_name, write) => {
  const text = textIn(write([notificationOn({ id: 'a', state: 'resolved' })], 'zh'))
  for (const part of [
    'Stagewatch · 严重 · 已恢复：WH-2 拣货变慢',
    '拣货 (即时配送)',
    '2026-11-23 14:53:20 (Asia/Shanghai)',
    '2026-11-23 15:00:00 (Asia/Shanghai)',
    '仓储运营',
    'age_p90 = 6 分钟 40 秒',
    '从 B 区调两名拣货员到 WH-2',
    'lang=zh',
  ]) {
    expect(text).toContain(part)
  }
  for (const word of ['Since', 'Owner', 'Firing', 'Critical']) expect(text).not.toContain(word)
})

test.each(forPeople)(
  '%s tells several as one: the most urgent leads, and those that do not fit are counted',
  (_name, write) => {
    const many = Array.from({ length: 70 }, (_, nth) => notificationOn({ id: `info-${nth}`, severity: 'info' }))
    const late = digestOn([
      { id: 'late', rule: 'delivery_late' },
      { id: 'over', state: 'resolved' },
    ])
    const body = write([...many, late, notificationOn({ id: 'critical' })], 'en')
    const text = textIn(body)
    expect(text).toMatch(/Stagewatch · Critical · Firing: Picking in WH-2 is slow \(and 72 more\)/)
    const positions = ['Critical · Firing', 'Warning · Firing', 'Info · Firing'].map(status => text.lastIndexOf(status))
    expect(positions.every(position => position === -1)).toBe(false)
    const [, notListed] = /(\d+) more, see Stagewatch/.exec(text) ?? []
    const listed = (text.match(/Segment/g) ?? []).length / (_name === 'email' ? 2 : 1)
    expect(listed).toBeGreaterThan(0)
    expect(listed + Number(notListed)).toBe(73)
  },
)

test('no message is longer than its channel takes, however long the texts are', () => {
  const segment = { warehouse: '仓'.repeat(5_000) }
  const notifications = Array.from({ length: 60 }, (_, nth) => {
    const notification = notificationOn({ id: `${nth}`, segment })
    if (!('alert' in notification.data)) throw new Error(notification.type)
    return notification
  })
  const bytes = (body: unknown) => Buffer.byteLength(JSON.stringify(body))
  for (const language of ['en', 'zh'] as const) {
    const wecom = wecomBody(notifications, language) as { markdown: { content: string } }
    expect(Buffer.byteLength(wecom.markdown.content)).toBeLessThanOrEqual(4_096)
    const dingtalk = dingtalkBody(notifications, language) as { markdown: { text: string } }
    expect(Buffer.byteLength(dingtalk.markdown.text)).toBeLessThanOrEqual(20_000)
    expect(bytes(feishuBody(notifications, language))).toBeLessThanOrEqual(20_000)
    const slack = slackBody(notifications, language) as { attachments: { blocks: { text: { text: string } }[] }[] }
    const blocks = slack.attachments.flatMap(attachment => attachment.blocks)
    expect(blocks.length).toBeLessThanOrEqual(50)
    for (const block of blocks) expect(block.text.text.length).toBeLessThanOrEqual(3_000)
    const [event] = pagerdutyEvents(notifications[0]!, 'key', language) as { payload: { summary: string } }[]
    expect(event?.payload.summary.length).toBeLessThanOrEqual(1_024)
  }
})

test('a segment mentions nobody and links nowhere, whatever stands in it', () => {
  const hostile = '<!channel> <at id=all></at> <@all> @all [x](https://evil.example) <https://evil.example|x> <b>"\'&'
  const notification = notificationOn({ id: 'a', segment: { warehouse: hostile } })
  const slack = JSON.stringify(slackBody([notification], 'en'))
  expect(slack).toContain('&lt;!channel&gt;')
  expect(slack).not.toMatch(/<!|<@|<https:\/\/evil/)
  // All of it is plain text, in which nothing is marked.
  expect(JSON.stringify(feishuBody([notification], 'en'))).not.toMatch(/lark_md|"markdown"/)
  for (const write of [dingtalkBody, wecomBody]) {
    const text = JSON.stringify(write([notification], 'en'))
    expect(text).not.toMatch(/<|@|\[x\]\(/)
    expect(text).toContain('＜!channel>')
  }
  expect(dingtalkBody([notification], 'en').at).toEqual({ isAtAll: false })
  const { html } = mailOf([notification], 'en')
  expect(html).not.toMatch(/<b>|<at|<!channel/)
})

test('PagerDuty gets one incident for each episode, from its trigger to its resolve', () => {
  const [trigger] = pagerdutyEvents(notificationOn({ id: 'a' }), 'key', 'en')
  expect(trigger).toEqual({
    routing_key: 'key',
    event_action: 'trigger',
    dedup_key: 'a',
    payload: {
      summary: 'Picking in WH-2 is slow',
      source: 'quick-delivery',
      severity: 'critical',
      timestamp: '2026-11-23T07:00:00.000Z',
      component: 'picking',
      group: 'warehouse',
      class: 'picking_slow',
      custom_details: {
        Stage: 'Picking (Quick delivery)',
        Segment: 'warehouse: WH-2',
        Since: '2026-11-23 14:53:20 (Asia/Shanghai)',
        Owner: 'Warehouse operations',
        Measured: 'age_p90 = 6m 40s (age_p90 > duration("3m"))\nwip = 34 (wip >= 10.0)',
        Oldest: 'ORD-20417 (1h 15m)',
        'Probably late': '12–14 of 34, 3 of them overdue',
        'At stake': 'CNY 12,300.00',
        Action: 'Move two pickers from zone B to WH-2',
        Runbook: 'docs/runbooks/picking.md',
      },
    },
    links: [{ href: 'https://stagewatch.example/?lang=en&process=quick-delivery&alert=a', text: 'Open in Stagewatch' }],
    client: 'Stagewatch',
    client_url: 'https://stagewatch.example',
  })
  expect(pagerdutyEvents(notificationOn({ id: 'a', state: 'no_data' }), 'key', 'en')).toMatchObject([
    { event_action: 'trigger', dedup_key: 'a' },
  ])
  expect(pagerdutyEvents(notificationOn({ id: 'a', state: 'resolved' }), 'key', 'en')).toEqual([
    { routing_key: 'key', event_action: 'resolve', dedup_key: 'a' },
  ])
  const digest = digestOn(Array.from({ length: 52 }, (_, nth) => ({ id: `${nth}` })))
  const events = pagerdutyEvents(digest, 'key', 'en') as { dedup_key: string; payload: { summary: string } }[]
  expect(events).toHaveLength(51)
  expect(events.at(-1)).toMatchObject({ dedup_key: 'm-digest', payload: { summary: '2 more, see Stagewatch' } })
})

test("relays of Alertmanager's webhooks find what they look for", () => {
  const segment = { warehouse: 'WH-2', owner: 'the other one' }
  const body = alertmanagerBody(notificationOn({ id: 'a', segment }), 'en')
  const labels = {
    alertname: 'picking_slow',
    process: 'quick-delivery',
    stage: 'picking',
    severity: 'critical',
    owner: 'warehouse',
    warehouse: 'WH-2',
    segment_owner: 'the other one',
  }
  expect(body).toMatchObject({
    version: '4',
    groupKey: 'a',
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'warehouse-ops/x',
    groupLabels: { process: 'quick-delivery' },
    commonLabels: labels,
    externalURL: 'https://stagewatch.example',
    alerts: [
      {
        status: 'firing',
        labels,
        annotations: { summary: 'Picking in WH-2 · the other one is slow', runbook_url: 'docs/runbooks/picking.md' },
        startsAt: expect.stringMatching(/^2026-11-23T06:53:/),
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: 'https://stagewatch.example/?lang=en&process=quick-delivery&alert=a',
        fingerprint: 'a',
      },
    ],
  })
  expect(alertmanagerBody(notificationOn({ id: 'a', state: 'resolved' }), 'zh')).toMatchObject({
    status: 'resolved',
    alerts: [{ status: 'resolved', endsAt: '2026-11-23T07:00:00.000Z', annotations: { summary: 'WH-2 拣货变慢' } }],
  })
  expect(
    alertmanagerBody(digestOn([{ id: 'a' }, { id: 'b', state: 'resolved', severity: 'info' }]), 'en'),
  ).toMatchObject({
    groupKey: 'm-digest',
    status: 'firing',
    commonLabels: { alertname: 'picking_slow', warehouse: 'WH-2' },
    alerts: [{ fingerprint: 'a' }, { fingerprint: 'b' }],
  })
})

test('without the address of the page there is no link, and no empty one', () => {
  const notification = notificationOn({ id: 'a' }, '')
  const linkless = { ...notification, data: { ...notification.data, page: null } } as Notification
  for (const [, write] of forPeople) expect(JSON.stringify(write([linkless], 'en'))).not.toMatch(/Open in|href|"url"/)
  expect(pagerdutyEvents(linkless, 'key', 'en')).toMatchObject([{ links: [] }])
})
