import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, expect, test } from 'vitest'
import { requestBackup } from '../../src/app/backup-request.ts'
import { ingestIntoLogs } from '../../src/app/ingest/live-ingest.ts'
import { type Live, openLive } from '../../src/app/live.ts'
import { loadRules } from '../../src/app/rules-folder.ts'
import { ownLogsPolicy } from '../../src/app/starting/position-policy.ts'
import { type DetailedStatus, detailedStatusSchema } from '../../src/protocol/status.ts'
import { freePort } from '../support/kafka/broker.ts'
import { until } from '../support/until.ts'
import { event, writeRules } from './support/orders.ts'

/* Logs of our own over the life of a data folder: restarts, a copy, logs that are gone, other definitions. */

const WITHIN_MS = 60_000
const directory = mkdtempSync(join(tmpdir(), 'stagewatch-ingest-logs-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const rules = writeRules(directory)

async function open(data: string, { rebuilds = false } = {}): Promise<Live> {
  const { definitions } = loadRules(rules)
  const logger = pino({ level: 'silent' })
  const ingest = ingestIntoLogs(definitions.processes, undefined, logger)
  return openLive({
    ...{ definitions, data, logger, ingest, replaces: false, brokers: undefined, saveEveryMs: 100 },
    store: { kind: 'embedded' },
    keeping: { visits: { keep: 'all' }, days: {}, events: false },
    http: { host: '127.0.0.1', port: await freePort() },
    positions: ownLogsPolicy(rebuilds),
    openSource: async process => ingest.logs.sourceOf(process),
  })
}

/** Runs until it is over, and stops. */
async function during<Found>(data: string, options: Parameters<typeof open>[1], act: (url: string) => Promise<Found>) {
  const live = await open(data, options)
  try {
    return await Promise.race([live.failed, act(live.url)])
  } finally {
    await live.stop()
  }
}

async function send(url: string, ...parcels: readonly string[]) {
  const at = Date.now() - 600_000
  const lines = parcels.flatMap(parcel => [event(parcel, 'received', at), event(parcel, 'sorted', at + 1_000)])
  const response = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  })
  expect(response.status).toBe(202)
}

const statusOf = async (url: string): Promise<DetailedStatus['processes'][number]> => {
  const { processes } = detailedStatusSchema.parse(await (await fetch(`${url}/api/v1/status`)).json())
  return processes[0]!
}

const counted = (url: string, events: number) =>
  until(`${events} events are counted`, WITHIN_MS, async () => {
    const { partitions } = await statusOf(url)
    if (partitions[0]?.counts.counted === events) return partitions[0]
    throw new Error(JSON.stringify(partitions))
  })

const refusal = (url: string) =>
  until('the source is refused', WITHIN_MS, async () => {
    const { source } = await statusOf(url)
    return source.problem !== null && source
  })

/** Another stage: all of the log has to be folded anew. */
function changeDefinitions(): void {
  const file = join(rules, 'parcels.yaml')
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace('delivery:', 'handover: {from: sorted, to: delivered}\n  delivery:'))
}

test('copies of a folder in use and other definitions go on in the logs; logs that are gone are refused, unless that is wanted', async () => {
  const [data, copy] = [join(directory, 'data'), join(directory, 'copy')]
  await during(data, {}, async url => {
    await send(url, 'p1', 'p2', 'p3')
    await requestBackup(data, copy)
    await counted(url, 6)
    await send(url, 'p4')
    await counted(url, 8)
  })
  await during(copy, {}, async url => {
    await counted(url, 6)
    await send(url, 'p5')
    expect(await counted(url, 8)).toMatchObject({ offset: 7, counts: { duplicate: 0, lost_offsets: 0 } })
  })
  changeDefinitions()
  await during(data, {}, async url => {
    await counted(url, 8)
    await send(url, 'p5')
    expect(await counted(url, 10)).toMatchObject({ offset: 9, counts: { consumed: 10, duplicate: 0 } })
  })

  rmSync(join(data, 'ingest'), { recursive: true })
  await during(data, {}, async url => {
    expect(await refusal(url)).toMatchObject({
      problem: expect.stringContaining('topic "parcels.events" was deleted and created anew'),
      remedy: expect.stringContaining('put the folder `ingest` of the data folder back'),
    })
    // They are durable, and wait.
    await send(url, 'p6')
  })
  await during(data, { rebuilds: true }, async url => {
    expect(await counted(url, 12)).toMatchObject({ offset: 1 })
  })
})
