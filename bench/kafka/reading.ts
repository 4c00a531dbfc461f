import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BuiltRun, consumedOf, cpuSecondsOf, mainCpuSecondsOf, writeBenchRules } from './built-run.ts'
import { type CpuParts, cpuParts } from './cpu-parts.ts'
import type { Setup } from './plan.ts'

const WITHIN_MS = 540_000

export type Reading = {
  readonly perSecond: number
  /** CPU seconds for a million records: of the whole process, of its JavaScript threads by part, of the broker. */
  readonly cpu: number
  readonly parts: CpuParts
  readonly brokerCpu: number
}

/** How fast a topic is read and folded, from its first counted record to its end. */
export async function measureReading(
  setup: Setup,
  { brokers, brokerPid, topic, records }: { brokers: string; brokerPid: number; topic: string; records: number },
): Promise<Reading> {
  const folder = mkdtempSync(join(tmpdir(), 'stagewatch-bench-'))
  const [rules, profiles] = ['rules', 'profiles'].map(name => join(folder, name)) as [string, string]
  mkdirSync(rules)
  writeBenchRules(rules, topic)
  try {
    const startedAt = performance.now()
    const run = await BuiltRun.start({ setup, brokers, rules, folder, profiles })
    const look = async () => ({
      consumed: consumedOf(await run.status()),
      at: performance.now(),
      cpu: cpuSecondsOf(run.pid),
      mainCpu: mainCpuSecondsOf(run.pid),
      brokerCpu: cpuSecondsOf(brokerPid),
    })
    const first = await run.until('the first records', WITHIN_MS, async () => {
      const seen = await look()
      return seen.consumed > 0 ? seen : undefined
    })
    const last = await run.until(`${records} records`, WITHIN_MS, async () => {
      const seen = await look()
      return seen.consumed >= records ? seen : undefined
    })
    // It has some seconds to stop, and uses them to write what waits.
    await run.until('all rows in the store', WITHIN_MS, async () =>
      (await run.status()).store.rows_waiting === 0 ? true : undefined,
    )
    await run.stop()
    const millions = (last.consumed - first.consumed) / 1e6
    const span = { from: (first.at - startedAt) / 1_000, to: (last.at - startedAt) / 1_000 }
    const seconds = cpuParts(profiles, { ...span, mainSeconds: last.mainCpu - first.mainCpu })
    return {
      perSecond: (millions * 1e6) / (span.to - span.from),
      cpu: (last.cpu - first.cpu) / millions,
      parts: new Map([...seconds].map(([part, taken]) => [part, taken / millions])),
      brokerCpu: (last.brokerCpu - first.brokerCpu) / millions,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
