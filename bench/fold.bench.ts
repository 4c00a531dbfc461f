import { execSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { expect, test } from 'vitest'
import { ProcessEngine } from '../src/engine/process-engine.ts'
import type { SourceRecord } from '../src/event/record.ts'
import { loadDefinitions } from '../src/model/load.ts'
import { SimulatedStream } from '../src/source/simulation.ts'
import { newPlan } from '../src/source/simulation-plan.ts'

/*
 * One question: how many events a second does one core take from bytes to windows and verdicts, rows included?
 *
 * Workload: the demo's process (5 stages, 2 rules) over the last 30 minutes before a start of the simulated company, about
 * 360,000 events of about 200 bytes at 200 a second, seed 1, one partition, over history. Beside it, in the same
 * run, JSON.parse of the same records: a machine that is slow today is slow in both.
 */
const RUNS = 5
const BATCH = 2_000
const startedAt = Date.UTC(2026, 0, 15, 12)

const records = simulated()
const definitions = demoDefinitions()

test('bytes to windows, one core', () => {
  run()
  const folds = Array.from({ length: RUNS }, () => timed(run))
  const parses = Array.from({ length: RUNS }, () => timed(parseAll))
  const digests = new Set(folds.map(({ result }) => result))
  expect(digests.size).toBe(1)

  const perSecond = ({ ms }: { ms: number }) => (records.length * 1_000) / ms
  const fold = spread(folds.map(perSecond))
  const parse = spread(parses.map(perSecond))
  const commit = execSync('git rev-parse --short HEAD', { encoding: 'utf8' }).trim()
  process.stdout.write(
    [
      `commit ${commit}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`,
      `${records.length} events, ${RUNS} runs, digest ${[...digests][0]}`,
      `bytes → windows → verdicts → rows   ${fold.text} events/s`,
      `JSON.parse of the same records      ${parse.text} records/s`,
      `ratio                               ${(fold.median / parse.median).toFixed(3)}`,
      `memory                              ${Math.round(process.memoryUsage().rss / 1_048_576)} MiB`,
      '',
    ].join('\n'),
  )
})

/** Folds everything, and tells by what it put out that nothing was left undone. */
function run(): string {
  const definition = definitions.processes[0]!
  const engine = new ProcessEngine({ process: definition, mode: 'replay', epoch: 0, now: () => startedAt })
  const partition = { topic: engine.topics[0]!, partition: 0 }
  const digest = createHash('sha256')
  engine.assign(partition, undefined)
  for (let from = 0; from < records.length; from += BATCH) {
    void engine.add({ ...partition, records: records.slice(from, from + BATCH) })
    while (engine.step(1_000).hasMore);
    if (from % (50 * BATCH) === 0) takeRows(engine, digest)
  }
  engine.tellEnd(partition, 0, 0)
  while (engine.step(1_000).hasMore);
  takeRows(engine, digest)
  return digest.digest('hex').slice(0, 16)
}

function takeRows(engine: ProcessEngine, digest: ReturnType<typeof createHash>): void {
  for (const { visits, panes } of engine.takeOutput()) {
    digest.update(
      `${visits.length} ${panes.length} ${panes.reduce((sum, pane) => sum + pane.sumMs + pane.entered, 0)}\n`,
    )
  }
}

function parseAll(): number {
  let fields = 0
  for (const { value } of records) fields += JSON.parse(Buffer.from(value!).toString('utf8')).order_id.length
  return fields
}

function timed<T>(work: () => T): { readonly ms: number; readonly result: T } {
  const from = performance.now()
  const result = work()
  return { ms: performance.now() - from, result }
}

function spread(values: readonly number[]): { readonly median: number; readonly text: string } {
  const sorted = values.toSorted((left, right) => left - right)
  const round = (value: number | undefined) => Math.round(value ?? 0).toLocaleString('en')
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  return { median, text: `${round(median)} [${round(sorted[0])} … ${round(sorted.at(-1))}]` }
}

function simulated(): SourceRecord[] {
  const plan = newPlan(startedAt, { seed: 1 })
  const stream = new SimulatedStream(plan, (startedAt - 30 * 60_000) * 100)
  const all: SourceRecord[] = []
  for (;;) {
    const some = stream.take(startedAt, 10_000)
    if (some.length === 0) return all
    for (const record of some) all.push(record)
  }
}

function demoDefinitions() {
  const files = ['quick-commerce.yaml', 'owners.yaml'].map(name => ({
    name,
    text: readFileSync(new URL(`../rules/demo/${name}`, import.meta.url), 'utf8'),
  }))
  const { definitions, problems } = loadDefinitions(files)
  if (definitions === undefined) throw new Error(JSON.stringify(problems))
  return definitions
}
