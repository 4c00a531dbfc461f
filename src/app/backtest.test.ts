import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { instant } from '../event/instant.ts'
import type { KeptRecord } from '../shard/output.ts'
import { openStore } from '../store/store.ts'
import type { Episode } from './backtest/episodes.ts'
import type { Mark } from './backtest/marks.ts'
import { foundOf, meets, type RuleScore, scoreOf } from './backtest/scores.ts'
import { runCommandLine } from './command-line.ts'

const minute = 60_000
const noon = Date.UTC(2026, 4, 5, 12)
let folder: string

const processFile = (rules: string, extra = '') => `process: orders
owner: ops
sources:
  - topics: [events]
    format: json
    case: case
    activity: activity
    time: {from: at, unit: ms}
    dimensions: {wh: wh}
activities: [paid, picked]
settle: 1m
pane: 1m
stages:
  picking: {from: paid, to: picked, by: [wh]${extra}}
rules:
${rules}`

/** An order a minute in each of two warehouses for three hours, picked after 10 s; those of `a` paid in the second hour after 10 min. */
function events(): string {
  const all: { case: string; activity: string; at: number; wh: string }[] = []
  for (let at = 0; at < 180; at++) {
    for (const wh of ['a', 'b']) {
      const paid = noon + at * minute
      const picked = paid + (wh === 'a' && at >= 60 && at < 120 ? 10 * minute : 10_000)
      all.push(
        { case: `${wh}${at}`, activity: 'paid', at: paid, wh },
        { case: `${wh}${at}`, activity: 'picked', at: picked, wh },
      )
    }
  }
  return all
    .sort((left, right) => left.at - right.at)
    .map(event => `${JSON.stringify(event)}\n`)
    .join('')
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-backtest-'))
  writeFileSync(join(folder, 'events.ndjson'), events())
  const sides = {
    new: processFile(
      '  full: {stage: picking, by: [wh], window: 5m, when: wip >= 5, for: 2m}\n  fresh: {stage: picking, window: 5m, when: wip > 1000}\n',
    ),
    old: processFile(
      '  full: {stage: picking, by: [wh], window: 5m, when: wip >= 9}\n  gone: {stage: picking, by: [wh], window: 5m, when: p50 > duration("5m")}\n',
    ),
    // The same rules over another fold: with a target.
    target: processFile(
      '  full: {stage: picking, by: [wh], window: 5m, when: wip >= 9}\n  gone: {stage: picking, by: [wh], window: 5m, when: p50 > duration("5m")}\n',
      ', target: 5m',
    ),
  }
  for (const [side, text] of Object.entries(sides)) {
    mkdirSync(join(folder, side))
    writeFileSync(join(folder, side, 'orders.yaml'), text)
    writeFileSync(join(folder, side, 'owners.yaml'), 'ops: {title: Operations}\n')
  }
  const marks = `- {title: slow, from: 2026-05-05T13:00:00Z, to: 2026-05-05T14:00:00Z, segment: {wh: a}}
- {title: elsewhere, from: 2026-05-05T13:00:00Z, to: 2026-05-05T14:00:00Z, segment: {wh: b}}
- {title: another day, from: 2026-05-06, to: 2026-05-07}
`
  writeFileSync(join(folder, 'marks.yaml'), marks)
})

afterAll(() => rmSync(folder, { recursive: true }))

const backtest = (...args: readonly string[]) => run('--input', join(folder, 'events.ndjson'), ...args)

async function run(...args: readonly string[]) {
  const said = { print: '', complain: '' }
  const code = await runCommandLine(['backtest', ...args], {
    print: text => {
      said.print += text
    },
    complain: text => {
      said.complain += text
    },
  })
  return { code, ...said }
}

const side = (name: string) => join(folder, name)

describe('a backtest', () => {
  test('counts what each rule would have told, beside what it told before, and how the marks were found', async () => {
    const args = ['--rules', side('new'), '--against', side('old'), '--marks', side('marks.yaml')]
    const { code, print } = await backtest(...args)
    expect(code).toBe(0)
    expect(print.split('\n').slice(0, -2)).toEqual([
      'orders, 2026-05-05T12:00:00.000Z to 2026-05-05T15:00:00.000Z, old → new',
      '  rule    alerts   minutes firing   messages   flaps       precision',
      '  full     1 → 1          53 → 59      2 → 2   0 → 0   100 % → 100 %',
      '  fresh    – → 0            – → 0      – → 0   – → 0           – → –',
      '  gone     1 → –           54 → –      2 → –   0 → –       100 % → –',
      '  slow: full after 9m → full after 7m',
      '  elsewhere: not found → not found',
    ])
  })

  test('says the same whether both sides are judged over one fold or over two', async () => {
    const told = async (...args: readonly string[]) =>
      JSON.parse((await backtest(...args, '--json')).print).processes[0]
    const one = await told('--rules', side('new'), '--against', side('old'))
    const two = await told('--rules', side('new'), '--against', side('target'))
    expect([one.one_fold, two.one_fold]).toEqual([true, false])
    // Only a target says when visits are due.
    const leads = two.rules.map(({ old }: { old: { lead_before_breach: object } | null }) => old?.lead_before_breach)
    expect(leads).toEqual([
      { median_ms: -4 * minute, before: 0, after: 1 },
      undefined,
      { median_ms: -4 * minute, before: 0, after: 1 },
    ])
    for (const { old } of two.rules) if (old !== null) old.lead_before_breach = null
    expect(two).toEqual({ ...one, one_fold: false })
    expect(one.rules.map(({ difference }: { difference: object | null }) => difference)).toEqual([
      { alerts: 0, minutes_firing: 6, notifications: 0, flaps: 0 },
      null,
      null,
    ])
    const alone = await told('--rules', side('new'))
    expect(alone.rules.map(({ new: own }: { new: object }) => own)).toEqual(
      one.rules.slice(0, 2).map(({ new: own }: { new: object }) => own),
    )
  })

  test('reads what the store has kept of every log, and says the same as of the file', async () => {
    const data = join(folder, 'data')
    const store = await openStore({ kind: 'embedded', path: join(data, 'clickhouse') })
    const lines = events().trimEnd().split('\n')
    const records = lines.map((line, offset): KeptRecord => {
      const { wh } = JSON.parse(line) as { wh: string }
      const of = { process: 'orders', topic: 'events', partition: wh === 'a' ? 0 : 3 }
      return { ...of, offset: 100 + offset, timestamp: undefined, key: null, value: Buffer.from(line) }
    })
    store.write({ records, visits: [], panes: [], measurePanes: [], deadLetters: [], settled: [] })
    await store.close()
    const config = join(folder, 'stagewatch.yaml')
    writeFileSync(config, `data: ${data}\nrules: ${side('new')}\nkafka: {brokers: ["127.0.0.1:9"]}\n`)
    const args = ['--rules', side('new'), '--against', side('old'), '--json']
    const ofStore = await run('--config', config, '--stored', ...args)
    expect([ofStore.code, ofStore.complain]).toEqual([0, ''])
    const { processes } = JSON.parse(ofStore.print)
    expect(processes).toEqual(JSON.parse((await backtest(...args)).print).processes)
    expect(processes[0].rules[0].new.alerts).toBe(1)
  })

  test.each<[string, readonly string[], string]>([
    ['nothing to read', [], 'there is nothing to read the past from'],
    ['two pasts', ['--input', 'a.ndjson', '--config', 'c.yaml'], 'not both'],
    ['a store of nobody', ['--input', 'a.ndjson', '--stored'], '--stored needs to know whose store'],
  ])('%s is refused', async (_what, args, problem) => {
    const { code, complain } = await run('--rules', side('new'), ...args)
    expect(code).toBe(2)
    expect(complain).toContain(problem)
    expect(complain).toContain('remedy:')
  })

  test('a store that has kept no records is told, with what to do', async () => {
    const data = join(folder, 'empty')
    await (await openStore({ kind: 'embedded', path: join(data, 'clickhouse') })).close()
    const config = join(folder, 'empty.yaml')
    writeFileSync(config, `data: ${data}\nrules: ${side('new')}\nkafka: {brokers: ["127.0.0.1:9"]}\n`)
    const { code, complain } = await run('--rules', side('new'), '--config', config, '--stored')
    expect([code, complain]).toEqual([2, expect.stringContaining('has no records of orders')])
    expect(complain).toContain('store.events: true')
  })

  test('counts messages as notifications.yaml groups and repeats them, without a receiver for none', async () => {
    const messages = async (route: string) => {
      writeFileSync(join(folder, 'old', 'notifications.yaml'), `route: ${route}\n`)
      const { print } = await backtest('--rules', side('old'), '--json')
      rmSync(join(folder, 'old', 'notifications.yaml'))
      return JSON.parse(print).processes[0].rules.map(({ new: own }: never) => (own as RuleScore).notifications)
    }
    // The end of the one tells of the other as well, which goes on.
    expect(await messages('{group_wait: 5m, repeat_interval: 1d}')).toEqual([2, 3])
    // Both fire for 52 and 54 minutes.
    expect(await messages('{group_by: [alertname], group_wait: 0s, repeat_interval: 20m}')).toEqual([4, 4])
    expect(await messages('{routes: [{matchers: [alertname=full], receivers: []}], repeat_interval: 1d}')).toEqual([
      0, 2,
    ])
  })

  test('counts what fires from a time on, and before another, the past being judged all the same', async () => {
    const alerts = async (from: string, to: string) => {
      const { print } = await backtest('--rules', side('old'), '--from', from, '--to', to, '--json')
      return JSON.parse(print).processes[0].rules.map(({ new: { alerts: count, minutes_firing: minutes } }: never) => [
        count,
        minutes,
      ])
    }
    // It fires at 13:09 and ends at 14:01.
    expect(await alerts('2026-05-05T13:09:00Z', '2026-05-05T13:30:00Z')).toEqual([
      [1, 21],
      [1, 19],
    ])
    expect(await alerts('2026-05-05T13:12:00Z', '2026-05-05T15:00:00Z')).toEqual([
      [0, 0],
      [0, 0],
    ])
    expect(await alerts('2026-05-05T12:00:00Z', '2026-05-05T13:09:00Z')).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  test.each<[string, readonly string[], number, string]>([
    ['a time that is none', ['--from', 'yesterday'], 2, '"yesterday" is no time such as 2026-01-31'],
    ['rules that are not there', ['--against', 'nowhere'], 2, 'the rules folder nowhere does not exist'],
    ['marks that are not there', ['--marks', 'nowhere.yaml'], 2, 'the marks nowhere.yaml cannot be read'],
  ])('%s is told with a remedy', async (_what, args, expected, problem) => {
    const { code, complain } = await backtest('--rules', side('new'), ...args)
    expect(code).toBe(expected)
    expect(complain).toContain(problem)
    expect(complain).toContain('remedy:')
  })

  test('mistakes in the marks are told with their places, all at once', async () => {
    const text = '- {title: a, from: 2026-05-06, to: 2026-05-05}\n- {title: b, form: 2026-05-06, to: soon}\n'
    writeFileSync(side('wrong.yaml'), text)
    const { code, complain } = await backtest('--rules', side('new'), '--marks', side('wrong.yaml'))
    expect(code).toBe(1)
    expect(complain).toContain('wrong.yaml:2:14 error unknown key "form"; did you mean "from"?')
    expect(complain).toContain('wrong.yaml:2:36 error "to" must be a time such as 2026-01-31')
    writeFileSync(side('wrong.yaml'), '- {title: a, from: 2026-05-06, to: 2026-05-05}\n')
    const turned = await backtest('--rules', side('new'), '--marks', side('wrong.yaml'))
    expect(turned.complain).toContain('wrong.yaml:1:36 error the incident ends before it begins')
  })
})

const episode = (fired: number, resolved: number | undefined, changes: Partial<Episode> = {}): Episode => ({
  id: `${fired}`,
  rule: 'slow',
  stage: 'picking',
  segment: { wh: 'a' },
  fired: instant(fired * minute),
  resolved: resolved === undefined ? undefined : instant(resolved * minute),
  ...changes,
})

const mark = (changes: Partial<Mark> = {}): Mark => ({
  title: 'm',
  from: instant(10 * minute),
  to: instant(20 * minute),
  stage: undefined,
  segment: {},
  rules: undefined,
  ...changes,
})

test.each<[string, Episode, Mark, boolean]>([
  ['that was open within it', episode(12, 13), mark(), true],
  ['that was open before it and in it', episode(5, 11), mark(), true],
  ['that ended as it began', episode(5, 10), mark(), false],
  ['that began as it ended', episode(20, 25), mark(), false],
  ['that is open to this day', episode(5, undefined), mark(), true],
  ['of its stage', episode(12, 13), mark({ stage: 'picking' }), true],
  ['of another stage', episode(12, 13), mark({ stage: 'packing' }), false],
  ['of its rules', episode(12, 13), mark({ rules: ['slow'] }), true],
  ['of another rule', episode(12, 13), mark({ rules: ['fast'] }), false],
  ['of its segment', episode(12, 13), mark({ segment: { wh: 'a' } }), true],
  ['of another segment', episode(12, 13), mark({ segment: { wh: 'b' } }), false],
  ['of a rule that is not cut so finely', episode(12, 13, { segment: {} }), mark({ segment: { wh: 'b' } }), true],
])('an episode %s meets a mark, or does not', (_what, one, of, expected) => {
  expect(meets(one, of)).toBe(expected)
})

test('an alert that fires again soon after its end flaps, by segment', () => {
  const other = { segment: { wh: 'b' } }
  const episodes = [
    episode(0, 10),
    episode(12, 14, other),
    episode(15, 20),
    episode(25, undefined),
    episode(90, 91, other),
  ]
  const end = instant(100 * minute)
  const score = scoreOf('slow', episodes, 9, {
    end,
    flapWithinMs: 5 * minute,
    marks: [mark()],
    breaches: { leadOf: () => ({ medianMs: 3, before: 1, after: 0 }) },
  })
  expect(score).toEqual({
    rule: 'slow',
    alerts: 5,
    minutesFiring: 10 + 2 + 5 + 75 + 1,
    notifications: 9,
    flaps: 2,
    marked: 2,
    lead: { medianMs: 3, before: 1, after: 0 },
  })
})

test('a mark is found by the first alert that meets it, be it open before', () => {
  expect(foundOf(mark(), [episode(16, 17), episode(4, 11)])).toMatchObject({ rule: 'slow', hours: -0.1 })
  expect(foundOf(mark(), [episode(21, 22)])).toMatchObject({ rule: undefined, hours: undefined })
})
