import type { DefineCommand } from '../command-line.ts'
import type { Config } from '../config.ts'
import { readConfig } from './config-option.ts'

/** What `stagewatch run` was told: its configuration, read and checked. */
export type RunOptions = {
  readonly config: Config
  /** Whether what the topics hold takes the place of history in the store that came from elsewhere. */
  readonly replaces: boolean
  /** Whether, where definitions have changed, history is folded anew although a part of it is gone. */
  readonly rebuilds: boolean
}

export const defineRun: DefineCommand = program => {
  program
    .command('run')
    .description('watch the processes of your own Kafka topics')
    .requiredOption('--config <FILE>', 'configuration; stagewatch.yaml of the package explains every setting')
    .option('--replace', 'take the place of history in the store that came from another source')
    .option('--rebuild', 'where definitions have changed, fold history anew from what there is of it')
    .addHelpText('after', '\nExample:\n  stagewatch run --config stagewatch.yaml')
    .action(async ({ config: file, replace, rebuild }: RunFlags) => {
      const config = await readConfig(file)
      const { runRun } = await import('../run.ts')
      await runRun({ config, replaces: replace === true, rebuilds: rebuild === true })
    })
}

type RunFlags = { config: string; replace?: true; rebuild?: true }
