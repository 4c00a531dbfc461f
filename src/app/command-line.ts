import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { defineAlerts } from './commands/alerts.ts'
import { defineBacktest } from './commands/backtest.ts'
import { defineBackup } from './commands/backup.ts'
import { defineCheck } from './commands/check.ts'
import { defineDlq } from './commands/dlq.ts'
import { defineExplain } from './commands/explain.ts'
import { defineInit } from './commands/init.ts'
import { defineReplay } from './commands/replay.ts'
import { defineRun } from './commands/run.ts'
import { defineSchema } from './commands/schema.ts'
import { defineSend } from './commands/send.ts'
import { defineSilence } from './commands/silence.ts'
import { defineSimulate } from './commands/simulate.ts'
import { defineStart } from './commands/start.ts'
import { defineTest } from './commands/test.ts'
import { defineToken } from './commands/token.ts'
import { failureText } from './failure.ts'
import { Mistakes } from './mistakes.ts'

/**
 * The command line: what the user typed → one command, and the exit code it ends with.
 *
 * 0: all is well. 1: something was found (mistakes in files, a failed test). 2: it could not run. Every command lies in its own file
 * under `commands/`, which says how it is called; what it needs to do its work is loaded when it runs, so that `check`
 * does not wait for Kafka, ClickHouse and the web server to load.
 */
export type ExitCode = 0 | 1 | 2

/** Where a command writes: results to `print`, everything else to `complain`. Both take whole lines. */
export type Terminal = {
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
}

/** Adds a command. `done` is told the exit code where it is not 0. */
export type DefineCommand = (program: Command, terminal: Terminal, done: (code: ExitCode) => void) => void

const commands: readonly DefineCommand[] = [
  defineStart,
  defineRun,
  defineCheck,
  defineTest,
  defineReplay,
  defineBacktest,
  defineInit,
  defineSimulate,
  defineSend,
  defineSchema,
  defineToken,
  defineBackup,
  defineDlq,
  defineExplain,
  defineAlerts,
  defineSilence,
]

/** @param args without the name of the program. Never throws; what goes wrong is told and becomes the exit code. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = 0
  const program = programFor(terminal)
  for (const define of commands) {
    define(program, terminal, given => {
      code = given
    })
  }
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    // Commander has told what was wrong by then; asking for help or for the version is nothing wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    terminal.complain(failureText(error, process.env.STAGEWATCH_DEBUG !== undefined))
    return error instanceof Mistakes ? 1 : 2
  }
}

function programFor({ print, complain }: Terminal): Command {
  return new Command('stagewatch')
    .description('Watches live business processes: times every stage of every case, finds bottlenecks, alerts owners.')
    .version(version(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: print,
      writeErr: complain,
      outputError: (text, write) => {
        const [what = '', ...more] = text
          .replace(/^error: /, '')
          .trim()
          .split('\n')
        const remedy =
          more.length > 0 ? more.join(' ').replace(/^\((.*)\)$/, '$1') : 'add --help to see what is possible'
        write(`stagewatch: ${what}\n  remedy: ${remedy}\n`)
      },
    })
    .addHelpText(
      'after',
      `
Exit codes: 0 all is well, 1 something was found (mistakes in files, a failed test), 2 it could not run.
STAGEWATCH_DEBUG=1 shows where an error comes from.

Examples:
  stagewatch start                          the demo, on http://127.0.0.1:8080
  stagewatch init --input orders.ndjson --out rules
  stagewatch check --rules rules
  stagewatch run --config stagewatch.yaml`,
    )
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
