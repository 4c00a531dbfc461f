import { effect, signal } from '@preact/signals'
import { type StageHistory, stageHistorySchema } from '../../protocol/history.ts'
import { chosenRange, chosenSegment, ranges } from './address.ts'
import { type Answer, ask } from './api.ts'
import { now } from './live.ts'
import { isPaused } from './pause.ts'
import { evaluatedAt, process, stage } from './selection.ts'

/** The history of the stage that is shown; undefined: not read yet. */
export const series = signal<Answer<StageHistory> | undefined>(undefined)

/** How often a chart that is looked at is read again. */
const AGAIN_AFTER_MS = 15_000

/** Reads the history of whatever stage, segment and range are chosen, and again as time goes on. */
export function followStage(): void {
  effect(() => {
    const shown = process.value
    const name = stage.value?.name
    const segment = chosenSegment.value
    const range = chosenRange.value
    if (shown === undefined || name === undefined) return
    const asked = new AbortController()
    const path = `/api/v1/processes/${encodeURIComponent(shown.name)}/stages/${encodeURIComponent(name)}/history`
    const read = async () => {
      // Up to the last evaluation: while history is being read, the wall clock is far ahead of it.
      const to = evaluatedAt.peek() ?? now.peek()
      const query = new URLSearchParams({ from: new Date(to - ranges[range]).toISOString() })
      if (segment !== undefined) query.set('segment', segment)
      const answer = await ask(`${path}?${query}`, stageHistorySchema, asked.signal)
      if (answer.kind !== 'aborted') series.value = answer
    }
    series.value = undefined
    void read()
    const again = setInterval(() => {
      if (!isPaused.peek()) void read()
    }, AGAIN_AFTER_MS)
    return () => {
      asked.abort()
      clearInterval(again)
    }
  })
}
