import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { RandomDraws } from '../../src/source/random-draws.ts'
import type { Store } from '../../src/store/store.ts'
import { historyToMs } from './company.ts'
import { askOnce, type Question, timesIn } from './reading.ts'
import { paneRows, visitRows } from './rows.ts'
import { threadCpuMs } from './thread-cpu.ts'

/*
 * Does the store let the main thread be, while rows come in and people ask?
 *
 * 5,000 visits and 1,000 panes a second are handed over twenty times a second, as they come while the month's questions
 * are asked one after the other without a pause. A delay is by how much a timer of 1 ms comes late; what is asked of
 * the engine runs on its threads, so what is left are rows to be put into words, answers to be read, and garbage.
 */
const visitsPerSecond = 5_000
const panesPerSecond = 1_000
const writesPerSecond = 20
export const loadSeconds = 20

export type Delays = {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly mostMs: number
  /** Share of the main thread's time that was CPU. */
  readonly busy: number
}

export type LoadFigures = Delays & {
  readonly rowsPerSecond: number
  readonly asked: number
  readonly answers: { readonly p50Ms: number; readonly p95Ms: number; readonly mostMs: number }
}

/** @param questions none: rows come in and nobody asks. */
export async function loadFigures(store: Store, questions: readonly Question[], run: number): Promise<LoadFigures> {
  const parts = partsOf(run)
  const written = store.health().writtenRows
  const delays = monitorEventLoopDelay({ resolution: 1 })
  const took: number[] = []
  const [from, cpu] = [performance.now(), threadCpuMs()]
  delays.enable()
  const asking = questions.length === 0 ? undefined : ask(store, questions, from + loadSeconds * 1_000, took)
  for (const [index, part] of parts.entries()) {
    await wait(Math.max(0, from + (index * 1_000) / writesPerSecond - performance.now()))
    if (store.isFull()) await store.drained()
    store.write(part)
  }
  await store.flush()
  await asking
  delays.disable()
  const ms = performance.now() - from
  return {
    // The histogram holds the times between two ticks of a timer of 1 ms.
    p50Ms: Math.max(0, delays.percentile(50) / 1e6 - 1),
    p99Ms: Math.max(0, delays.percentile(99) / 1e6 - 1),
    mostMs: delays.max / 1e6 - 1,
    busy: (threadCpuMs() - cpu) / ms,
    rowsPerSecond: ((store.health().writtenRows - written) * 1_000) / ms,
    asked: took.length,
    answers: timesIn(took),
  }
}

async function ask(store: Store, questions: readonly Question[], untilMs: number, took: number[]): Promise<void> {
  const draws = new RandomDraws(4, 0)
  for (let index = 0; performance.now() < untilMs; index++) {
    took.push(await askOnce(store, questions[index % questions.length]!, draws))
  }
}

/** What is handed over, made before the clock runs; it is newer than the history. */
function partsOf(run: number) {
  const parts = loadSeconds * writesPerSecond
  const fromMs = historyToMs + run * 3_600_000
  const [visits, panes] = [visitsPerSecond / writesPerSecond, panesPerSecond / writesPerSecond]
  return Array.from({ length: parts }, (_, part) => ({
    visits: visitRows({ first: (run * parts + part) * visits, count: visits, fromMs: fromMs + part * 1_000 }, 'uuid'),
    panes: paneRows({ first: (run * parts + part) * panes, count: panes, fromMs }),
  }))
}
