import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { startBroker } from './broker.ts'

const STARTED_WITHIN_MS = 180_000

/**
 * The broker that the test files of a run share; `KAFKA_BROKERS` names a user's own, which may hold anything and stays
 * for the next run. So topics come from `createTopics`, go with `deleteTopics`, and groups have random names. Call it
 * only in a `describeKafka`.
 *
 * @returns its address, for `brokers`; several separated by commas where it is the user's own.
 * @throws Error where it could not be started.
 */
export async function sharedBroker(): Promise<string> {
  const given = process.env.KAFKA_BROKERS
  if (given) return given
  const folder = inject('kafkaFolder')
  if (wins(folder)) {
    try {
      const { brokers } = await startBroker({ folder })
      announce(folder, 'address', brokers)
    } catch (cause) {
      announce(folder, 'failure', cause instanceof Error ? cause.message : String(cause))
      throw cause
    }
  }
  for (const deadline = Date.now() + STARTED_WITHIN_MS; Date.now() < deadline; ) {
    const address = announced(folder, 'address')
    if (address !== undefined) return address
    const failure = announced(folder, 'failure')
    if (failure !== undefined) throw new Error(failure)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('the Kafka broker shared by the tests did not start in time')
}

/** Of several test files only one makes the folder. */
function wins(folder: string): boolean {
  try {
    mkdirSync(join(folder, 'starting'))
    return true
  } catch (cause) {
    if (existsSync(join(folder, 'starting'))) return false
    throw cause
  }
}

/** Written aside and renamed, so that nobody reads half of it. */
function announce(folder: string, name: string, text: string): void {
  writeFileSync(join(folder, `${name}.new`), text)
  renameSync(join(folder, `${name}.new`), join(folder, name))
}

const announced = (folder: string, name: string): string | undefined =>
  existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : undefined
