import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ended } from '../../integration/support/command.ts'
import { ConfiguredRun } from '../../integration/support/configured-run.ts'
import { until, WillNotCome } from '../../support/until.ts'
import { type FailpointAction, failpointsVariable, passesVariable } from './failpoint-plan.ts'

/** Finds what hangs. */
const WITHIN_MS = 60_000

/** What the log says of a transition. */
export type LoggedTransition = {
  readonly id: string
  readonly rule: string
  readonly segment: Readonly<Record<string, string | null>>
  readonly from: string
  readonly state: string
  readonly at: string
  /** When it was logged, ms. */
  readonly time: number
}

export type WatchedOptions = {
  readonly brokers: string
  readonly rules: string
  readonly settings?: Readonly<Record<string, unknown>>
  /** What Node runs; default: the built command. */
  readonly program?: string | undefined
}

/**
 * `stagewatch run` on one data folder, through as many lives as the test takes from it.
 *
 * Several of them may watch the same topic.
 */
export class Watched {
  readonly folder: string
  readonly #options: WatchedOptions
  #run: ConfiguredRun | undefined
  /** What earlier lives have said. */
  #said = ''
  lives = 0

  /** @param folder for its configuration and data; the harness removes it. */
  constructor(folder: string, options: WatchedOptions) {
    this.folder = folder
    this.#options = options
  }

  get run(): ConfiguredRun {
    if (this.#run === undefined) throw new Error('it was never started')
    return this.#run
  }

  /** @param failpoints of this life; they need a program in which they act. */
  async start(failpoints: readonly FailpointAction[] = []): Promise<void> {
    const { program, ...options } = this.#options
    if (failpoints.length > 0 && program === undefined) throw new Error('in the built command failpoints do nothing')
    this.#said += this.#run?.command.stdout ?? ''
    this.lives++
    const env = {
      [failpointsVariable]: JSON.stringify(failpoints),
      [passesVariable]: join(this.folder, passesFile(this.lives)),
    }
    // FAULTS_WORKERS=2: every row with threads that fold.
    const settings = { workers: Number(process.env.FAULTS_WORKERS ?? 0), ...options.settings }
    this.#run = await ConfiguredRun.start(this.folder, { ...options, settings, program, env })
  }

  /** Waits for its end by a failpoint. @throws Error where it goes on. */
  async untilEndedAt(name: string): Promise<Ended> {
    try {
      return await this.run.command.end(WITHIN_MS)
    } catch (cause) {
      throw new Error(`${name} did not end it; passed were ${JSON.stringify([...this.passed()])}`, { cause })
    }
  }

  /** As a power cut of this process alone. */
  kill(): Promise<void> {
    return this.run.kill()
  }

  /** @returns how it ended. */
  async terminate(): Promise<Ended> {
    this.run.command.tell('SIGTERM')
    return this.run.command.end(WITHIN_MS)
  }

  /** Waits until it has folded what lies below these offsets, by partition. */
  async untilBeyond(ends: readonly number[], withinMs = WITHIN_MS): Promise<void> {
    await this.run.until(`offsets ${ends.join(', ')}`, withinMs, async () => {
      const offsets = await this.offsets()
      if (ends.every((end, partition) => end === 0 || (offsets[partition] ?? -1) >= end - 1)) return true
      throw new Error(`folded up to ${offsets.join(', ')}`)
    })
  }

  /** By partition, the offset of the last record folded. */
  async offsets(): Promise<(number | undefined)[]> {
    const offsets: (number | undefined)[] = []
    const { processes } = await this.run.status()
    for (const { partition, offset } of processes.flatMap(({ partitions }) => partitions)) {
      offsets[partition] = offset ?? undefined
    }
    return offsets
  }

  /** All transitions that were told, in the order in which they were. */
  transitions(): LoggedTransition[] {
    return this.logged(line => line.includes('"msg":"alert"')) as LoggedTransition[]
  }

  /** How often a line with this text was logged. */
  timesSaid(text: string): number {
    return this.logged(line => line.includes(text)).length
  }

  /** Failpoints that were passed, with the highest pass that was noted. @param life default: any. */
  passed(life?: number): Map<string, number> {
    const passes = new Map<string, number>()
    const files = readdirSync(this.folder).filter(name => name.startsWith(passesFile('')))
    for (const file of life === undefined ? files : [passesFile(life)]) {
      const path = join(this.folder, file)
      if (!existsSync(path)) continue
      for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
        const [name = '', nth] = line.split(' ')
        passes.set(name, Math.max(passes.get(name) ?? 0, Number(nth)))
      }
    }
    return passes
  }

  /** Waits until the present life has come to an action at this pass. */
  async untilPassed({ at, pass }: FailpointAction): Promise<void> {
    await this.untilSaid(`${at} is passed`, () => ((this.passed(this.lives).get(at) ?? 0) >= pass ? true : undefined))
  }

  /** Waits for what it logs or does, while it runs. */
  async untilSaid<Found>(what: string, look: () => Found | undefined, withinMs = WITHIN_MS): Promise<Found> {
    return until(what, withinMs, () => {
      const found = look()
      if (found === undefined && !this.run.command.isRunning)
        throw new WillNotCome(`the run has ended:\n${this.run.command.said}`)
      return found
    })
  }

  /** Waits until the kernel has stopped it, after SIGSTOP. */
  untilStopped(): Promise<true> {
    return until('the process is stopped', WITHIN_MS, () =>
      /^State:\s+T/m.test(readFileSync(`/proc/${this.run.command.pid}/status`, 'utf8')) ? true : undefined,
    )
  }

  /** Bytes of memory that it has now. */
  memory(): number {
    const status = readFileSync(`/proc/${this.run.command.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1_024
  }

  /** The lines of all lives' logs, read. */
  logged(isWanted: (line: string) => boolean): unknown[] {
    const said = this.#said + (this.#run?.command.stdout ?? '')
    // The last line of a life may not be whole.
    return said
      .split('\n')
      .filter(line => line.endsWith('}') && isWanted(line))
      .map(line => JSON.parse(line))
  }
}

const passesFile = (life: number | '') => `passes-${life}`
