import { resolve } from 'node:path'
import type { DefineCommand } from '../command-line.ts'
import { mayListen } from '../config/http.ts'
import { CouldNotRun } from '../could-not-run.ts'
import { wholeNumber } from './option-values.ts'

/** What `stagewatch start` was told. */
export type StartOptions = {
  readonly host: string
  readonly port: number
  /** Absolute path. */
  readonly data: string
  /** Absolute path of a folder whose definitions are used instead of the demo's own. */
  readonly rules: string | undefined
}

export const defineStart: DefineCommand = program => {
  program
    .command('start')
    .description('run the demo: a simulated quick-commerce process, the embedded store and the page')
    .option('--host <HOST>', 'address to listen on', '127.0.0.1')
    .option('--port <PORT>', 'port to listen on', wholeNumber(1, 65_535), 8080)
    .option('--data <DIR>', 'folder for the state and the embedded store', './data')
    .option('--rules <DIR>', "process files to use instead of the demo's own; their topics must be the simulator's")
    .option('--allow-without-sign-in', 'let a host be used that other machines can reach: there is no sign-in yet')
    .addHelpText('after', '\nExamples:\n  stagewatch start\n  stagewatch start --port 9000 --data /tmp/demo')
    .action(async (given: StartFlags) => {
      if (!mayListen(given.host, given.allowWithoutSignIn === true)) {
        throw new CouldNotRun({
          problem: `with --host ${given.host} other machines could reach the page, and it has no sign-in yet`,
          remedy: 'use 127.0.0.1, or add --allow-without-sign-in where something else keeps strangers out',
        })
      }
      const { runStart } = await import('../start.ts')
      await runStart({
        host: given.host,
        port: given.port,
        data: resolve(given.data),
        rules: given.rules === undefined ? undefined : resolve(given.rules),
      })
    })
}

type StartFlags = { host: string; port: number; data: string; rules?: string; allowWithoutSignIn?: true }
