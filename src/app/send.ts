import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type IngestAnswer, ingestAnswerSchema } from '../protocol/ingest.ts'
import { problemSchema } from '../protocol/problem.ts'
import { type Line, LineSplitter } from '../source/line-splitter.ts'
import { authorization } from './api-request.ts'
import { CouldNotRun } from './could-not-run.ts'

const BATCH_RECORDS = 1_000
const BATCH_BYTES = 1_048_576
const ANSWERS_WITHIN_MS = 60_000
const GIVE_UP_AFTER_MS = 120_000
const AGAIN_AFTER_MS = 1_000
const MOST_TOLD = 20

export type SendOptions = {
  /** Of the API. */
  readonly url: URL
  /** NDJSON, plain or .gz; `-` is the standard input. */
  readonly file: string
  readonly topic: string | undefined
  /** Of every record. */
  readonly key: string | undefined
  readonly progress: (records: number) => void
  readonly wait: (ms: number) => Promise<unknown>
}

export type Sent = {
  topic: string | undefined
  records: number
  batches: number
  /** Batches that had been sent before. */
  repeated: number
  rejected_count: number
  /** The first of them; lines of the file, from 1. */
  readonly rejected: IngestAnswer['rejected']
}

/**
 * Sends the lines of a file as events, a batch after the other, each until it is durable.
 *
 * The id of a batch is made of its records: a file that is sent again, as after a crash, is not counted again. What comes
 * through a pipe is sent as it comes, and cut otherwise the next time: then its events are known by their identity.
 *
 * @throws CouldNotRun where the file cannot be read, or a batch is refused or not taken for two minutes: it says how far it came.
 */
export async function sendFile(options: SendOptions): Promise<Sent> {
  const sent: Sent = { topic: options.topic, records: 0, batches: 0, repeated: 0, rejected_count: 0, rejected: [] }
  for await (const lines of batchesOf(options.file)) {
    const { topic, accepted, repeated, rejected_count, rejected } = await sendBatch(options, lines, sent)
    sent.topic = topic
    sent.records += accepted
    sent.batches++
    if (repeated) sent.repeated++
    sent.rejected_count += rejected_count
    const room = MOST_TOLD - sent.rejected.length
    const placed = rejected.map(one => ({ ...one, line: (lines[one.line - 1] as Line).number + 1 }))
    sent.rejected.push(...placed.slice(0, room))
    options.progress(sent.records)
  }
  return sent
}

async function* batchesOf(file: string): AsyncGenerator<Line[]> {
  const splitter = new LineSplitter()
  let lines: Line[] = []
  let bytes = 0
  function* cut(more: readonly Line[]): Generator<Line[]> {
    for (const line of more) {
      if (lines.length === BATCH_RECORDS || (lines.length > 0 && bytes + line.bytes.length > BATCH_BYTES)) {
        yield lines
        lines = []
        bytes = 0
      }
      lines.push(line)
      bytes += line.bytes.length
    }
  }
  function* rest(): Generator<Line[]> {
    if (lines.length > 0) yield lines
    lines = []
    bytes = 0
  }
  try {
    for await (const chunk of contentOf(file)) {
      yield* cut(splitter.push(chunk as Buffer))
      // Whatever writes to a pipe may not write more for long.
      if (file === '-') yield* rest()
    }
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause)) throw cause
    const problem = `${file} cannot be read: ${cause.message}`
    throw new CouldNotRun({ problem, remedy: 'name a file of one JSON record a line, plain or .gz', cause })
  }
  yield* cut(splitter.end())
  yield* rest()
}

function contentOf(file: string): Readable {
  if (file === '-') return process.stdin
  const stream = createReadStream(file)
  if (!file.endsWith('.gz')) return stream
  const unpacked = createGunzip()
  stream.on('error', error => unpacked.destroy(error))
  return stream.pipe(unpacked)
}

async function sendBatch(options: SendOptions, lines: readonly Line[], sent: Sent): Promise<IngestAnswer> {
  const { topic, key, wait } = options
  const url = new URL('/api/v1/events', options.url)
  if (topic !== undefined) url.searchParams.set('topic', topic)
  if (key !== undefined) url.searchParams.set('key', key)
  const body = Buffer.concat(lines.flatMap(({ bytes }) => [bytes, newLine]))
  const id = createHash('sha256')
    .update(key ?? '')
    .update(newLine)
    .update(body)
    .digest('base64url')
  for (let waitedMs = 0; ; ) {
    const answer = await post(url, id, body)
    if ('accepted' in answer) return answer
    const { problem, remedy, againAfterMs } = answer
    if (againAfterMs === undefined || waitedMs >= GIVE_UP_AFTER_MS) {
      throw new CouldNotRun({
        problem: `${sent.records.toLocaleString('en')} records were sent, then: ${problem}`,
        remedy: `${remedy}; then run this again: what was sent is not counted twice`,
      })
    }
    await wait(againAfterMs)
    waitedMs += againAfterMs
  }
}

const newLine = Buffer.from('\n')

/** @param againAfterMs when it may go better; undefined: it will not. */
type Refused = { readonly problem: string; readonly remedy: string; readonly againAfterMs: number | undefined }

async function post(url: URL, id: string, body: Buffer): Promise<IngestAnswer | Refused> {
  const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': id, ...authorization() }
  const request = {
    method: 'POST',
    headers,
    body: new Uint8Array(body),
    signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
  }
  let response: Response
  let said: unknown
  try {
    response = await fetch(url, request)
    said = await response.json()
  } catch (error) {
    const { message, cause } = error as Error
    const problem = `${url.origin} does not answer: ${(cause as Error | undefined)?.message ?? message}`
    return { problem, remedy: 'start the process, or name its address with --url', againAfterMs: AGAIN_AFTER_MS }
  }
  const answer = ingestAnswerSchema.safeParse(said)
  if (response.status === 202 && answer.success) return answer.data
  const problem = problemSchema.safeParse(said)
  const againAfterS = Number(response.headers.get('retry-after') ?? Number.NaN)
  return {
    problem: problem.success
      ? problem.data.detail
      : `${url.origin} answers HTTP ${response.status}, and not as Stagewatch does`,
    remedy: problem.success ? problem.data.remedy : 'name the address of the page with --url',
    againAfterMs: Number.isNaN(againAfterS) ? undefined : Math.max(AGAIN_AFTER_MS, againAfterS * 1_000),
  }
}

export function sentText({ topic, records, batches, repeated, rejected_count, rejected }: Sent): string {
  const number = (value: number) => value.toLocaleString('en')
  const known = repeated > 0 ? `, ${number(repeated)} of them sent before` : ''
  const counted = (value: number, one: string, many: string) => `${number(value)} ${value === 1 ? one : many}`
  const what = `${counted(records, 'record', 'records')} in ${counted(batches, 'batch', 'batches')}`
  const lines = [`${what}${known}, to ${topic ?? 'no topic'}`]
  if (rejected_count > 0) lines.push(`${number(rejected_count)} cannot be counted, and are kept as dead letters:`)
  for (const { line, process, reason, detail } of rejected)
    lines.push(`  line ${line}: ${reason} (${process}): ${detail}`)
  if (rejected_count > rejected.length) lines.push('  …')
  return `${lines.join('\n')}\n`
}
