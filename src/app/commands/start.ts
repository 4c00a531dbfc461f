import { resolve } from 'node:path'
import { Option } from 'commander'
import type { DefineCommand } from '../command-line.ts'
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
  /** Of the token by which one signs in as admin; undefined: nobody has to. */
  readonly adminHash: Buffer | undefined
}

export const defineStart: DefineCommand = program => {
  program
    .command('start')
    .description('run the demo: a simulated quick-commerce process, the embedded store and the page')
    .option('--host <HOST>', 'address to listen on', '127.0.0.1')
    .option('--port <PORT>', 'port to listen on', wholeNumber(1, 65_535), 8080)
    .option('--data <DIR>', 'folder for the state and the embedded store', './data')
    .option('--rules <DIR>', "process files to use instead of the demo's own; their topics must be the simulator's")
    .addOption(new Option('--allow-without-sign-in').hideHelp())
    .addHelpText(
      'after',
      `
An address that other machines can reach needs a token to sign in with, in STAGEWATCH_ADMIN_TOKEN.

Examples:
  stagewatch start
  stagewatch start --port 9000 --data /tmp/demo
  STAGEWATCH_ADMIN_TOKEN=$(openssl rand -hex 32) stagewatch start --host 0.0.0.0`,
    )
    .action(async (given: StartFlags) => {
      const adminHash = await adminHashFrom(process.env)
      await requireSignIn(given, adminHash)
      const { runStart } = await import('../start.ts')
      await runStart({
        host: given.host,
        port: given.port,
        data: resolve(given.data),
        rules: given.rules === undefined ? undefined : resolve(given.rules),
        adminHash,
      })
    })
}

type StartFlags = { host: string; port: number; data: string; rules?: string; allowWithoutSignIn?: true }

/** Only its hash is kept. @throws CouldNotRun where it could be guessed. */
async function adminHashFrom(environment: NodeJS.ProcessEnv): Promise<Buffer | undefined> {
  const { STAGEWATCH_ADMIN_TOKEN: token = '' } = environment
  // What this starts need not know it.
  delete environment.STAGEWATCH_ADMIN_TOKEN
  if (token === '') return undefined
  const { tokenHash, tokenPattern } = await import('../../gateway/access/static-tokens.ts')
  if (tokenPattern.test(token)) return tokenHash(token)
  throw new CouldNotRun({
    problem: 'the token in STAGEWATCH_ADMIN_TOKEN has fewer than 32 characters, or a space in it',
    remedy: 'let one be made: openssl rand -hex 32, or stagewatch token',
  })
}

/** @throws CouldNotRun where other machines could reach the address and nobody would have to sign in. */
async function requireSignIn({ host, allowWithoutSignIn }: StartFlags, adminHash: Buffer | undefined): Promise<void> {
  const remedy = 'set STAGEWATCH_ADMIN_TOKEN to a token of at least 32 characters, or use --host 127.0.0.1'
  if (allowWithoutSignIn) {
    throw new CouldNotRun({ problem: '--allow-without-sign-in is gone: there is sign-in now', remedy })
  }
  const { mayDoWithoutSignIn } = await import('../../gateway/access/exposure.ts')
  if (adminHash !== undefined || mayDoWithoutSignIn(host)) return
  throw new CouldNotRun({
    problem: `with --host ${host} other machines could reach the page, and nobody would have to sign in`,
    remedy,
  })
}
