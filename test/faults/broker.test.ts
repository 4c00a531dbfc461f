import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { extent } from './support/extent.ts'
import { describeRowWithBroker, ROW_WITHIN_MS, report } from './support/row.ts'
import type { Watched } from './support/watched.ts'

const KILLS = extent(5, 1)
/** Longer than a request may take, 10 s: the engine has to notice. */
const HUNG_MS = extent(30_000, 13_000)

describeRowWithBroker('a broker that is killed and hangs', 'test/faults/broker.test.ts', ({ openScene }, broker) => {
  test(
    'changes no cell, and the engine never exits',
    async () => {
      const scene = await openScene()
      const stream = await scene.stream({ parcelsPerSecond: 60 })
      const watched = scene.watched('patient')
      await watched.start()
      await watched.untilBeyond(stream.ends)

      const away = () => failuresOf(watched).length
      for (let nth = 0; nth < KILLS; nth++) {
        const before = away()
        await broker().kill()
        await watched.untilSaid('that the broker is away', () => (away() > before ? true : undefined))
        await broker().restart()
        await flowsAgain()
      }

      const [silentSince, before] = [stream.sent, away()]
      broker().hang()
      await wait(HUNG_MS)
      broker().resume()
      // It is no fault unless somebody has noticed.
      expect(away() - before + stream.repeated).toBeGreaterThan(0)
      await flowsAgain()
      expect(stream.sent).toBeGreaterThan(silentSince)

      expect(watched.lives).toBe(1)
      await stream.stop()
      const { cells } = scene.expectSame(await scene.stored(watched), (await scene.expected()).cells)
      report('broker away', {
        kills: KILLS,
        'hung ms': HUNG_MS,
        'times told': away(),
        'sends repeated': stream.repeated,
        records: stream.sent,
        'cells, 0 differing': cells,
      })

      async function flowsAgain(): Promise<void> {
        const { sent } = stream
        await watched.untilSaid('records that are sent again', () => (stream.sent > sent + 200 ? true : undefined))
        await watched.untilBeyond(stream.ends)
      }
    },
    ROW_WITHIN_MS,
  )
})

/** Lines of the log that say that the broker is away. */
const failuresOf = (watched: Watched) => watched.logged(line => line.includes('"remedy"') && line.includes('roker'))
