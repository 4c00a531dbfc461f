import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { instant } from '../../event/instant.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import { loadDefinitions } from '../../model/load.ts'
import { IngestLogs } from './ingest-logs.ts'

const processFile = (name: string, topics: string) => `
process: ${name}
owner: depot
sources: [{topics: ${topics}, format: json, case: parcel, activity: step, time: at}]
activities: [received, sorted]
stages: {sorting: {from: received, to: sorted}}
`

function processesOf(...files: readonly [name: string, topics: string][]): readonly ProcessDefinition[] {
  const owners = { name: 'owners.yaml', text: 'depot: {title: Depot}\n' }
  const texts = files.map(([name, topics]) => ({ name: `${name}.yaml`, text: processFile(name, topics) }))
  const { definitions, problems } = loadDefinitions([owners, ...texts])
  if (definitions === undefined) throw new Error(JSON.stringify(problems))
  return definitions.processes
}

let data: string
let logs: IngestLogs

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'stagewatch-ingest-logs-'))
})

afterEach(async () => {
  await logs.close()
  rmSync(data, { recursive: true })
})

const limits = { segmentBytes: 1_000, mostBytes: 8_000, keptBytes: 0 }

async function open(...files: readonly [name: string, topics: string][]): Promise<void> {
  logs = new IngestLogs(processesOf(...files), pino({ level: 'silent' }), limits)
  await logs.open(data)
}

const keep = (id: string, topic = 'parcels', value = 'x'.repeat(200)) => {
  const records = [{ givenKey: null, key: Buffer.from('case'), value: Buffer.from(value) }]
  return logs.keep({ topic, id, at: instant(1), records, areCloudEvents: false })
}

const segments = (topic = 'parcels') => readdirSync(join(data, 'ingest', topic)).length
const passed = (process: string, ...offsets: readonly number[]) =>
  offsets.reduce(
    (before, offset) => before.then(() => logs.passed({ process, topic: 'parcels', partition: 0, offset })),
    Promise.resolve(),
  )

test('records stay until the oldest snapshot that every reader keeps is past them', async () => {
  await open(['one', '[parcels]'], ['two', '[parcels, orders]'])
  for (let number = 0; number < 12; number++) await keep(`b${number}`)
  const all = segments()
  expect(all).toBeGreaterThan(3)
  await passed('one', 12, 12, 12)
  await passed('two', 2, 12)
  expect(segments()).toBe(all)
  // The third replaces nothing yet: two of them could be damaged.
  await passed('two', 12)
  expect(segments()).toBe(all)
  await passed('two', 12)
  expect(segments()).toBe(2)
  // Of a process that is watched no more.
  await passed('three', 0)
  expect(await keep('b11')).toEqual({ outcome: 'repeated', at: { partition: 0, firstOffset: 11 } })
})

test('a log that is full takes more when all of its readers have gone on, and not before', async () => {
  await open(['one', '[parcels]'], ['two', '[parcels]'])
  const fill = async () => {
    for (let number = 0; ; number++) if ((await keep(`${Math.random()}`)).outcome === 'full') return number
  }
  const most = await fill()
  await passed('one', most, most, most)
  expect(await keep('more')).toEqual({ outcome: 'full', reason: expect.stringContaining('Try again') })
  await passed('two', most, most, most)
  expect(await keep('more')).toMatchObject({ outcome: 'kept', at: { firstOffset: most } })
})

test('what fits no segment is refused with what to do', async () => {
  await open(['one', '[parcels]'])
  expect(await keep('long', 'parcels', 'x'.repeat(1_000))).toEqual({
    outcome: 'too-long',
    reason: 'the batch takes more than 1000 bytes as it is written down',
    remedy: 'send it in several batches',
  })
})

test('no name of a topic leads out of the folder', async () => {
  await open(['one', '["../..", "..", "a/b"]'])
  expect(await keep('a', '../..')).toMatchObject({ outcome: 'kept' })
  expect(readdirSync(data)).toEqual(['ingest'])
  expect(readdirSync(join(data, 'ingest')).sort()).toEqual(['%2E.', '%2E.%2F..', 'a%2Fb'])
})
