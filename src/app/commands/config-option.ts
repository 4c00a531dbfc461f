import { readFileSync } from 'node:fs'
import type { Config } from '../config.ts'
import { CouldNotRun } from '../could-not-run.ts'

/** Reads and checks the configuration that `--config` names. @throws Mistakes in it, CouldNotRun where it is not there. */
export async function readConfig(file: string): Promise<Config> {
  const text = textOf(file)
  const { loadConfig } = await import('../config.ts')
  return loadConfig(text, file)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new CouldNotRun({
      problem: `the configuration ${file} ${code === 'ENOENT' ? 'does not exist' : `cannot be read (${message})`}`,
      remedy: 'name it with --config; stagewatch.yaml of the package is a template to copy',
      cause,
    })
  }
}
