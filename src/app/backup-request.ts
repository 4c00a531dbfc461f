import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { CouldNotRun } from './could-not-run.ts'

/*
 * How a running program is asked for a copy of its data folder: by a file in that folder, so that who may ask is who may
 * write there, whatever is known of ports and addresses. The program takes the request away, makes the copy, and puts an
 * answer in its place.
 */
const requestName = 'backup.request.json'
const answerName = 'backup.answer.json'
const LOOK_EVERY_MS = 250

const requestShape = z.object({ id: z.string(), to: z.string() })
const answerShape = z.object({ id: z.string(), problem: z.string().optional(), remedy: z.string().optional() })

/**
 * Looks for requests and answers them, one at a time.
 *
 * @param failed told where the folder itself cannot be read or written.
 * @returns ends the looking, after the copy that is under way.
 */
export async function answerBackupRequests(
  data: string,
  copyTo: (directory: string) => Promise<void>,
  failed: (error: Error) => void,
): Promise<() => Promise<void>> {
  // Whoever asked the process before this one has given up.
  for (const name of [requestName, answerName]) await rm(join(data, name), { force: true })
  let underWay: Promise<void> | undefined
  const timer = setInterval(() => {
    underWay ??= answerOne(data, copyTo)
      .catch(failed)
      .finally(() => {
        underWay = undefined
      })
  }, LOOK_EVERY_MS)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await underWay
  }
}

async function answerOne(data: string, copyTo: (directory: string) => Promise<void>): Promise<void> {
  const request = await readIfThere(join(data, requestName))
  if (request === undefined) return
  await rm(join(data, requestName))
  const { id, to } = requestShape.parse(JSON.parse(request))
  const problems = await copyTo(to).then(
    () => ({}),
    (error: Error & { remedy?: unknown }) => ({ problem: error.message, remedy: error.remedy }),
  )
  await writeWhole(join(data, answerName), JSON.stringify({ id, ...problems }))
}

/**
 * Asks the program that has the folder for a copy, and waits for it.
 *
 * @param acceptedWithinMs how long the program has to take the request.
 * @throws CouldNotRun where it does not take it, or says why there is no copy.
 */
export async function requestBackup(data: string, to: string, acceptedWithinMs = 10_000): Promise<void> {
  const id = randomUUID()
  await writeWhole(join(data, requestName), JSON.stringify({ id, to }))
  const until = Date.now() + acceptedWithinMs
  while ((await readIfThere(join(data, requestName)))?.includes(id) === true) {
    if (Date.now() > until) {
      await rm(join(data, requestName), { force: true })
      throw new CouldNotRun({
        problem: `the process that has ${data} does not take the request for a copy`,
        remedy:
          'see whether it still runs and is of this release; stop it, and ask again for a copy of the folder at rest',
      })
    }
    await wait(LOOK_EVERY_MS)
  }
  for (;;) {
    const text = await readIfThere(join(data, answerName))
    const answer = text === undefined ? undefined : answerShape.parse(JSON.parse(text))
    if (answer?.id === id) {
      await rm(join(data, answerName), { force: true })
      const { problem, remedy = 'see the log of the process that has the folder' } = answer
      if (problem !== undefined) throw new CouldNotRun({ problem: `no copy was made: ${problem}`, remedy })
      return
    }
    await wait(LOOK_EVERY_MS)
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.part`, text)
  await rename(`${file}.part`, file)
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
