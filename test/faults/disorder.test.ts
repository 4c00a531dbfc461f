import { expect, test } from 'vitest'
import { RandomDraws } from '../../src/source/random-draws.ts'
import type { Cells } from './support/expected-cells.ts'
import { extent, seed } from './support/extent.ts'
import { historyOf, inOrder, type Written, writeHistory } from './support/history.ts'
import { SETTLE_MS } from './support/parcels.ts'
import { describeRow, ROW_WITHIN_MS, report } from './support/row.ts'
import type { Scene } from './support/scene.ts'
import type { Stored } from './support/stored-cells.ts'

const PARCELS = extent(40_000, 1_200)
const DUPLICATES = 0.3
const LATE = 0.01

describeRow('records in disorder', 'test/faults/disorder.test.ts', ({ openScene }) => {
  test(
    '30 % duplicates, shuffled within settle, give the cells of the undisturbed run',
    async () => {
      const history = historyOf(new RandomDraws(seed, 5), PARCELS)
      const draws = new RandomDraws(seed, 6)
      let duplicates = 0
      const shuffled = history.flatMap(message => {
        const again = draws.fraction() < DUPLICATES ? 2 : 1
        duplicates += again - 1
        return Array.from({ length: again }, () => ({
          ...message,
          sentAt: message.at + Math.floor(draws.fraction() * 0.95 * SETTLE_MS),
        }))
      })
      const [undisturbed, disturbed] = [await openScene(), await openScene()]
      const [calm, wild] = [await storedOf(undisturbed, history), await storedOf(disturbed, inOrder(shuffled), true)]
      expect(withoutCounts(wild)).toEqual(withoutCounts(calm))
      const expected = (await disturbed.expected()).cells
      const { cells } = disturbed.expectSame(wild, expected)
      expect(total(wild, 'duplicate')).toBe(duplicates)
      expect(total(wild, 'late')).toBe(0)
      report('30 % duplicates, shuffled', { records: shuffled.length, duplicates, 'cells, 0 differing': cells })
    },
    ROW_WITHIN_MS,
  )

  test(
    '1 % later than settle gives the cells of the rule for late events, and their exact number',
    async () => {
      const history = historyOf(new RandomDraws(seed, 7), PARCELS)
      const draws = new RandomDraws(seed, 8)
      let delayed = 0
      const disturbed = history.map(message => {
        if (draws.fraction() >= LATE) return message
        delayed++
        return { ...message, sentAt: message.at + SETTLE_MS + 1_000 + (draws.next() % 40_000) }
      })
      const scene = await openScene()
      const stored = await storedOf(scene, inOrder(disturbed))
      const expected = (await scene.expected()).cells
      const { cells } = scene.expectSame(stored, expected)
      const late = total(stored, 'late')
      const applied = total(stored, 'lateApplied')
      expect(late).toBeGreaterThan(0)
      expect(applied).toBeGreaterThan(0)
      expect(stored.deadLetters.map(({ reason }) => reason)).toEqual(Array.from({ length: late }, () => 'late'))
      report('1 % late', { records: history.length, delayed, late, applied, 'cells, 0 differing': cells })
    },
    ROW_WITHIN_MS,
  )
})

/** @param isKilled once, on the way. */
async function storedOf(scene: Scene, history: readonly Written[], isKilled = false): Promise<Stored & Cells> {
  await writeHistory(scene.brokers, scene.topic, history)
  const watched = scene.watched('watched')
  await watched.start()
  if (isKilled) {
    await watched.untilBeyond([1, 1, 1, 1])
    await watched.kill()
    await watched.start()
  }
  return scene.stored(watched)
}

const withoutCounts = ({ visits, panes, measures }: Cells) => ({ visits, panes, measures })

const total = ({ counts }: Cells, name: string): number =>
  counts.reduce((sum, line) => sum + (JSON.parse(line) as Record<string, number>)[name]!, 0)
