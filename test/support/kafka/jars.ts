import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const script = fileURLToPath(new URL('./fetch-jars.sh', import.meta.url))

/** Whether tests can have a broker, and if not, why: skipped tests show the reason. */
export type KafkaAvailability = { readonly available: true } | { readonly available: false; readonly reason: string }

/**
 * A broker of the user's own (`KAFKA_BROKERS`), where any will do; else Java, and the jars or a Maven that can fetch them.
 *
 * @param which `ours`: one that the test may kill, so it has to be started by us.
 * @throws Error with `CI=true` where Kafka is not available: there its tests may not be skipped.
 */
export function kafkaAvailability(which: 'any' | 'ours'): KafkaAvailability {
  if (which === 'any' && process.env.KAFKA_BROKERS) return { available: true }
  const missing = !runs('java', '-version')
    ? 'java is not installed'
    : !jarsAreHere() && !runs('mvn', '--version')
      ? 'maven (mvn) is not installed, which fetches the broker'
      : undefined
  if (missing === undefined) return { available: true }
  const remedy = which === 'any' ? 'install it, or set KAFKA_BROKERS to a broker' : 'install it'
  const reason = `no Kafka broker for tests: ${missing}; ${remedy}`
  if (process.env.CI === 'true') throw new Error(reason)
  return { available: false, reason }
}

function runs(command: string, argument: string): boolean {
  try {
    execFileSync(command, [argument], { stdio: 'ignore', timeout: 30_000 })
    return true
  } catch {
    // Not there, or not able to run: both mean that it cannot be used.
    return false
  }
}

const jarsAreHere = (): boolean => existsSync(execFileSync('sh', [script, '--where'], { encoding: 'utf8' }).trim())

/**
 * The folder with the broker's jars, fetched the first time.
 *
 * @throws Error that says what could not be fetched.
 */
export async function resolveJars(): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', [script], { encoding: 'utf8' })
  return stdout.trim()
}
