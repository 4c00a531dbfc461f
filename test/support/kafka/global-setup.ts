/**
 * One broker for all test files of a run, started by the first that asks (`shared-broker.ts`), ended after the last.
 * A run without Kafka tests does not pay for it.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the test files of this run agree on their broker. */
    kafkaFolder: string
  }
}

const ENDED_WITHIN_MS = 10_000

export default function setup(project: TestProject): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'stagewatch-kafka-'))
  project.provide('kafkaFolder', folder)
  return async () => {
    const pidFile = join(folder, 'broker.pid')
    if (existsSync(pidFile)) await end(Number(readFileSync(pidFile, 'utf8')))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The topics go with the folder, so there is nothing to shut down in order. */
async function end(pid: number): Promise<void> {
  const deadline = Date.now() + ENDED_WITHIN_MS
  for (let signal: NodeJS.Signals | 0 = 'SIGKILL'; Date.now() < deadline; signal = 0) {
    try {
      process.kill(pid, signal)
    } catch {
      return // There is no such process any more.
    }
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
