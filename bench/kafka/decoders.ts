/* The script of `decoders.bench.ts`, which says what is measured. Prints the figures; fails where the decoders disagree. */
import { createRequire } from 'node:module'
import { instant } from '../../src/event/instant.ts'
import type { SourceRecord } from '../../src/event/record.ts'
import { decodeFetchResponse, fetchedBatches } from '../../src/source/kafka/kafkajs-fetch.ts'
import { readRecords } from '../../src/source/kafka/read-records.ts'
import { plainBatch, plainRecord, writeBatch, writeFetchResponse } from '../../test/support/kafka/record-batch.ts'
import { machine, median, print, spread, timed } from '../machine.ts'

const RUNS = 9
const FETCHES = 20
const PARTITIONS = 4
const BATCHES = 5
const RECORDS = 500

const require = createRequire(import.meta.url)
const KafkajsBatch = require('kafkajs/src/consumer/batch')
const kafkajsResponse = require('kafkajs/src/protocol/requests/fetch/v11/response')

const value = Buffer.from(JSON.stringify({ order_id: 'A-1029384756', activity: 'picked' }).padEnd(200))

const batch = (codec: 'none' | 'gzip') =>
  writeBatch({
    ...plainBatch,
    codec,
    lastOffsetDelta: RECORDS - 1,
    records: Array.from({ length: RECORDS }, (_, offsetDelta) => ({
      ...plainRecord,
      offsetDelta,
      timestampDelta: offsetDelta * 3,
      key: Buffer.from('A-1029384756'),
      value,
    })),
  })

function responseOf(codec: 'none' | 'gzip'): Buffer {
  const bytes = Buffer.concat(Array.from({ length: BATCHES }, () => batch(codec)))
  return writeFetchResponse(
    'orders',
    Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, highWatermark: 1_000, aborted: [], bytes })),
  )
}

type Way = (payload: Buffer) => Promise<SourceRecord[][]>

/** What reading through kafkajs was before, to the records that the engine takes. */
const byKafkajs: Way = async payload => {
  const { responses } = await kafkajsResponse.decode(payload)
  return responses[0].partitions.map((partition: unknown) =>
    new KafkajsBatch('orders', '0', partition).messages.map(
      ({ offset, key, value, timestamp }: { offset: string; key: Buffer; value: Buffer; timestamp: string }) => ({
        offset: Number(offset),
        key,
        value,
        timestamp: instant(Number(timestamp)),
        notAfter: instant(0),
      }),
    ),
  )
}

const byOurs: Way = async payload => {
  const { responses } = await decodeFetchResponse(payload)
  return responses[0]!.partitions.map(partition =>
    readRecords(fetchedBatches(new KafkajsBatch('orders', '0', partition)) ?? [], 0, () => instant(0)),
  )
}

const digest = (records: readonly SourceRecord[][]) =>
  records.flat().reduce((sum, { offset, key, value }) => sum + offset + (key?.[3] ?? 0) + (value?.[5] ?? 0), 0)

async function nanosecondsARecord(read: Way, payload: Buffer): Promise<number> {
  const from = process.cpuUsage()
  for (let fetch = 0; fetch < FETCHES; fetch++) await read(payload)
  const { user, system } = process.cpuUsage(from)
  return ((user + system) * 1e3) / (FETCHES * PARTITIONS * BATCHES * RECORDS)
}

const parsing = Array.from({ length: RUNS }, () => {
  const { cpuMs } = timed(() => {
    for (let index = 0; index < 100_000; index++) JSON.parse(value.toString())
  })
  return (cpuMs * 1e6) / 100_000
})

print(machine(), '', `JSON.parse of the same value   ${spread(parsing)} ns of CPU`, '')
for (const codec of ['none', 'gzip'] as const) {
  const payload = responseOf(codec)
  if (digest(await byOurs(payload)) !== digest(await byKafkajs(payload))) throw new Error('the decoders disagree')
  const theirs: number[] = []
  const ours: number[] = []
  for (let run = 0; run < RUNS; run++) {
    theirs.push(await nanosecondsARecord(byKafkajs, payload))
    ours.push(await nanosecondsARecord(byOurs, payload))
  }
  print(
    `compression: ${codec}`,
    `kafkajs's decoder   ${spread(theirs)} ns of CPU a record`,
    `ours                ${spread(ours)} ns of CPU a record, ${(median(theirs) / median(ours)).toFixed(1)} times as fast`,
    '',
  )
}
