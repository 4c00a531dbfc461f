import { resolve } from 'node:path'
import type { DefineCommand } from '../command-line.ts'

/** What `stagewatch backup` was told; absolute paths. */
export type BackupOptions = { readonly data: string; readonly to: string }

export const defineBackup: DefineCommand = (program, { print }) => {
  program
    .command('backup')
    .description(
      'copy a data folder, also while a process has it: journal, snapshots and embedded store, as they belong together',
    )
    .option('--data <DIR>', 'the folder of the process', './data')
    .requiredOption('--to <DIR>', 'folder of the copy, which is made')
    .addHelpText(
      'after',
      `
A process that has the folder makes the copy itself, as the user that it runs as, to a path as it sees it.
To restore, start from a copy of the copy.

Example:
  stagewatch backup --data ./data --to /backups/2026-11-28`,
    )
    .action(async (given: { data: string; to: string }) => {
      const { runBackup } = await import('../backup.ts')
      const options = { data: resolve(given.data), to: resolve(given.to) }
      const { wasInUse } = await runBackup(options)
      print(`${options.data} is copied to ${options.to}${wasInUse ? ', by the process that has it' : ''}\n`)
    })
}
