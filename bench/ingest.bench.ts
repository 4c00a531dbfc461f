import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { SimulatedStream } from '../src/source/simulation.ts'
import { newPlan } from '../src/source/simulation-plan.ts'
import { BuiltRun, consumedOf, cpuSecondsOf, writeBenchRules } from './kafka/built-run.ts'
import { machine, median, print, spread, whole } from './machine.ts'

/*
 * One question: how many events a second go by HTTP into windows, each batch answered when it is on disk, without Kafka?
 *
 * Workload: the simulated company's stream of 190 bytes a record in batches of 1,000, one after the other over each connection, to
 * the built program with the rules of the demo; from the first batch until all is folded. It goes to the folder for temporary
 * files, which must lie on a disk to mean anything. BENCH_RECORDS says how many records.
 */
const RECORDS = Number(process.env.BENCH_RECORDS ?? 400_000)
const BATCH = 1_000
const WITHIN_MS = 300_000
const top = new URL('../', import.meta.url).pathname

const batches = drawn()

function drawn(): Buffer[] {
  const until = Math.floor(Date.now() / 1_000) * 1_000
  const stream = new SimulatedStream({ ...newPlan(until - 3 * 86_400_000), fullRate: 200, lowRate: 200 })
  const drawn: Buffer[] = []
  for (let left = RECORDS; left > 0; left -= BATCH) {
    const records = stream.take(until, BATCH)
    drawn.push(Buffer.concat(records.flatMap(({ value }) => [value ?? Buffer.alloc(0), Buffer.from('\n')])))
  }
  return drawn
}

beforeAll(() => {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: top })
}, WITHIN_MS)

test.each([
  { connections: 1, visits: 'all' as const },
  { connections: 1, visits: 0.01 },
  { connections: 4, visits: 0.01 },
])('$connections connections, rows of visits: $visits', async ({ connections, visits }) => {
  const folder = mkdtempSync(join(tmpdir(), 'stagewatch-bench-'))
  const rules = join(folder, 'rules')
  mkdirSync(rules)
  writeBenchRules(rules, 'orders.events')
  const setup = { client: 'kafkajs', workers: 1, visits }
  const run = await BuiltRun.start({ setup, brokers: undefined, rules, folder })
  try {
    await run.until('it listens', WITHIN_MS, async () => (await fetch(`${run.url}/livez`)).ok || undefined)
    const tookMs: number[] = []
    let next = 0
    const from = { at: performance.now(), cpu: cpuSecondsOf(run.pid) }
    const sender = async () => {
      while (next < batches.length) {
        const body = new Uint8Array(batches[next++] as Buffer)
        const sent = performance.now()
        const headers = { 'content-type': 'application/x-ndjson' }
        const response = await fetch(`${run.url}/api/v1/events`, { method: 'POST', headers, body })
        expect([response.status, ((await response.json()) as { rejected_count: number }).rejected_count >= 0]).toEqual([
          202,
          true,
        ])
        tookMs.push(performance.now() - sent)
      }
    }
    await Promise.all(Array.from({ length: connections }, sender))
    const taken = performance.now()
    await run.until('all is folded', WITHIN_MS, async () => consumedOf(await run.status()) >= RECORDS || undefined)
    const seconds = (performance.now() - from.at) / 1_000
    print(
      `${connections} connections, rows of visits ${visits}: ${whole(RECORDS / seconds)} events/s into windows, ` +
        `${whole((RECORDS / (taken - from.at)) * 1_000)} answered; a batch of ${BATCH} in ${spread(tookMs)} ms, ` +
        `p99 ${whole(tookMs.toSorted((left, right) => left - right)[Math.floor(tookMs.length * 0.99)] as number)}; ` +
        `${((cpuSecondsOf(run.pid) - from.cpu) / (RECORDS / 1e6)).toFixed(1)} s of CPU a million, ` +
        `${whole(median(batches.map(({ length }) => length)) / BATCH)} bytes a record`,
    )
    await run.stop()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('machine', () => {
  print(machine())
})
