import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { until } from '../../test/support/until.ts'
import { runCommandLine } from './command-line.ts'
import { type SendOptions, sendFile } from './send.ts'

/** What the server says to each request; the last one to all that follow. */
type Answer = { readonly status: number; readonly again?: string; readonly body: object } | 'hangs up'

let folder: string
let server: Server
let url: URL
let answers: Answer[]
let asked: { readonly path: string; readonly id: string; readonly token?: string; readonly lines: string[] }[]
let waitedMs: number[]

const kept = (more: object = {}): Answer => ({
  status: 202,
  body: { topic: 'orders', accepted: 1, repeated: false, rejected_count: 0, rejected: [], ...more },
})

const refused = (status: number, detail: string, again?: string): Answer => ({
  ...{ status, body: { type: 't', title: 't', status, detail, remedy: 'do something', instance: '/' } },
  ...(again !== undefined && { again }),
})

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-send-'))
  answers = [kept()]
  asked = []
  waitedMs = []
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', text => {
      body += text
    })
    request.on('end', () => {
      const { url: path = '', headers } = request
      const token = headers.authorization
      const lines = body.split('\n').slice(0, -1)
      asked.push({ path, id: String(headers['idempotency-key']), ...(token !== undefined && { token }), lines })
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) as Answer
      if (answer === 'hangs up') return request.socket.destroy()
      const again = answer.again === undefined ? {} : { 'retry-after': answer.again }
      return response.writeHead(answer.status, again).end(JSON.stringify(answer.body))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})

afterEach(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

function write(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

const send = (file: string, more: Partial<SendOptions> = {}) =>
  sendFile({
    ...{ url, file, topic: undefined, key: undefined, progress: () => {} },
    wait: async ms => waitedMs.push(ms),
    ...more,
  })

test('a file goes in batches, each named by its records, and rejected lines are those of the file', async () => {
  const lines = Array.from({ length: 2_500 }, (_, index) => `{"n":${index}}`)
  const rejected = [{ line: 500, process: 'orders', reason: 'not-json', detail: 'it is none' }]
  answers = [
    kept({ accepted: 1_000 }),
    kept({ accepted: 1_000, repeated: true }),
    kept({ accepted: 500, rejected_count: 30, rejected }),
  ]
  const told: number[] = []
  const file = write('orders.ndjson.gz', gzipSync(`\n${lines.join('\n')}`))
  expect(await send(file, { topic: 'orders', key: 'a b', progress: records => told.push(records) })).toEqual({
    ...{ topic: 'orders', records: 2_500, batches: 3, repeated: 1, rejected_count: 30 },
    rejected: [{ ...rejected[0], line: 2_501 }],
  })
  expect(told).toEqual([1_000, 2_000, 2_500])
  expect(asked.flatMap(request => request.lines)).toEqual(lines)
  expect(asked[0]?.path).toBe('/api/v1/events?topic=orders&key=a+b')
  const ids = asked.splice(0).map(({ id }) => id)
  answers = [kept()]
  await send(file, { topic: 'orders', key: 'a b' })
  expect(asked.map(({ id }) => id)).toEqual(ids)
  expect(new Set(ids).size).toBe(3)
})

test('long records make small batches', async () => {
  await send(write('long.ndjson', `${'x'.repeat(700_000)}\n${'y'.repeat(700_000)}\nz\n`))
  expect(asked.map(({ lines }) => lines.length)).toEqual([1, 2])
})

test('a batch that is not taken is sent again when the server says, under the same id', async () => {
  answers = ['hangs up', refused(429, 'it is full', '5'), refused(503, 'it is away', '0'), kept()]
  expect(await send(write('orders.ndjson', '{}\n'))).toMatchObject({ records: 1, batches: 1 })
  expect(waitedMs).toEqual([1_000, 5_000, 1_000])
  expect(new Set(asked.map(({ id }) => id)).size).toBe(1)
})

test('what will go no better ends it, with how far it came', async () => {
  answers = [kept({ accepted: 1_000 }), refused(404, 'topic x takes no events')]
  const file = write('orders.ndjson', '{}\n'.repeat(1_001))
  await expect(send(file)).rejects.toMatchObject({
    message: '1,000 records were sent, then: topic x takes no events',
    remedy: 'do something; then run this again: what was sent is not counted twice',
  })
  answers = [refused(429, 'it is full', '30')]
  await expect(send(file)).rejects.toThrow('0 records were sent, then: it is full')
  expect(waitedMs).toEqual([30_000, 30_000, 30_000, 30_000])
  await expect(send(join(folder, 'none'))).rejects.toThrow(/none cannot be read: ENOENT/)
  await expect(send(write('broken.gz', 'no gzip'))).rejects.toThrow(/broken.gz cannot be read: incorrect header check/)
})

test('what comes through a pipe is sent as it comes', async () => {
  const main = fileURLToPath(new URL('../../dist/app/main.js', import.meta.url))
  const command = spawn(process.execPath, [main, 'send', '-', '--url', url.href], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  onTestFinished(() => void command.kill())
  const ended = new Promise(resolve => command.once('close', resolve))
  command.stdin.write('{"n":1}\n{"n":2}\n{"n"')
  await until('the first batch comes', 60_000, () => asked.length > 0)
  expect(asked.map(({ lines }) => lines)).toEqual([['{"n":1}', '{"n":2}']])
  command.stdin.end(':3}')
  expect(await ended).toBe(0)
  expect(asked.at(-1)?.lines).toEqual(['{"n":3}'])
})

test('the command tells what came of it, and ends with 1 where some cannot be counted', async () => {
  const rejected = [{ line: 1, process: 'orders', reason: 'not-json', detail: 'it is none' }]
  answers = [kept({ repeated: true, rejected_count: 2, rejected })]
  let out = ''
  const print = (text: string) => {
    out += text
  }
  const terminal = { print, complain: () => {} }
  expect(await runCommandLine(['send', write('orders.ndjson', '{}\n'), '--url', url.href], terminal)).toBe(1)
  expect(out).toBe(`1 record in 1 batch, 1 of them sent before, to orders
2 cannot be counted, and are kept as dead letters:
  line 1: not-json (orders): it is none
  …
`)
})

test('where people sign in it sends the token of the environment', async () => {
  vi.stubEnv('STAGEWATCH_TOKEN', 'sw_x')
  await send(write('one.ndjson', '{"n":1}\n')).finally(() => vi.unstubAllEnvs())
  expect(asked.map(({ token }) => token)).toEqual(['Bearer sw_x'])
})
