import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../test/support/kafka/broker.ts'
import { GrowingLog } from '../../test/support/source/growing-log.ts'
import { until } from '../../test/support/until.ts'
import { loadDefinitions } from '../model/load.ts'
import type { Alert } from '../protocol/alert.ts'
import type { SilenceAnswer, SilenceView } from '../protocol/silence.ts'
import { runCommandLine } from './command-line.ts'
import { type Live, openLive } from './live.ts'

let directory: string
let data: string
let live: Live
let log: GrowingLog

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-alert-commands-'))
  data = join(directory, 'data')
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
  const { definitions, problems } = loadDefinitions([
    { name: 'orders.yaml', text },
    { name: 'owners.yaml', text: 'pickers: {title: pickers}\n' },
  ])
  if (definitions === undefined) throw new Error(JSON.stringify(problems))
  log = new GrowingLog('orders.events')
  log.append({ order: 'a', activity: 'paid', wh: 'WH-1', ts: new Date(Date.now() - 5_000).toISOString() })
  live = await openLive({
    definitions,
    data,
    store: { kind: 'embedded' },
    keeping: { visits: { keep: 'all' }, days: {}, events: false },
    replaces: false,
    http: { host: '127.0.0.1', port: await freePort() },
    saveEveryMs: 1_000,
    logger: pino({ level: 'silent' }),
    brokers: undefined,
    openSource: async () => log.open(),
  })
})

afterAll(async () => {
  await live.stop()
  rmSync(directory, { recursive: true })
})

async function run(...args: readonly string[]) {
  const said = { print: '', complain: '' }
  const code = await runCommandLine(args, {
    print: text => {
      said.print += text
    },
    complain: text => {
      said.complain += text
    },
  })
  return { code, ...said }
}

/** Over the process that has the data folder. */
const runThere = (...args: readonly string[]) => run(...args, '--data', data)

const firing = (): Promise<Alert> =>
  until('an alert that fires', 30_000, async () => {
    const { print } = await runThere('alerts', 'list', '--json')
    return (JSON.parse(print === '' ? '[]' : print) as Alert[]).find(({ state }) => state === 'firing')
  })

test('alerts are listed, looked at and acted on by whoever names the data folder', async () => {
  const { id } = await firing()
  for (const [args, said] of [
    [['ack', id, '--by', 'li.wei'], 'li.wei: acknowledge'],
    [['assign', id, 'ana', '--by', 'li.wei'], 'li.wei: assign ana'],
    [['snooze', id, '--for', '2h', '--by', 'li.wei'], 'li.wei: snooze 20'],
    [['comment', id, 'the belt is being repaired', '--by', 'ana'], 'ana: comment the belt is being repaired'],
    [['feedback', id, 'false_alarm', '--by', 'ana'], 'ana: feedback false_alarm'],
  ] as const) {
    const { code, print, complain } = await runThere('alerts', ...args)
    expect([code, complain]).toEqual([0, ''])
    expect(print).toContain(said)
  }
  // Some are not over: that is found, as with dead letters that wait.
  const listed = await runThere('alerts')
  expect(listed.code).toBe(1)
  expect(listed.print).toMatch(
    new RegExp(
      [
        `^${id}  warning   firing      orders/picking_waits at warehouse=WH-1, for .*`,
        ' {18}acknowledged by li.wei, .*',
        ' {18}assigned to ana',
        ' {18}snoozed until .*',
        ' {18}false alarm, says ana',
        ' {18}ana: the belt is being repaired\n$',
      ].join('\n'),
    ),
  )
  expect((await runThere('alerts', '--process', 'returns')).print).toBe('no alerts\n')
  expect((await runThere('alerts', 'unack', id, '--by', 'li.wei')).code).toBe(0)
  expect((await runThere('alerts', 'snooze', id, '--end')).code).toBe(0)
  const shown = await until('the history', 30_000, async () => {
    const { print } = await runThere('alerts', 'show', id)
    return print.includes('→ firing') ? print : undefined
  })
  expect(shown).toContain('picking_waits at warehouse=WH-1: firing since ')
  expect(shown).toMatch(/ana: feedback false_alarm\n.*li.wei: unacknowledge\n.* snooze ended\n$/)
  expect((await runThere('alerts', 'list', '--json')).print).not.toContain('acknowledged')
})

test('a silence is added, listed and expired', async () => {
  const { id: alert } = await firing()
  const added = await runThere(
    ...['silence', 'add', 'warehouse=WH-1', 'severity=~"info|warning"', '--for', '2h'],
    ...['--comment', 'shelves are moved', '--by', 'ana', '--json'],
  )
  expect([added.code, added.complain]).toEqual([0, ''])
  const { silence } = JSON.parse(added.print) as SilenceAnswer
  expect([silence.state, silence.created_by, silence.alerts]).toEqual(['active', 'ana', [alert]])
  expect((await runThere('alerts')).print).toContain(`silenced by ${silence.id}\n`)
  const listed = await runThere('silence')
  expect(listed.print).toContain(`${silence.id}  active  warehouse="WH-1" severity=~"info|warning"\n`)
  expect(listed.print).toContain(`, ana: shelves are moved\n    alerts under way: ${alert}\n`)
  const why = await runThere('explain', 'picking_waits', '--segment', 'warehouse=WH-1')
  expect(why.print).toContain(`silenced by ${silence.id} (ana) until `)
  expect((await runThere('silence', 'expire', silence.id, '--by', 'li.wei')).print).toContain('ended by li.wei')
  expect((await runThere('silence', 'list')).print).toBe('no silences\n')
  const all = JSON.parse((await runThere('silence', 'list', '--all', '--json')).print) as SilenceView[]
  expect(all.map(({ id, state }) => [id, state])).toEqual([[silence.id, 'expired']])
})

test('the process is found by its configuration, too, or named by its address', async () => {
  const config = join(directory, 'stagewatch.yaml')
  writeFileSync(config, 'data: ./data\nkafka: {brokers: "127.0.0.1:9092"}\n')
  const { id } = await firing()
  for (const place of [
    ['--config', config],
    ['--url', live.url],
  ]) {
    expect((await run('alerts', 'list', ...place)).print).toContain(id)
  }
})

test.each<[string, readonly string[], string, string]>([
  ['an action that is refused', ['alerts', 'ack', 'nope'], 'no alert nope is listed', 'take the id from'],
  ['feedback that is none', ['alerts', 'feedback', 'x', 'bad'], '`verdict` is neither', 'send a JSON object'],
  ['a snooze of no time', ['alerts', 'snooze', 'x', '--for', '2 hours'], 'Durations are written', 'add --help'],
  ['two ends', ['alerts', 'snooze', 'x', '--for', '2h', '--end'], 'cannot be used with', 'add --help'],
  [
    'a matcher of no label',
    ['silence', 'add', 'warehose=x', '--comment', 'y'],
    'did you mean "warehouse"?',
    'matchers',
  ],
  ['a silence without a reason', ['silence', 'add', 'warehouse=x'], '--comment', 'add --help'],
  ['a silence that there is not', ['silence', 'expire', 'nope'], 'no silence nope is listed', '/api/v1/silences'],
])('%s is told with a remedy, and the command ends with 2', async (_what, args, problem, remedy) => {
  const { code, print, complain } = await runThere(...args)
  expect([code, print]).toEqual([2, ''])
  expect(complain).toContain(problem)
  expect(complain.slice(complain.indexOf('remedy:'))).toContain(remedy)
})

test('where no process has the data folder that is told, with what can be done', async () => {
  const empty = join(directory, 'empty')
  mkdirSync(empty)
  for (const args of [['alerts'], ['silence'], ['explain', 'x', '--process', 'p']]) {
    const { code, complain } = await run(...args, '--data', empty)
    expect(code).toBe(2)
    expect(complain).toContain(`no process has the data folder ${empty}`)
    expect(complain).toContain('remedy: start one (stagewatch run), or name another folder')
  }
})
