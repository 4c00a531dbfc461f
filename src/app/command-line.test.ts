import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { tokenHash } from '../gateway/access/static-tokens.ts'
import { type ExitCode, runCommandLine } from './command-line.ts'
import { brokerList } from './commands/option-values.ts'
import { replayInput } from './commands/replay.ts'
import { loadConfig } from './config.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-cli-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function stagewatch(...args: string[]): Promise<{ code: ExitCode; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await runCommandLine(args, {
    print: text => {
      out += text
    },
    complain: text => {
      err += text
    },
  })
  return { code, out, err }
}

const owners = 'ops: {title: Operations}\n'
const process = `process: orders
owner: ops
sources:
  - {topics: [orders.events], format: json, case: order, activity: step, time: ts}
activities: [paid, picked]
stages:
  picking: {from: paid, to: picked, target: 4h}
rules:
  slow: {stage: picking, window: 1h, when: 'p90 > duration("4h")'}
  quick: {stage: picking, window: 2h, when: wip > 5}
`

function writeRules(text: string): string {
  writeFileSync(join(folder, 'owners.yaml'), owners)
  writeFileSync(join(folder, 'orders.yaml'), text)
  return folder
}

test('check tells what a sound folder defines', async () => {
  const { code, out, err } = await stagewatch('check', '--rules', writeRules(process))
  expect(err).toBe('')
  expect(out).toBe(
    `orders: 1 source (orders.events), 2 activities, 1 stage (picking), 0 metrics, 2 rules
1 owner
2 files checked: no mistakes
`,
  )
  expect(code).toBe(0)
})

test('check tells every mistake with its place, in the language asked for, and ends with 1', async () => {
  const broken = process.replace('to: picked', 'to: piked').replace('when: wip > 5', 'wen: wip > 5')
  const rules = writeRules(broken)
  const english = await stagewatch('check', '--rules', rules)
  expect(english.code).toBe(1)
  expect(english.out).toMatch(/orders\.yaml:7:\d+ error .*"piked".*did you mean "picked"/)
  expect(english.out).toMatch(/orders\.yaml:10:\d+ error unknown key "wen"; did you mean "when"/)
  expect(english.out).toMatch(/2 files checked: \d mistakes, 0 warnings\n$/)
  const chinese = await stagewatch('check', '--rules', rules, '--language', 'zh')
  expect(chinese.code).toBe(1)
  expect(chinese.out).toMatch(/orders\.yaml:10:\d+ 错误 未知的键 "wen"/)
})

test('check tells which coarser panes the old end of a long window uses, which is no mistake', async () => {
  const { code, out } = await stagewatch('check', '--rules', writeRules(process.replace('window: 1h', 'window: 24h')))
  expect(out).toMatch(/orders\.yaml:9:\d+ warning .*24h.*8640 panes.*2m40s/)
  expect(out).toMatch(/2 files checked: 0 mistakes, 1 warning\n$/)
  expect(code).toBe(0)
})

test('check --json tells the same to a program', async () => {
  const sound = JSON.parse((await stagewatch('check', '--json', '--rules', writeRules(process))).out)
  expect(sound).toMatchObject({
    ok: true,
    problems: [],
    processes: [{ process: 'orders', stages: ['picking'], rules: ['slow', 'quick'] }],
    owners: ['ops'],
  })
  const { code, out } = await stagewatch(
    'check',
    '--json',
    '--rules',
    writeRules(process.replace('owner: ops', 'owner: opps')),
  )
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    problems: [{ file: join(folder, 'orders.yaml'), line: 2, column: 8, severity: 'error' }],
  })
})

test('check says what is wrong with a folder that is not there, and ends with 2', async () => {
  const missing = join(folder, 'none')
  expect(await stagewatch('check', '--rules', missing)).toEqual({
    code: 2,
    out: '',
    err: `stagewatch: the rules folder ${missing} does not exist\n  remedy: name the folder that holds your process files with --rules\n`,
  })
})

const parcels = Array.from({ length: 120 }, (_, index) => {
  const [step, parcel] = [Math.floor(index / 40), index % 40]
  const at = new Date(Date.UTC(2026, 10, 22) + (step * 40 + parcel) * 15_000)
  const direction = ['east', 'west'][parcel % 2]
  return JSON.stringify({ parcel_id: `P ${parcel}`, status: ['paid', 'picked', 'sent'][step], at, null: direction })
}).join('\n')

test.each([
  ['null.ndjson', 'null'],
  ['true.ndjson', 'true'],
  ['yes', 'yes'],
  ['123.ndjson', 'process'],
  ['1e3', 'e3'],
])('the draft that init makes of %s passes check, whatever YAML would take its name for', async (file, name) => {
  writeFileSync(join(folder, file), parcels)
  const rules = join(folder, 'rules')
  const { code, out, err } = await stagewatch('init', '--input', join(folder, file), '--out', rules)
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain(`wrote ${join(rules, `${name}.yaml`)}\n`)
  expect(readFileSync(join(rules, `${name}.yaml`), 'utf8')).toMatch(/ by: \["null"\]$/m)
  const checked = await stagewatch('check', '--json', '--rules', rules)
  expect(checked.code).toBe(0)
  expect(JSON.parse(checked.out)).toMatchObject({ ok: true, problems: [], processes: [{ process: name }] })
})

test('schema prints the JSON Schema of a process file, of the owners, of the calendars, of rule tests, or of notifications, as schema/ has it', async () => {
  const shipped = (name: string) => readFileSync(new URL(`../../schema/${name}.schema.json`, import.meta.url), 'utf8')
  expect(await stagewatch('schema')).toEqual({ code: 0, out: shipped('process'), err: '' })
  for (const name of ['process', 'owners', 'calendars', 'test', 'notification']) {
    expect((await stagewatch('schema', name)).out).toBe(shipped(name))
  }
  expect((await stagewatch('schema', 'rules')).code).toBe(2)
})

test('run tells all mistakes of its configuration at once, and ends with 1', async () => {
  const config = join(folder, 'stagewatch.yaml')
  writeFileSync(config, 'kafka: {brokers: [a]}\nhtpp: {}\n')
  const { code, err } = await stagewatch('run', '--config', config)
  expect(code).toBe(1)
  expect(err).toMatch(
    /yaml:1:\d+ error .*\n.*yaml:2:1 error unknown key "htpp"; did you mean "http"\?\nstagewatch: 2 mistakes/,
  )
})

test.each([
  ['run without its configuration', ['run'], /--config <FILE>/],
  ['run with a configuration that is not there', ['run', '--config', '/no/stagewatch.yaml'], /does not exist/],
  ['a command that does not exist', ['chekc'], /unknown command 'chekc'\n {2}remedy: Did you mean check\?/],
  [
    'an option that does not exist',
    ['check', '--rule', 'x'],
    /unknown option '--rule'\n {2}remedy: Did you mean --rules\?/,
  ],
  ['a language that is not spoken', ['check', '--language', 'fr'], /Allowed choices are en, zh/],
  ['a port that is no port', ['start', '--port', '80x'], /whole number from 1 to 65535/],
  [
    'a host that others reach',
    ['start', '--host', '0.0.0.0'],
    /nobody would have to sign in\n {2}remedy: set STAGEWATCH_ADMIN_TOKEN .* or use --host 127\.0\.0\.1/,
  ],
  [
    'an option that is gone',
    ['start', '--allow-without-sign-in'],
    /is gone: .*\n {2}remedy: set STAGEWATCH_ADMIN_TOKEN/,
  ],
  [
    'a token with a role that there is not',
    ['token', '--name', 'a', '--role', 'root'],
    /choices are viewer, responder/,
  ],
  ['init without records', ['init', '--out', 'x'], /--input FILE, or --topic TOPIC/],
  ['init with a topic but no brokers', ['init', '--topic', 't', '--out', 'x'], /--brokers HOST:PORT/],
  ['brokers without a port', ['init', '--topic', 't', '--brokers', 'kafka', '--out', 'x'], /host:port/],
  ['replay without a place for its result', ['replay', '--rules', 'x', '--input', 'y'], /--out <DIR>/],
])('%s is told with a remedy, and ends with 2', async (_what, args, message) => {
  const { code, out, err } = await stagewatch(...args)
  expect(err).toMatch(message)
  expect(err).toMatch(/^stagewatch: .+\n {2}remedy: .+\n$/)
  expect(err).not.toMatch(/\n\s+at /)
  expect([code, out]).toEqual([2, ''])
})

test('help and version are what was asked for, not a failure', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(await stagewatch('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' })
  const help = await stagewatch('--help')
  expect(help.code).toBe(0)
  for (const command of ['start', 'run', 'check', 'replay', 'init', 'schema', 'backup']) {
    expect(help.out).toMatch(new RegExp(`^ {2}${command} `, 'm'))
    const own = await stagewatch(command, '--help')
    expect([own.code, own.err]).toEqual([0, ''])
    expect(own.out).toMatch(/Examples?:\n {2}stagewatch /)
  }
})

test('the input of a replay names a topic where it begins with one', () => {
  expect(replayInput('orders.events=a/b=c.ndjson')).toEqual({ topic: 'orders.events', file: 'a/b=c.ndjson' })
  expect(replayInput('a/b=c.ndjson')).toEqual({ topic: undefined, file: 'a/b=c.ndjson' })
  expect(replayInput('plain.ndjson.gz')).toEqual({ topic: undefined, file: 'plain.ndjson.gz' })
})

test('brokers are separated by commas', () => {
  expect(brokerList('a:1, b:2,')).toEqual(['a:1', 'b:2'])
})

test('a token of the environment that could be guessed is refused, and not shown', async () => {
  vi.stubEnv('STAGEWATCH_ADMIN_TOKEN', 'hush-hush')
  const { code, err } = await stagewatch('start', '--host', '0.0.0.0')
  vi.unstubAllEnvs()
  expect(code).toBe(2)
  expect(err).toMatch(/has fewer than 32 characters, or a space in it\n {2}remedy: let one be made/)
  expect(err).not.toContain('hush')
})

test('a token is made anew each time, and printed with lines that the configuration takes', async () => {
  const made = await Promise.all(
    [1, 2].map(() => stagewatch('token', '--name', 'li "wei"', '--role', 'responder', '--owner', 'ops', 'it')),
  )
  const tokens = made.map(({ out }) => out.split('\n', 1)[0] ?? '')
  expect(new Set(tokens).size).toBe(2)
  for (const [index, token] of tokens.entries()) {
    expect(token).toMatch(/^sw_[\w-]{43}$/)
    const lines = made[index]?.out.split('\nhttp:')[1]
    const { http } = loadConfig(`kafka: {brokers: [a:9092]}\nhttp:${lines}`, 'a.yaml')
    expect(http.signIn?.tokens).toEqual([
      { name: 'li "wei"', role: 'responder', owners: new Set(['ops', 'it']), sha256: tokenHash(token) },
    ])
  }
})
