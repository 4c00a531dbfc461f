import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Failpoint, failpoints } from '../../src/event/failpoint.ts'
import { RandomDraws } from '../../src/source/random-draws.ts'
import { extent, isFull, seed } from './support/extent.ts'
import { buildFailingProgram, type FailingProgram } from './support/program.ts'
import { describeRow, ROW_WITHIN_MS, report } from './support/row.ts'
import type { Watched } from './support/watched.ts'

const file = 'test/faults/kill.test.ts'

/** Back and processing after kill −9. */
const BACK_WITHIN_MS = 10_000

/** Passed once, at the first start of a data folder. */
const atTheFirstStart: readonly Failpoint[] = ['segment-before-rename', 'segment-after-rename']
/** Passed once a start. */
const atAnyStart: readonly Failpoint[] = ['assigned-loaded', 'assigned']

const others = failpoints.filter(name => !atTheFirstStart.includes(name))

const passOf = (draws: RandomDraws, at: Failpoint): number =>
  [...atTheFirstStart, ...atAnyStart].includes(at) ? 1 : 1 + (draws.next() % 3)

/** An error there could only be a mistake of the writer's own, which ends the program with its stack. */
const failing = others.filter(name => name !== 'store-acknowledged')

/** Longer than the session timeout: the broker has given the partitions up meanwhile. */
const HANGS_FOR_MS = 12_000

describeRow('kill −9 while events flow', file, ({ openScene }) => {
  let program: FailingProgram

  beforeAll(async () => {
    program = await buildFailingProgram()
  })

  afterAll(() => program?.close())

  test(
    'at named points changes no cell',
    async () => {
      const scene = await openScene()
      const draws = new RandomDraws(seed, 2)
      const stream = await scene.stream({ parcelsPerSecond: 80, duplicates: 0.05 })
      const watched = scene.watched('killed', { program: program.main })
      const points = [...atTheFirstStart, ...(isFull ? others : drawn(draws, others, 2))]
      for (const at of points) {
        const pass = passOf(draws, at)
        await watched.start([{ at, pass, does: 'kill' }])
        expect(await watched.untilEndedAt(at), `${at}, pass ${pass}`).toMatchObject({ signal: 'SIGKILL' })
        expect(watched.passed().get(at), at).toBeGreaterThanOrEqual(pass)
      }
      await watched.start()
      await watched.untilBeyond(stream.ends)
      await stream.stop()
      const stored = await scene.stored(watched)
      const { cells } = scene.expectSame(stored, (await scene.expected()).cells)
      expect([...watched.passed().keys()].sort(), 'every point is passed').toEqual(failpoints.toSorted())
      report('kill −9 at named points', { points: points.length, 'cells, 0 differing': cells, records: stream.sent })
    },
    ROW_WITHIN_MS,
  )

  test(
    'at random times changes no cell, and it is back and processing within 10 s',
    async () => {
      const scene = await openScene()
      const draws = new RandomDraws(seed, 3)
      const stream = await scene.stream({ parcelsPerSecond: 80, duplicates: 0.05 })
      const watched = scene.watched('killed')
      const backAfterMs: number[] = []
      const times = extent(40, 2)
      await watched.start()
      for (let nth = 0; nth < times; nth++) {
        await aWhile(draws, watched)
        await watched.kill()
        const [killedAt, { ends }] = [Date.now(), stream]
        await watched.start()
        await watched.untilBeyond(ends)
        backAfterMs.push(Date.now() - killedAt)
      }
      await stream.stop()
      const stored = await scene.stored(watched)
      const { cells } = scene.expectSame(stored, (await scene.expected()).cells)
      report('kill −9 at random times', {
        times,
        'cells, 0 differing': cells,
        records: stream.sent,
        'back within ms': Math.max(...backAfterMs),
      })
      expect(Math.max(...backAfterMs)).toBeLessThan(BACK_WITHIN_MS)
    },
    ROW_WITHIN_MS,
  )

  test(
    'an error or a thread that stands still at named points changes no cell',
    async () => {
      const scene = await openScene()
      const draws = new RandomDraws(seed, 12)
      const stream = await scene.stream({ parcelsPerSecond: 80, duplicates: 0.05 })
      const watched = scene.watched('failing', { program: program.main })
      const errors: readonly Failpoint[] = isFull ? failing : ['snapshot-before-rename', ...drawn(draws, failing, 1)]
      const hangs = drawn(draws, others, extent(6, 0))
      const actions = [
        ...errors.map(at => ({ at, pass: passOf(draws, at), does: 'throw' }) as const),
        ...hangs.map(at => ({ at, pass: passOf(draws, at), does: 'hang', forMs: HANGS_FOR_MS }) as const),
      ]
      let ended = 0
      for (const action of actions) {
        await watched.start([action])
        await watched.untilPassed(action)
        if (await goesOn(watched, stream.ends)) await watched.kill()
        else {
          expect(action.does, action.at).toBe('throw')
          // In words of its own: an error that nobody had waited for would end it with a stack.
          const words = { code: 2, signal: null, stderr: expect.stringMatching(/^stagewatch: .*\n {2}remedy: /) }
          expect(await watched.run.command.ended, action.at).toMatchObject(words)
          ended++
        }
      }
      await watched.start()
      await watched.untilBeyond(stream.ends)
      await stream.stop()
      const { cells } = scene.expectSame(await scene.stored(watched), (await scene.expected()).cells)
      report('errors and hangs at named points', {
        errors: errors.length,
        'of which ended it': ended,
        hangs: hangs.length,
        'cells, 0 differing': cells,
        records: stream.sent,
      })
    },
    ROW_WITHIN_MS,
  )
})

/** @returns false where it has ended. */
async function goesOn(watched: Watched, ends: readonly number[]): Promise<boolean> {
  try {
    await watched.untilBeyond(ends)
    return true
  } catch (cause) {
    if (watched.run.command.isRunning) throw cause
    return false
  }
}

/** Some of them, each once. */
function drawn<T>(draws: RandomDraws, all: readonly T[], count: number): T[] {
  return all
    .map(one => ({ one, at: draws.next() }))
    .sort((left, right) => left.at - right.at)
    .slice(0, count)
    .map(({ one }) => one)
}

/** Until it has folded a drawn number of further records. */
async function aWhile(draws: RandomDraws, watched: Watched): Promise<void> {
  const more = draws.next() % 200
  const from = await watched.offsets()
  await watched.untilBeyond(from.map(offset => (offset ?? -1) + 1 + more))
}
