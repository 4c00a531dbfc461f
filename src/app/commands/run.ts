import type { DefineCommand } from '../command-line.ts'
import type { Config } from '../config.ts'
import { readConfig } from './config-option.ts'

/** What `stagewatch run` was told: its configuration, read and checked. */
export type RunOptions = {
  readonly config: Config
  /** Whether what the topics hold takes the place of history in the store that came from elsewhere. */
  readonly replaces: boolean
}

export const defineRun: DefineCommand = program => {
  program
    .command('run')
    .description('watch the processes of your own Kafka topics')
    .requiredOption('--config <FILE>', 'configuration; stagewatch.yaml of the package explains every setting')
    .option('--replace', 'take the place of history in the store that came from another source')
    .addHelpText('after', '\nExample:\n  stagewatch run --config stagewatch.yaml')
    .action(async ({ config: file, replace }: { config: string; replace?: true }) => {
      const config = await readConfig(file)
      const { runRun } = await import('../run.ts')
      await runRun({ config, replaces: replace === true })
    })
}
