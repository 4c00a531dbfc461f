import { cp, readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { DirectoryInUse, lockDirectory } from '../journal/lock.ts'
import { requestBackup } from './backup-request.ts'
import type { BackupOptions } from './commands/backup.ts'
import { CouldNotRun } from './could-not-run.ts'
import { copyAside } from './live-copy.ts'

/**
 * Copies a data folder: at rest here, under its lock; in use by the process that has it.
 *
 * @throws CouldNotRun, JournalError and the file system's errors; there is no copy then.
 */
export async function runBackup({ data, to }: BackupOptions): Promise<{ readonly wasInUse: boolean }> {
  const names = await readdir(data).catch((cause: Error) => {
    throw new CouldNotRun({ problem: `${data} cannot be read: ${cause.message}`, remedy: 'name a data folder', cause })
  })
  if (!names.includes('journal')) {
    throw new CouldNotRun({ problem: `${data} is no data folder of Stagewatch`, remedy: 'name one with --data' })
  }
  const lock = await lockDirectory(data).catch((error: unknown) => {
    if (error instanceof DirectoryInUse) return undefined
    throw error
  })
  if (lock === undefined) {
    await requestBackup(data, to)
    return { wasInUse: true }
  }
  try {
    // Links between directories are relative, and stay so.
    await copyAside(to, aside => cp(data, aside, { recursive: true, verbatimSymlinks: true, filter: isKept }))
  } finally {
    await lock.release()
  }
  return { wasInUse: false }
}

/** Neither the lock nor what goes with the process that had the folder. */
const isKept = (path: string): boolean => !/^(stagewatch\.lock|backup\.)/.test(basename(path))
