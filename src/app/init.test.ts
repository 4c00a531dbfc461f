import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadDefinitions } from '../model/load.ts'
import { newPlan } from '../source/simulation-plan.ts'
import { openSimulator } from '../source/simulator.ts'
import type { Source } from '../source/source.ts'
import type { InitOptions } from './commands/init.ts'
import { runInit } from './init.ts'
import { runReplay } from './replay.ts'

const now = Date.UTC(2026, 10, 23, 12)
let folder: string
let printed: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-init-'))
  printed = ''
})

afterEach(() => rmSync(folder, { recursive: true }))

const noTopic = (): Source => {
  throw new Error('no topic is read here')
}

async function init(
  options: Partial<InitOptions> & Pick<InitOptions, 'sample'>,
  openTopic: (topic: string) => Source = noTopic,
): Promise<string> {
  const out = join(folder, 'rules')
  const terminal = { print: (text: string) => (printed += text), complain: (text: string) => (printed += text) }
  await runInit({ out, force: false, explain: 10, ...options }, { terminal, openTopic, now: () => now })
  return out
}

/** What is in a folder, as loaded definitions. */
function loaded(out: string) {
  const files = readdirSync(out).map(name => ({ name, text: readFileSync(join(out, name), 'utf8') }))
  const { definitions, problems } = loadDefinitions(files)
  expect(problems).toEqual([])
  return definitions?.processes[0]
}

const steps = ['created', 'paid', 'picked', 'delivered']

/** 40 parcels of four steps each, ten minutes between the steps, in order. */
const lines = Array.from({ length: 160 }, (_, index) => {
  const [step, parcel] = [Math.floor(index / 40), index % 40]
  const at = new Date(now - 86_400_000 + (step * 40 + parcel) * 15_000)
  return JSON.stringify({ parcel_id: `P ${parcel}`, status: steps[step], at, region: ['east', 'west'][parcel % 2] })
})

function input(text: string | Uint8Array, name = 'parcels.ndjson'): InitOptions['sample'] {
  writeFileSync(join(folder, name), text)
  return { kind: 'file', file: join(folder, name) }
}

test('a draft loads without a mistake and counts the records that it was made from', async () => {
  const process = loaded(await init({ sample: input(lines.join('\n')), explain: 2 }))
  expect(process).toMatchObject({ name: 'parcels', activities: steps, sources: [{ case: [['parcel_id']] }] })
  expect(process?.stages.map(stage => stage.name)).toEqual([
    'created_to_paid',
    'paid_to_picked',
    'picked_to_delivered',
    'lead_time',
  ])
  expect(printed).toContain('160 = 160 decoded + 0 skipped + 0 rejected')
  expect(printed).toContain('160 = 160 counted + 0 duplicate + 0 late + 0 ignored')
  expect(printed).toContain('line 2: counted as created of parcel P 1 at 2026-11-22T12:00:15.000Z')
  expect(printed).not.toContain('line 3:')
})

test('of a record that is not counted it says why, with its line', async () => {
  const [first = '', second = '', third = ''] = lines
  const broken = [
    ...lines,
    '{"parcel_id": "P 1"',
    third.replace('created', 'delivered').replace('2026-11-22T12', '2026-02-30T12'),
    second,
    first.replace('2026-11-22', '2036-11-22'),
    third.replace('"P 2"', '""'),
  ]
  await init({ sample: input(gzipSync(`${broken.join('\n')}\n`), 'parcels.ndjson.gz'), explain: 0 })
  expect(printed).toContain('165 = 161 decoded + 0 skipped + 4 rejected')
  expect(printed).toContain('line 161: not counted because the record is rejected as not-json: ')
  expect(printed).toContain('line 162: not counted because the record is rejected as bad-time: field "at" holds "2026')
  expect(printed).toContain('not counted because created of parcel P 1 at 2026-11-22T12:00:15.000Z was in line 2')
  expect(printed).toContain('line 164: not counted because the record is rejected as future: ')
  expect(printed).toContain('Rejected, to the dead letters (4 records):\n')
  expect(printed).toContain('Duplicates (1 record):\n')
})

/** 40 orders a day for a month; each is created, paid, sent and closed, hours apart. */
const orders = Array.from({ length: 30 * 40 }, (_, order) =>
  ['created', 'paid', 'sent', 'closed'].map((status, step) => ({
    order_id: `O-${order}`,
    status,
    at: new Date(Date.UTC(2024, 0) + order * 2_160_000 + step * 7_200_000).toISOString(),
  })),
).flat()

const byTime = (events: typeof orders) => events.toSorted((a, b) => (a.at < b.at ? -1 : 1))

/** The log of these orders with everything that can become of an event, but nothing so often that the draft changes. */
function oddLog() {
  const has = (order: number, status: string) => (event: (typeof orders)[number]) =>
    event.order_id === `O-${order}` && event.status === status
  const log = byTime(orders.filter(event => !has(300, 'created')(event) && !has(310, 'paid')(event)))
  const [late] = log.splice(log.findIndex(has(320, 'closed')), 1)
  const [tooLate] = log.splice(log.findIndex(has(330, 'paid')), 1)
  log.splice(log.findIndex(has(330, 'closed')) + 400, 0, tooLate!)
  log.splice(log.findIndex(has(325, 'closed')), 0, late!)
  const closed = log.findIndex(has(340, 'closed'))
  const secondLater = new Date(Date.parse(log[closed]!.at) + 1_000).toISOString()
  log.splice(closed + 1, 0, log[closed]!, { ...log[closed]!, status: 'paid', at: secondLater })
  return log.map(event => JSON.stringify(event))
}

test('every record is told with what a replay of the draft counts, and events without effect have words of their own', async () => {
  const sample = input(['{}', ...oddLog()].join('\n'), 'orders.ndjson')
  const rules = await init({ sample, explain: 0 })
  const { partitions } = await runReplay({
    rules,
    inputs: [{ topic: undefined, file: join(folder, 'orders.ndjson') }],
    out: join(folder, 'replayed'),
  })
  const { counts } = partitions[0]!
  expect(counts).toMatchObject({ rejected: 1, duplicate: 1, late: 1, lateApplied: 1, afterEnd: 1 })
  expect(printed).toContain(`${counts.counted.toLocaleString('en')} counted + 1 duplicate + 1 late + 0 ignored`)
  expect(printed).toContain(
    `of those counted: ${counts.lateApplied} late_applied, ${counts.beforeStart} before_start, ` +
      `${counts.afterEnd} after_end, ${counts.unmatchedEnd} unmatched_end\n`,
  )
  expect(printed).toMatch(
    /: counted as before_start, without effect: paid of order O-300 at .* before the start of its/,
  )
  expect(printed).toMatch(/: counted as after_end, without effect: paid of order O-340 at .* after the end of its case/)
  expect(printed).toMatch(/: counted as sent of order O-310 at .*, unmatched_end: of a stage that it ends no visit was/)
  expect(printed).toMatch(
    /: counted as closed of order O-320 at .*, late_applied: .* behind the newest event, but newer/,
  )
  expect(printed).toMatch(/: not counted because paid of order O-330 at .* came late: .* with a settle of 1h/)
  const said = printed.split('\n').filter(line => /^ {2}line \d+: /.test(line))
  expect(said.length).toBeGreaterThan(10)
  for (const line of said) expect(line).toMatch(/^ {2}line \d+: (counted as |not counted because )/)
})

test('more of a kind than were among the first records are told as more, one of them as one', async () => {
  const [first = '', second = ''] = lines
  await init({ sample: input([first, first, ...lines.slice(1), second].join('\n')), explain: 2 })
  expect(printed).toContain('Duplicates (1 more record):\n')
})

test('that only the first records were looked at is said, and written in the draft', async () => {
  const openTopic = (topic: string) => openSimulator({ topic, plan: newPlan(now), now: () => now })
  const out = await init({ sample: { kind: 'topic', topic: 'orders', brokers: ['localhost:9092'] } }, openTopic)
  expect(printed).toContain('Found in the first 20,000 records:')
  expect(printed).toContain('There are more records, which were not looked at')
  expect(readFileSync(join(out, 'orders.yaml'), 'utf8')).toContain(
    'the first 20,000 records of the topic orders.\n# There',
  )
})

test.each([
  ['2026-orders.ndjson', 'orders', 'made of "2026-orders": a name has a letter first'],
  ['owners.ndjson', 'process', 'in place of "owners": owners.yaml is another file'],
  ['123.ndjson', 'process', 'in place of "123": a name has a letter first'],
])('that %s gives a process of another name is said, and written in the draft', async (file, name, reason) => {
  const out = await init({ sample: input(lines.join('\n'), file) })
  expect(printed).toContain(`  process    ${name}, ${reason}`)
  expect(printed).toContain(`  topic      ${name}, as the file does not say; put its name in the draft`)
  expect(readFileSync(join(out, `${name}.yaml`), 'utf8')).toMatch(new RegExp(`^process: ${name} +# ${reason}`, 'm'))
})

/** Parcels that are opened, packed and picked, and end as `last` says of each; a last one a year later ends the sample. */
const endingIn = (last: (parcel: number) => string[]): string => {
  const event = (parcel: number, status: string, step: number, day: number) =>
    JSON.stringify({
      parcel_id: `P ${parcel}`,
      status,
      at: new Date(now - (400 - day) * 86_400_000 + step * 3_600_000),
    })
  const parcels = Array.from({ length: 50 }, (_, parcel) =>
    ['opened', 'packed', 'picked', ...last(parcel)].map((status, step) => event(parcel, status, step, parcel)),
  )
  return [...parcels.flat(), event(50, 'opened', 0, 390)].join('\n')
}

test('the lead time goes to what most finished cases ended with, and is flagged, where no activity ends them', async () => {
  const last = (parcel: number) => (parcel % 4 === 0 ? ['sent', 'packed'] : ['sent'])
  const out = await init({ sample: input(endingIn(last)) })
  const text = readFileSync(join(out, 'parcels.yaml'), 'utf8')
  expect(text).toContain('# ends: {completed: […]}')
  expect(text).toMatch(
    / {2}lead_time:\n.*\n {4}from: opened\n {4}to: sent .*; CHECK: last in 74 % of the cases that look finished, but some/,
  )
})

test('without a clear end the draft has no lead time, and says so', async () => {
  const last = (parcel: number) => [['sent', 'packed'], ['sent'], ['packed', 'picked']][parcel % 3]!
  const process = loaded(await init({ sample: input(endingIn(last)) }))
  expect(process?.stages.map(stage => stage.name)).not.toContain('lead_time')
  const text = readFileSync(join(folder, 'rules', 'parcels.yaml'), 'utf8')
  expect(text).toMatch(/# No lead_time: the sample does not tell what cases are over with; last .*: \w+ \(34 %\), /)
})

test('the rule of the draft names a stage that is there, whatever its activities are called', async () => {
  const chinese = ['已创建', '已付款', '已拣货', '已送达']
  const renamed = lines.map(line =>
    line.replace(/"status":"(\w+)"/, (_, step) => `"status":"${chinese[steps.indexOf(step)]}"`),
  )
  const process = loaded(await init({ sample: input(renamed.join('\n')) }))
  const [, stage] = /^# {5}stage: (.*)$/m.exec(readFileSync(join(folder, 'rules', 'parcels.yaml'), 'utf8')) ?? []
  expect(process?.stages.map(({ name }) => name)).toContain(stage)
})

test('a process file that is there is only overwritten when that is asked for', async () => {
  const out = await init({ sample: input(lines.join('\n')) })
  const file = join(out, 'parcels.yaml')
  writeFileSync(file, 'mine')
  await expect(init({ sample: input(lines.join('\n')) })).rejects.toMatchObject({
    message: `${file} is there already`,
    remedy: expect.stringContaining('--force'),
  })
  expect(readFileSync(file, 'utf8')).toBe('mine')
  await init({ sample: input(lines.join('\n')), force: true })
  expect(readFileSync(file, 'utf8')).toContain('process: parcels')
})

test('an owners.yaml that is there stays as it is', async () => {
  const out = await init({ sample: input(lines.join('\n')) })
  writeFileSync(join(out, 'owners.yaml'), 'mine')
  await init({ sample: input(lines.join('\n')), force: true })
  expect(readFileSync(join(out, 'owners.yaml'), 'utf8')).toBe('mine')
  expect(printed).toContain('kept ')
})

test('hostile names and values do not break the draft', async () => {
  const names = ['- x: [', 'yes', '"quoted" # no comment', '订单\\n已创建']
  const hostile = lines.map(line => {
    const record = JSON.parse(line)
    const region = ['a\nb: c', 'x\u2028# y'][record.parcel_id.length % 2]
    return JSON.stringify({
      ...record,
      status: names[steps.indexOf(record.status)],
      'the region': region,
      region: undefined,
    })
  })
  expect(loaded(await init({ sample: input(hostile.join('\n'), '%$owners !.ndjson') }))?.activities).toEqual(names)
})

test('a wide row gets columns, and a settle that bears its older times coming again', async () => {
  const stepAt = (parcel: number, step: number) => new Date(now - 86_400_000 + parcel * 15_000 + step * 7_200_000)
  const rows = lines.map((_, index) => {
    const [reached, parcel] = [Math.floor(index / 40), index % 40]
    const times = steps.map((step, place) => [`${step}_at`, place > reached ? null : stepAt(parcel, place)])
    return JSON.stringify({ op: 'u', after: { id: `P ${parcel}`, ...Object.fromEntries(times) } })
  })
  const process = loaded(await init({ sample: input(rows.join('\n')) }))
  expect(process?.sources[0]?.events).toMatchObject({
    kind: 'wide',
    columns: steps.map(step => ({ activity: step, time: { from: ['after', `${step}_at`] } })),
  })
  expect(process?.settleMs).toBeGreaterThan(3_600_000)
  expect(printed).toContain('+ 0 late + 0 ignored')
})

test('records that say nothing are told so, and leave no file', async () => {
  await expect(init({ sample: input('') })).rejects.toMatchObject({
    message: 'parcels.ndjson holds no record to look at',
    remedy: expect.stringContaining('one on each line'),
  })
  await expect(init({ sample: input('id;status\n1;paid\n') })).rejects.toThrow('not a JSON object')
  await expect(init({ sample: input('{"a":1}\n{"a":2}\n') })).rejects.toThrow('no field repeats like a case')
  await expect(init({ sample: { kind: 'file', file: join(folder, 'absent.ndjson') } })).rejects.toThrow(
    'does not exist',
  )
  expect(existsSync(join(folder, 'rules'))).toBe(false)
})

test('a topic is sampled from its beginning, and left again', async () => {
  const opened: Source[] = []
  const openTopic = (topic: string) => {
    const source = openSimulator({ topic, plan: newPlan(now), now: () => now })
    opened.push(source)
    return source
  }
  const sample = { kind: 'topic', topic: 'demo.orders', brokers: ['localhost:9092'] } as const
  const process = loaded(await init({ sample, explain: 1 }, openTopic))
  expect(process).toMatchObject({
    name: 'demo-orders',
    sources: [{ topics: ['demo.orders'], case: [['order_id']], id: ['event_id'] }],
    starts: [{ activity: 0 }],
  })
  expect(printed).toContain('partition 0, offset ')
  await opened[0]?.finished
})

test('a source that cannot read is an error with its remedy', async () => {
  const source: Source = {
    start: async listener =>
      listener.state({ kind: 'failed', reason: 'no broker answers', remedy: 'start it', retrying: false }),
    stop: async () => {},
    finished: new Promise(() => {}),
  }
  const sample = { kind: 'topic', topic: 'orders', brokers: [] } as const
  await expect(init({ sample }, () => source)).rejects.toMatchObject({
    message: 'no broker answers',
    remedy: 'start it',
  })
})

const data = join(import.meta.dirname, '../../../shared/data')

test.skipIf(!existsSync(data)).each([
  ['olist', 'order_id', ['purchased', 'approved', 'handed_to_carrier', 'delivered']],
  ['helpdesk', 'case_id', ['Assign seriousness', 'Take in charge ticket', 'Resolve ticket', 'Closed']],
  ['bpic2012', 'case_id', ['A_SUBMITTED', 'A_PARTLYSUBMITTED', 'A_PREACCEPTED']],
  ['bpic2013-incidents', 'case_id', ['Accepted', 'Queued']],
])('real data of %s (where the shared data is there): the draft fits and counts it', async (name, caseField, path) => {
  const process = loaded(await init({ sample: { kind: 'file', file: join(data, name, 'events.ndjson.gz') } }))
  expect(process).toMatchObject({ name, sources: [{ case: [[caseField]] }] })
  const stages = process?.stages.filter(stage => stage.name !== 'lead_time') ?? []
  const visited = [...stages.map(stage => stage.from[0]), stages.at(-1)?.to[0]]
  expect(visited.map(pattern => process?.activities[pattern?.activity ?? -1]).slice(0, path.length)).toEqual(path)
  expect(printed).toContain('100.0 % of the events are counted or repeat one that is')
})
