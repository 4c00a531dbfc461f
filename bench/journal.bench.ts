import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openJournal } from '../src/journal/journal.ts'
import { machine, print, spread, whole } from './machine.ts'

/*
 * One question: how many entries a second does the journal acknowledge, each when it is on disk, and after how long?
 *
 * Workload: entries of 1,000 bytes with 1, 10 and 100 under way for two seconds; then 100,000 of them read back. It goes to
 * the folder for temporary files, which must lie on a disk to mean anything.
 */
const RUNS = 5
const RUN_MS = 2_000
const PADDING = 'x'.repeat(900)
const KEPT = 100_000
/** The journal is not begun anew: what is measured is appending. */
const NEVER_ROTATED = 2 ** 40

const entry = (offset: number) => ({ kind: 'future', process: 'orders', topic: PADDING, partition: 0, offset }) as const

test.each([1, 10, 100])('%i under way', async underWay => {
  const runs: Run[] = []
  for (let run = 0; run <= RUNS; run++) runs.push(await appended(underWay))
  const measured = runs.slice(1)
  print(
    `${underWay} under way: ${spread(measured.map(({ perSecond }) => perSecond))} entries/s, ` +
      `median ${spread(
        measured.map(({ medianMs }) => medianMs),
        fine,
      )} ms, p99 ${spread(
        measured.map(({ p99Ms }) => p99Ms),
        fine,
      )} ms, ` +
      `${whole(measured[0]!.bytesAnEntry)} bytes an entry`,
  )
})

test('reading back', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'stagewatch-bench-'))
  const journal = await openJournal(directory, NEVER_ROTATED)
  await Promise.all(Array.from({ length: KEPT }, (_, offset) => journal.append(entry(offset))))
  await journal.close()
  const tookMs: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const from = performance.now()
    const again = await openJournal(directory, NEVER_ROTATED)
    tookMs.push(performance.now() - from)
    expect(again.recover().futures.size).toBe(KEPT)
    await again.close()
  }
  rmSync(directory, { recursive: true })
  print(`${whole(KEPT)} entries read back in ${spread(tookMs)} ms`, machine())
})

type Run = {
  readonly perSecond: number
  readonly medianMs: number
  readonly p99Ms: number
  readonly bytesAnEntry: number
}

async function appended(underWay: number): Promise<Run> {
  const directory = mkdtempSync(join(tmpdir(), 'stagewatch-bench-'))
  const journal = await openJournal(directory, NEVER_ROTATED)
  const delaysMs: number[] = []
  let offset = 0
  const from = performance.now()
  const append = async () => {
    while (performance.now() < from + RUN_MS) {
      const began = performance.now()
      await journal.append(entry(offset++))
      delaysMs.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: underWay }, append))
  const perSecond = (1_000 * offset) / (performance.now() - from)
  await journal.close()
  const bytes = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)
  rmSync(directory, { recursive: true })
  delaysMs.sort((left, right) => left - right)
  const at = (share: number) => delaysMs[Math.floor(share * delaysMs.length)] ?? 0
  return { perSecond, medianMs: at(0.5), p99Ms: at(0.99), bytesAnEntry: bytes / offset }
}

const fine = (ms: number): string => ms.toFixed(2)
