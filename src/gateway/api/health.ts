import type { EngineView, ProcessStatus } from '../../engine/view.ts'
import { type Instant, instant } from '../../event/instant.ts'
import { healthSchema } from '../../protocol/health.ts'
import { healthView } from '../../protocol/health-view.ts'
import type { OutboxView } from '../../protocol/notification-view.ts'
import type { HealthView } from '../../protocol/status-view.ts'
import type { DeadLetterSamples } from '../../store/queries/dead-letter-samples.ts'
import type { HistoryReader } from './history-reader.ts'
import { ifStoreAnswers, wallClock } from './lookup.ts'
import { reasonsNotReady } from './readiness.ts'
import { type Route, route } from './route.ts'

const LACKING_SINCE_MS = 86_400_000

export type HealthSources = {
  readonly view: EngineView
  readonly history: HistoryReader
  readonly health: () => HealthView
  readonly outbox: () => OutboxView
  /** When the newest state of a partition was saved; undefined: none was. Default: nobody saves any. */
  readonly savedAt?: (process: string, partition: number) => Promise<Instant | undefined>
  /** Default: the wall clock. */
  readonly now?: () => Instant
}

export const healthRoutes = ({
  view,
  history,
  health,
  outbox,
  savedAt = async () => undefined,
  now = wallClock,
}: HealthSources): readonly Route[] => [
  route({
    method: 'get',
    path: '/api/v1/health',
    tag: 'operations',
    permission: 'read',
    name: 'health',
    summary:
      'How the program is doing: sources, lag, what holds time back, what cannot be counted, the store, messages',
    answer: {
      schema: healthSchema,
      means: 'As it stands in memory; samples of dead letters come from the store. As a table: the partitions.',
      csv: ({ processes }) =>
        processes.flatMap(({ process, state, partitions }) => partitions.map(one => ({ process, state, ...one }))),
    },
    async handle() {
      const at = now()
      const since = instant(at - LACKING_SINCE_MS)
      const deadLetters = new Map<string, DeadLetterSamples>()
      for (const { name } of view.processes) {
        const found = await ifStoreAnswers(() => history.deadLetterSamples({ process: name, since }))
        if (found !== undefined) deadLetters.set(name, found)
      }
      const saves = new Map<string, Instant>()
      for (const { name } of view.processes) {
        const saved = await ifStoreAnswers(() => allSavedAt(view.status(name), savedAt))
        if (saved !== undefined) saves.set(name, saved)
      }
      return healthView({
        view,
        health: health(),
        outbox: outbox(),
        deadLetters,
        saves,
        notReady: reasonsNotReady(view),
        at,
      })
    },
  }),
]

/** When the last one of its partitions was saved that has waited longest for it; undefined: one of them never was. */
async function allSavedAt(
  { process, partitions }: ProcessStatus,
  savedAt: NonNullable<HealthSources['savedAt']>,
): Promise<Instant | undefined> {
  const numbers = [...new Set(partitions.map(({ partition }) => partition))]
  const saved = await Promise.all(numbers.map(partition => savedAt(process, partition)))
  if (saved.length === 0 || saved.includes(undefined)) return undefined
  return instant(Math.min(...(saved as Instant[])))
}
