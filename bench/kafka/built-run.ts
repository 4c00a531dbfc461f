import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DetailedStatus, detailedStatusSchema } from '../../src/protocol/status.ts'
import { freePort } from '../../test/support/kafka/broker.ts'
import { until, WillNotCome } from '../../test/support/until.ts'
import type { Setup } from './plan.ts'

const top = new URL('../../', import.meta.url).pathname
const main = join(top, 'dist/app/main.js')
/** As in the scripts of package.json. */
const flags = [
  '--max-semi-space-size=64',
  '--max-inlined-bytecode-size=1200',
  '--max-inlined-bytecode-size-cumulative=4000',
]
const ENDS_WITHIN_MS = 60_000
/** Of the profiler; finer would cost more than a few hundredths. */
const SAMPLE_EVERY_US = 1_000

/** The rules of the demo on a topic, and one more that an order in a new warehouse breaks at once; in however many, it is no storm. */
export function writeBenchRules(folder: string, topic: string): void {
  const rule =
    '  a_new_warehouse: {stage: picking, by: [warehouse], window: 1m, when: wip >= 1, for: 0s, max_alerts: 10000, severity: info, summary: {en: "Orders in {{ warehouse }}"}}\n'
  const text = readFileSync(join(top, 'rules/demo/quick-commerce.yaml'), 'utf8')
    .replace('topics: [orders.events]', `topics: [${topic}]`)
    .replace('\nrules:\n', `\nrules:\n${rule}`)
  writeFileSync(join(folder, 'quick-commerce.yaml'), text)
  writeFileSync(join(folder, 'owners.yaml'), readFileSync(join(top, 'rules/demo/owners.yaml')))
}

export type BuiltRunOptions = {
  readonly setup: Setup
  /** undefined: events come by HTTP. */
  readonly brokers: string | undefined
  readonly rules: string
  /** Where its configuration, data and profiles go. */
  readonly folder: string
  /** Where a profile of each thread is written at the end; undefined: none is made. */
  readonly profiles?: string
}

/** `stagewatch run` as built, with the defaults that are shipped, in a process of its own. */
export class BuiltRun {
  readonly url: string
  readonly pid: number
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  #said = ''

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.pid = child.pid as number
    this.url = url
    for (const output of [child.stdout, child.stderr]) {
      output?.setEncoding('utf8').on('data', text => {
        this.#said += text
      })
    }
    this.#ended = new Promise(resolve => child.once('close', resolve))
  }

  static async start({ setup, brokers, rules, folder, profiles }: BuiltRunOptions): Promise<BuiltRun> {
    const port = await freePort()
    const file = join(folder, 'stagewatch.yaml')
    const client = setup.client === 'kafkajs' ? '' : `, client: ${setup.client}`
    const lines = [
      `http: {port: ${port}}`,
      `data: ${JSON.stringify(join(folder, 'data'))}`,
      `rules: ${JSON.stringify(rules)}`,
      ...(brokers === undefined ? [] : [`kafka: {brokers: ${JSON.stringify(brokers)}${client}}`]),
      ...(setup.visits === 'all' ? [] : [`store: {visits: {sample: ${setup.visits}}}`]),
      ...(setup.workers === 1 ? [] : [`workers: ${setup.workers}`]),
    ]
    writeFileSync(file, `${lines.join('\n')}\n`)
    const profiling =
      profiles === undefined
        ? []
        : ['--cpu-prof', `--cpu-prof-interval=${SAMPLE_EVERY_US}`, `--cpu-prof-dir=${profiles}`]
    const child = spawn(process.execPath, [...profiling, ...flags, main, 'run', '--config', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return new BuiltRun(child, `http://127.0.0.1:${port}`)
  }

  async status(): Promise<DetailedStatus> {
    return detailedStatusSchema.parse(await (await fetch(`${this.url}/api/v1/status`)).json())
  }

  /** Waits as long as it runs. */
  until<Found>(what: string, withinMs: number, look: () => Promise<Found | undefined>): Promise<Found> {
    return until(
      () => `${what}. It has said:\n${this.#said}`,
      withinMs,
      () => {
        if (this.#child.exitCode !== null) throw new WillNotCome('the run has ended')
        return look()
      },
    )
  }

  /** As Ctrl-C ends it, so that profiles are written. @throws Error with what it has said where it ended badly. */
  async stop(): Promise<void> {
    const impatient = setTimeout(() => this.#child.kill('SIGKILL'), ENDS_WITHIN_MS)
    this.#child.kill('SIGINT')
    const code = await this.#ended
    clearTimeout(impatient)
    if (code !== 0) throw new Error(`the run ended with ${code}:\n${this.#said}`)
  }
}

/** Records that were taken by the fold so far. */
export const consumedOf = ({ processes }: DetailedStatus): number =>
  processes.flatMap(({ partitions }) => partitions).reduce((sum, { counts }) => sum + (counts.consumed ?? 0), 0)

const TICKS_A_SECOND = 100

/** CPU time that a process has taken so far, in seconds, all threads together (Linux). */
export const cpuSecondsOf = (pid: number): number => cpuSecondsIn(`/proc/${pid}/stat`)

/** The same of its main thread alone. */
export const mainCpuSecondsOf = (pid: number): number => cpuSecondsIn(`/proc/${pid}/task/${pid}/stat`)

function cpuSecondsIn(file: string): number {
  const stat = readFileSync(file, 'utf8')
  // The name in brackets may hold blanks; user and system time are the 12th and 13th field behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
}
