import { defaultLimits, type WriterLimits } from '../../src/store/writing/writer.ts'
import type { Chance } from './chance.ts'
import type { ServerFaults } from './server.ts'

/** How one of a program's runs ends. */
export type Ending =
  /** kill −9: what was written stays. */
  | 'killed'
  /** What was not synced is lost. */
  | 'power off'
  /** It stands still, its disk is given to the next one, and it goes on later. */
  | 'zombie'
  /** As a signal ends it. */
  | 'stopped'

export type FaultyLife = {
  /** So many events after its start. */
  readonly events: number
  readonly ending: Ending
  /** Until the next one begins. */
  readonly downMs: number
  /** Whether the newest snapshot of a partition is found damaged afterwards. */
  readonly damages: boolean
}

/** Everything about a seed that must not matter: speeds, sizes, and what goes wrong. */
export type Knobs = {
  /** Each ends; the one after them goes on when nothing goes wrong any more. */
  readonly lives: readonly FaultyLife[]
  readonly tickMs: number
  readonly syncMs: number
  readonly answerMs: number
  readonly fetchMs: number
  /** The first so many partitions are read far more slowly than the others. */
  readonly slowLogs: number
  readonly mostRecords: number
  readonly saveEveryMs: number
  readonly limits: WriterLimits
  readonly server: ServerFaults
  readonly channel: { readonly lost: number; readonly unacknowledged: number }
  readonly rebalances: number
  /** How often, when a life begins, the store is away or the disk is full for a while. */
  readonly storeAway: number
  readonly diskFull: number
  /** So many threads fold; 0: the one that evaluates does. */
  readonly threads: number
  /** How long a message takes from one to another, about. */
  readonly messageMs: number
}

const megabyte = 1_048_576

/** Of each kind of fault some seeds have none: what hides behind it shows then. */
export function drawKnobs(chance: Chance): Knobs {
  const often = (probability: number) => chance.of([0, probability / 4, probability])
  const highBytes = chance.of([5_000, 64 * megabyte, 64 * megabyte])
  return {
    lives: Array.from({ length: chance.of([1, 1, 2, 3]) }, () => ({
      events: Math.ceil(chance.delay(chance.of([30, 100, 300]))),
      ending: chance.of(['killed', 'killed', 'power off', 'zombie', 'stopped'] as const),
      downMs: chance.of([0, chance.below(300)]),
      damages: chance.oneIn(4),
    })),
    tickMs: chance.of([0.01, 0.2, 2]),
    syncMs: chance.of([0.3, 4]),
    answerMs: chance.of([2, 30]),
    fetchMs: chance.of([2, 10, 50]),
    slowLogs: chance.of([0, 0, 1, 2]),
    mostRecords: chance.of([1, 4, 30]),
    saveEveryMs: chance.of([100, 300, 1_000]),
    limits: {
      ...defaultLimits,
      flushEveryMs: chance.of([10, 100, 1_000]),
      flushRows: chance.of([3, 10_000]),
      batchRows: chance.of([2, 20_000]),
      batchBytes: 16 * megabyte,
      highBytes,
      lowBytes: 0.75 * highBytes,
      firstRetryMs: chance.of([10, 200]),
      longestRetryMs: 400,
    },
    server: { refused: often(0.2), unacknowledged: often(0.3), overdue: often(0.2) },
    channel: { lost: often(0.3), unacknowledged: often(0.3) },
    rebalances: often(0.04),
    storeAway: often(0.4),
    diskFull: often(0.2),
    threads: chance.of([0, 0, 0, chance.between(1, 2)]),
    messageMs: chance.of([0.01, 1, 10]),
  }
}
