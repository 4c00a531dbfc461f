import { setTimeout as wait } from 'node:timers/promises'
import { RandomDraws } from '../../src/source/random-draws.ts'
import type { Store } from '../../src/store/store.ts'
import { historyToMs } from './company.ts'
import { type Delays, EventLoopWatch } from './event-loop-watch.ts'
import { askOnce, type Question } from './reading.ts'
import { paneRows, visitRows } from './rows.ts'
import { threadCpuMs } from './thread-cpu.ts'

/*
 * Does the store let the main thread be, while rows come in and people ask?
 *
 * 5,000 visits and 1,000 panes a second are handed over twenty times a second, as they come, while the month's questions
 * are asked one after the other without a pause. What is asked of the engine runs on its threads; what is left to this
 * one are rows to be put into words, answers to be read, and garbage.
 */
const visitsPerSecond = 5_000
const panesPerSecond = 1_000
const writesPerSecond = 20
const loadSeconds = 20

export type LoadFigures = Delays & {
  readonly rowsPerSecond: number
  readonly asked: number
  /** Share of the time for which the main thread was on a core. */
  readonly busy: number
}

/**
 * @param questions none: rows come in and nobody asks.
 * @param run rows of other runs have other keys.
 */
export async function loadFigures(store: Store, questions: readonly Question[], run: number): Promise<LoadFigures> {
  const parts = partsOf(run)
  const written = store.health().writtenRows
  const watch = new EventLoopWatch()
  const [from, cpu] = [performance.now(), threadCpuMs()]
  const asking = ask(store, questions, from + loadSeconds * 1_000)
  for (const [index, part] of parts.entries()) {
    await wait(Math.max(0, from + (index * 1_000) / writesPerSecond - performance.now()))
    if (store.isFull()) await store.drained()
    store.write(part)
  }
  await store.flush()
  const asked = await asking
  const ms = performance.now() - from
  return {
    ...watch.end(),
    rowsPerSecond: ((store.health().writtenRows - written) * 1_000) / ms,
    asked,
    busy: (threadCpuMs() - cpu) / ms,
  }
}

/** @returns how many questions were answered. */
async function ask(store: Store, questions: readonly Question[], untilMs: number): Promise<number> {
  const draws = new RandomDraws(4, 0)
  let asked = 0
  while (questions.length > 0 && performance.now() < untilMs) {
    await askOnce(store, questions[asked++ % questions.length]!, draws)
  }
  return asked
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
