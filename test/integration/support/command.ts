import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The built command, as a user runs it. */
const main = fileURLToPath(new URL('../../../dist/app/main.js', import.meta.url))

/** Finds what hangs; less than the time limit of a test, so that it is told which command it was. */
const ENDS_WITHIN_MS = 80_000

export type Ended = {
  /** null: ended by a signal. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export class RunningCommand {
  readonly #child: ChildProcess
  readonly #args: readonly string[]
  /** What it has written so far. */
  stdout = ''
  stderr = ''
  readonly ended: Promise<Ended>

  /**
   * @param program what Node runs; default: the built command.
   * @throws Error where the project has not been built.
   */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}, program = main) {
    if (!existsSync(program)) throw new Error('the command is not built: npm run build')
    this.#args = args
    this.#child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    this.#child.stdout?.setEncoding('utf8').on('data', text => {
      this.stdout += text
    })
    this.#child.stderr?.setEncoding('utf8').on('data', text => {
      this.stderr += text
    })
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', (code, signal) => resolve({ code, signal, stdout: this.stdout, stderr: this.stderr }))
    })
  }

  /** All of it, to show where something else was expected. */
  get said(): string {
    return `${this.stderr}${this.stdout}`
  }

  /**
   * Waits for its end, which it comes to by itself or because it was told. Otherwise it is ended here, so that no test
   * leaves one behind.
   *
   * @throws Error with what it has said where it does not end in time.
   */
  async end(withinMs = ENDS_WITHIN_MS): Promise<Ended> {
    let isLate = false
    const impatient = setTimeout(() => {
      isLate = true
      this.tell('SIGKILL')
    }, withinMs)
    const ended = await this.ended.finally(() => clearTimeout(impatient))
    if (!isLate) return ended
    throw new Error(`stagewatch ${this.#args.join(' ')} did not end within ${withinMs / 1_000} s:\n${this.said}`)
  }

  tell(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the command was never started')
    return this.#child.pid
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }
}

/** Runs a command to its end. @throws Error with what it has said where it does not come to it. */
export const stagewatch = (...args: string[]): Promise<Ended> => new RunningCommand(args).end()
