import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The built command, as a user runs it. */
const main = fileURLToPath(new URL('../../../dist/app/main.js', import.meta.url))

/** A command ends by itself or is told to; one that does neither is ended for it, so that no test leaves one behind. */
const COMMAND_WITHIN_MS = 60_000

export type Ended = {
  /** null: ended by a signal. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export class RunningCommand {
  readonly #child: ChildProcess
  /** What it has written so far. */
  stdout = ''
  stderr = ''
  readonly ended: Promise<Ended>

  /** @throws Error where the project has not been built. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    if (!existsSync(main)) throw new Error('the command is not built: npm run build')
    this.#child = spawn(process.execPath, [main, ...args], {
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

  tell(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }
}

/** Runs a command to its end. */
export async function stagewatch(...args: string[]): Promise<Ended> {
  const command = new RunningCommand(args)
  const impatient = setTimeout(() => command.tell('SIGKILL'), COMMAND_WITHIN_MS)
  try {
    return await command.ended
  } finally {
    clearTimeout(impatient)
  }
}
