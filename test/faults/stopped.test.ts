import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { extent } from './support/extent.ts'
import { describeRow, ROW_WITHIN_MS, report } from './support/row.ts'

/** Of kafkajs's members of a group, as the source sets it: `SESSION_TIMEOUT_MS`. */
const SESSION_TIMEOUT_MS = 10_000
const TIMES = extent(10, 1)
const ASLEEP_MS = extent(2 * SESSION_TIMEOUT_MS, SESSION_TIMEOUT_MS + 2_000)

describeRow('SIGSTOP for twice the session timeout', 'test/faults/stopped.test.ts', ({ openScene }) => {
  test(
    'changes no cell: who wakes up goes on where he was',
    async () => {
      const scene = await openScene()
      const stream = await scene.stream({ parcelsPerSecond: 60, duplicates: 0.05 })
      const watched = scene.watched('sleeper', { settings: { log: { level: 'debug' } } })
      await watched.start()
      await watched.untilBeyond(stream.ends)
      // The broker gives its partitions up while it sleeps, which it learns by its next heartbeat.
      const joins = () => watched.timesSaid('Consumer has joined the group')
      const first = joins()
      for (let nth = 0; nth < TIMES; nth++) {
        const before = joins()
        watched.run.command.tell('SIGSTOP')
        await watched.untilStopped()
        await wait(ASLEEP_MS)
        watched.run.command.tell('SIGCONT')
        await watched.untilSaid('that it has joined anew', () => (joins() > before ? true : undefined))
        await watched.untilBeyond(stream.ends)
      }
      expect(watched.lives).toBe(1)
      expect(joins() - first).toBeGreaterThanOrEqual(TIMES)

      await stream.stop()
      const { cells } = scene.expectSame(await scene.stored(watched), (await scene.expected()).cells)
      report('SIGSTOP', {
        times: TIMES,
        'joined anew': joins() - first,
        records: stream.sent,
        'cells, 0 differing': cells,
      })
    },
    ROW_WITHIN_MS,
  )
})
