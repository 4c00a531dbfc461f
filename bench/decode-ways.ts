import { execSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { DecodedRecord } from '../src/decode/decoded-record.ts'
import { compileDecoder } from '../src/decode/decoder.ts'
import { compileRecordReader } from '../src/decode/record-reader.ts'
import { AttributeTable } from '../src/event/attribute-table.ts'
import type { SourceRecord } from '../src/event/record.ts'
import { splitAttributes } from '../src/model/attribute-split.ts'
import { loadDefinitions } from '../src/model/load.ts'
import { SimulatedStream } from '../src/source/simulation.ts'
import { newPlan } from '../src/source/simulation-plan.ts'

/* The script of `decode.bench.ts`, which says what is measured. Prints the figures; fails where the ways disagree. */
const RUNS = 9
const startedAt = Date.UTC(2026, 0, 15, 12)

const records = simulated()
const definition = demoProcess()
const source = definition.sources[0]!
const split = splitAttributes(definition.attributes)
const table = new AttributeTable(split.labels.map(() => true))
const columns = new DecodedRecord(table, split)
const decode = compileDecoder(definition, source)
const read = compileRecordReader(definition, source, table)

const ways = {
  'JSON.parse alone': parse,
  'decoder, to objects': decodeAll,
  'decoder, to columns': fillAll,
  'reader, to columns': readAll,
}

const costs: number[] = []
const digests: number[] = []
for (const way of Object.values(ways)) {
  digests.push(way())
  const runs = Array.from({ length: RUNS }, () => timed(way)).sort((left, right) => left - right)
  costs.push(...[Math.floor(RUNS / 2), 0, RUNS - 1].map(index => runs[index]!))
}
if (new Set(digests).size > 1) throw new Error(`the ways disagree: ${digests.join(', ')}`)
if (read.records.parsed > 0) throw new Error(`${read.records.parsed} records had to be parsed`)
report()

/** What has to be known of a record to add up the digest. */
function parse(): number {
  let sum = 0
  for (const { value } of records) {
    const fields = JSON.parse(value!.toString())
    sum += (Date.parse(fields.ts) % 1_000) + definition.activities.indexOf(fields.activity)
  }
  return sum
}

function decodeAll(): number {
  let sum = 0
  for (const record of records) {
    const decoded = decode(record)
    if (decoded.kind !== 'events') continue
    for (const event of decoded.events) if ('at' in event) sum += (event.at % 1_000) + event.activity
  }
  return sum
}

function fillAll(): number {
  let sum = 0
  for (const record of records) {
    columns.fill(decode(record))
    sum += (columns.at[0]! % 1_000) + columns.activities[0]!
  }
  return sum
}

function readAll(): number {
  let sum = 0
  for (const record of records) {
    read(record, columns)
    sum += (columns.at[0]! % 1_000) + columns.activities[0]!
  }
  return sum
}

/** CPU time in ns a record: on a shared machine it tells more than the clock. */
function timed(way: () => number): number {
  const from = process.cpuUsage()
  way()
  const { user, system } = process.cpuUsage(from)
  return ((user + system) * 1_000) / records.length
}

function report(): void {
  const bytes = records.reduce((sum, { value }) => sum + value!.length, 0)
  const commit = execSync('git rev-parse --short HEAD', { encoding: 'utf8' }).trim()
  const text = (cost: number | undefined) => Math.round(cost ?? 0).toLocaleString('en')
  const lines = [
    `commit ${commit}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`,
    `${records.length} records of ${Math.round(bytes / records.length)} bytes, ${RUNS} runs, digest ${digests[0]}`,
  ]
  Object.keys(ways).forEach((name, index) => {
    const [median, least, most] = costs.slice(3 * index)
    const ratio = ((costs[0] ?? 0) / (median ?? 1)).toFixed(2)
    lines.push(
      `${name.padEnd(20)} ${text(median).padStart(6)} [${text(least)} … ${text(most)}] ns a record, × ${ratio}`,
    )
  })
  process.stdout.write(`${lines.join('\n')}\n`)
}

function simulated(): SourceRecord[] {
  const plan = newPlan(startedAt, { seed: 1 })
  const stream = new SimulatedStream(plan, (startedAt - 15 * 60_000) * 100)
  const all: SourceRecord[] = []
  for (;;) {
    const some = stream.take(startedAt, 10_000)
    if (some.length === 0) return all
    for (const record of some) all.push(record)
  }
}

function demoProcess() {
  const files = ['quick-commerce.yaml', 'owners.yaml'].map(name => ({
    name,
    text: readFileSync(`rules/demo/${name}`, 'utf8'),
  }))
  const { definitions, problems } = loadDefinitions(files)
  if (definitions === undefined) throw new Error(JSON.stringify(problems))
  return definitions.processes[0]!
}
