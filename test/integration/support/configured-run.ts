import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DetailedStatus, detailedStatusSchema } from '../../../src/protocol/status.ts'
import { freePort } from '../../support/kafka/broker.ts'
import { until, WillNotCome } from '../../support/until.ts'
import { RunningCommand } from './command.ts'

/** From its start on a laden machine. */
const ANSWERS_WITHIN_MS = 60_000

export type RunOptions = {
  /** Without them there is no Kafka. */
  readonly brokers?: string
  readonly rules: string
  /** Topics that take events by HTTP. */
  readonly ingest?: readonly string[]
  /** More of `stagewatch.yaml`; what stands under `kafka` comes beside the brokers, under `http` beside a free port. */
  readonly settings?: Readonly<Record<string, unknown>> & {
    readonly kafka?: Readonly<Record<string, unknown>>
    readonly http?: Readonly<Record<string, unknown>> & { readonly port?: number }
  }
  readonly program?: string | undefined
  readonly env?: Readonly<Record<string, string>>
}

/** `stagewatch run` with a configuration of its own: an embedded store, its data beside it. */
export class ConfiguredRun {
  readonly command: RunningCommand
  readonly url: string
  readonly port: number

  private constructor(command: RunningCommand, port: number) {
    this.command = command
    this.port = port
    this.url = `http://127.0.0.1:${port}`
  }

  /**
   * @param folder where `stagewatch.yaml` and `data/` go; the same one again goes on from what is there.
   * @param options.settings of `stagewatch.yaml`, beside or in place of those that are set here.
   * @param options.program what Node runs; default: the built command.
   */
  static async start(folder: string, options: RunOptions): Promise<ConfiguredRun> {
    const { brokers, rules, ingest, settings = {}, program, env } = options
    const { port = await freePort(), ...http } = settings.http ?? {}
    const all = {
      data: dataOf(folder),
      rules,
      snapshots: { every: '1s' },
      ...settings,
      http: { port, ...(ingest !== undefined && { ingest: { topics: ingest } }), ...http },
      ...(brokers !== undefined && { kafka: { brokers, ...settings.kafka } }),
    }
    mkdirSync(folder, { recursive: true })
    const file = configurationOf(folder)
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(all, undefined, 2))
    return new ConfiguredRun(new RunningCommand(['run', '--config', file], env, program), port)
  }

  /** What the page answers, once it does. */
  async get(path: string): Promise<Response> {
    return this.until(`an answer to ${path}`, ANSWERS_WITHIN_MS, () => fetch(`${this.url}${path}`))
  }

  /** Waits as long as it runs. What it has said is told where it has ended, or the time is up. */
  until<Found>(
    what: string,
    withinMs: number,
    look: () => Found | undefined | Promise<Found | undefined>,
  ): Promise<Found> {
    return until(
      () => `${what}. It has said:\n${this.command.said.split('\n').slice(-200).join('\n')}`,
      withinMs,
      () => {
        if (!this.command.isRunning) throw new WillNotCome('the run has ended')
        return look()
      },
    )
  }

  async status(): Promise<DetailedStatus> {
    return detailedStatusSchema.parse(await (await this.get('/api/v1/status')).json())
  }

  /** Events counted so far, over all partitions. */
  async counted(): Promise<number> {
    const { processes } = await this.status()
    return processes.reduce((sum, process) => sum + process.events_counted, 0)
  }

  /** Waits until everything in the log is folded. */
  async untilRead(events: number, withinMs: number): Promise<void> {
    await this.until(`${events} events counted, and every partition at its end`, withinMs, async () => {
      const { processes } = await this.status()
      const partitions = processes.flatMap(process => process.partitions)
      const counted = processes.reduce((sum, process) => sum + process.events_counted, 0)
      if (counted >= events && partitions.every(({ at_end }) => at_end)) return true
      throw new Error(
        `${counted} events counted; ${partitions.filter(({ at_end }) => at_end).length} of ${partitions.length} partitions at their end`,
      )
    })
  }

  /** Waits until time has reached the present and ClickHouse has taken what waited for it. */
  async untilStored(withinMs: number): Promise<void> {
    await this.until('everything is evaluated and stored', withinMs, async () => {
      const readyz = await this.get('/readyz')
      if (!readyz.ok) throw new Error(await readyz.text())
      const { store } = await this.status()
      if (store.rows_waiting === 0) return true
      throw new Error(`${store.rows_waiting} rows wait for the store`)
    })
  }

  /** As Ctrl-C ends it. */
  async stop() {
    this.command.tell('SIGINT')
    return this.command.end()
  }

  /** As a power cut ends it. Does nothing where it has ended. */
  async kill(): Promise<void> {
    this.command.tell('SIGKILL')
    await this.command.ended
  }
}

/** The configuration of a run in this folder. */
export const configurationOf = (folder: string): string => join(folder, 'stagewatch.yaml')

/** Where a run in this folder keeps its state. */
export const dataOf = (folder: string): string => join(folder, 'data')

/** The embedded store of a run in this folder. One data directory at a time in a process. */
export const storeOf = (folder: string) => ({ kind: 'embedded', path: join(dataOf(folder), 'clickhouse') }) as const
