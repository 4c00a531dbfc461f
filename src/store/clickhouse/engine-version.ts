import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreError } from '../store-error.ts'

/*
 * A data directory carries the version of the newest engine that has opened it. An older engine may not know the format
 * of what a newer one has written: it sets such parts aside as broken, and history is gone without a word. So it is
 * refused before it opens anything; a newer engine reads what older ones have written.
 */
export const engineVersionFile = 'engine-version'

/** @throws StoreError where a newer engine than `engine` (`26.7.2.1`) has opened the directory before. */
export async function requireEngineFor(directory: string, engine: string): Promise<void> {
  const newest = await newestEngineOf(directory)
  if (newest === undefined || compare(engine, newest) >= 0) return
  throw new StoreError(
    `The data in ${directory} were written by ClickHouse ${newest}, this release of Stagewatch has ${engine} inside, which is older`,
    'Use the release of Stagewatch that wrote them or a newer one, go back to a copy from before, or name another data directory.',
  )
}

/** To be called when `engine` has opened the directory. */
export async function noteEngine(directory: string, engine: string): Promise<void> {
  if ((await newestEngineOf(directory)) === engine) return
  const file = join(directory, engineVersionFile)
  await writeFile(`${file}.part`, `${engine}\n`, { flush: true })
  await rename(`${file}.part`, file)
}

async function newestEngineOf(directory: string): Promise<string | undefined> {
  const file = join(directory, engineVersionFile)
  let text: string
  try {
    text = (await readFile(file, 'utf8')).trim()
  } catch (error) {
    // Made before versions were noted, or new.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  if (/^\d+(\.\d+)*$/.test(text)) return text
  throw new StoreError(
    `${file} does not hold the version of an engine but ${JSON.stringify(text.slice(0, 40))}`,
    'Put the file back from a copy, or remove it where the data were written by this release.',
  )
}

/** Only the release (year and month) counts: within one, ClickHouse does not change how it writes. */
function compare(left: string, right: string): number {
  const [leftParts, rightParts] = [left, right].map(version => version.split('.').map(Number))
  for (const place of [0, 1]) {
    const difference = (leftParts?.[place] ?? 0) - (rightParts?.[place] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
