import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { stagewatch } from './support/command.ts'
import { badRecords, event, goodEvents, writeRules } from './support/orders.ts'

/* What a user gets wrong, through the command as it is run: a message with a remedy, or a counted refusal. */

let folder: string
let rules: string
let out: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-bad-'))
  rules = writeRules(folder)
  out = join(folder, 'out')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const replay = (input: string) => stagewatch('replay', '--rules', rules, '--input', input, '--out', out)

function write(lines: readonly string[]): string {
  const file = join(folder, 'events.ndjson')
  writeFileSync(file, lines.map(line => `${line}\n`).join(''))
  return file
}

const summary = () => JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'))

const visits = () =>
  readFileSync(join(out, 'visits.ndjson'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => {
      const { case: parcel, stage, outcome } = JSON.parse(line)
      return `${parcel} ${stage} ${outcome}`
    })
    .sort()

const goodVisits = ['p1 delivery completed', 'p1 sorting completed', 'p2 delivery open', 'p2 sorting completed']

test.each(badRecords())(
  'a record that is $reason is counted by its reason, and everything else is counted',
  async ({ reason, value }) => {
    const good = goodEvents()
    const ended = await replay(write([...good.slice(0, 2), value, ...good.slice(2)]))
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ended.stdout).toContain(`1 rejected (${reason} 1)`)
    expect(ended.stdout).toMatch(new RegExp(`\\nrejected as ${reason}, 1:\\n  ${folder}/events\\.ndjson:3 [^\\n]+\\n$`))
    const { total, elapsed_ms, events_per_second } = summary()
    expect(events_per_second).toBe(Math.round((total.counts.events * 1_000) / elapsed_ms))
    expect(total.rejected_by).toEqual({ [reason]: 1 })
    expect(total.counts).toMatchObject({ consumed: 6, decoded: 5, skipped: 0, rejected: 1, events: 5, counted: 5 })
    expect(visits()).toEqual(goodVisits)
  },
)

test('an activity that the process does not name is counted under its name', async () => {
  await replay(write([...goodEvents(), event('p2', 'lost'), event('p4', 'lost')]))
  const { total } = summary()
  expect(total.ignored_by).toEqual({ lost: 2 })
  expect(total.counts).toMatchObject({ consumed: 7, decoded: 7, events: 7, ignored: 2, counted: 5 })
  expect(visits()).toEqual(goodVisits)
})

test('an empty file is nothing wrong: four files, no rows', async () => {
  expect(await replay(write([]))).toMatchObject({ code: 0, stderr: '' })
  expect(summary().total.counts).toMatchObject({ consumed: 0, events: 0 })
  expect(readdirSync(out).sort()).toEqual(['alerts.ndjson', 'summary.json', 'visits.ndjson', 'windows.ndjson'])
  expect(visits()).toEqual([])
})

test('a file that is not there is said with what to do, and nothing is written', async () => {
  const missing = join(folder, 'nowhere.ndjson')
  const ended = await replay(missing)
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toContain(missing)
  expect(ended.stderr).toMatch(/\n {2}remedy: (?!this was not foreseen)/)
  expect(existsSync(out)).toBe(false)
})

test('broken YAML is told with file, line and column', async () => {
  const file = join(rules, 'parcels.yaml')
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace('activities: [received, sorted', 'activities: [received: sorted'),
  )
  const line =
    readFileSync(file, 'utf8')
      .split('\n')
      .findIndex(text => text.startsWith('activities')) + 1
  const ended = await replay(write(goodEvents()))
  expect(ended).toMatchObject({ code: 1, stdout: '' })
  expect(ended.stderr).toMatch(new RegExp(`${file}:${line}:\\d+`))
  expect(ended.stderr).toContain('remedy:')
  expect(existsSync(out)).toBe(false)
})

test('a folder for the result that cannot be made is said with what to do', async () => {
  writeFileSync(join(folder, 'a-file'), '')
  out = join(folder, 'a-file', 'out')
  const ended = await replay(write(goodEvents()))
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toContain(`the result cannot be written to ${out}`)
  expect(ended.stderr).toContain('remedy: name another folder with --out')
})

test('a port in use is said with what to do, and nothing is left running', async () => {
  const other = createServer()
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  try {
    const data = join(folder, 'data')
    const ended = await stagewatch('start', '--port', String(port), '--data', data)
    expect(ended).toMatchObject({ code: 2, signal: null, stdout: '' })
    expect(ended.stderr).toContain(
      `port ${port} is in use by another program\n  remedy: stop it or choose another port`,
    )
    expect(existsSync(data)).toBe(false)

    const config = join(folder, 'stagewatch.yaml')
    writeFileSync(config, `http: {port: ${port}}\nkafka: {brokers: [127.0.0.1:1]}\ndata: ${data}\nrules: ${rules}\n`)
    const run = await stagewatch('run', '--config', config)
    expect(run).toMatchObject({ code: 2, signal: null })
    expect(run.stderr).toContain('http.port in the configuration')
    expect(existsSync(data)).toBe(false)
  } finally {
    other.close()
  }
})

test('a configuration that is broken is told with its places, one that is missing with what to do', async () => {
  const config = join(folder, 'stagewatch.yaml')
  writeFileSync(config, 'http: {port: 80800}\nkafka: {broker: [127.0.0.1:9092]}\n')
  const broken = await stagewatch('run', '--config', config)
  expect(broken).toMatchObject({ code: 1, stdout: '' })
  expect(broken.stderr).toContain(`${config}:1:`)
  expect(broken.stderr).toContain(`${config}:2:`)
  const missing = await stagewatch('run', '--config', join(folder, 'nowhere.yaml'))
  expect(missing).toMatchObject({ code: 2, stdout: '' })
  expect(missing.stderr).toMatch(/nowhere\.yaml does not exist\n {2}remedy: name it with --config/)
})
