import { WordArena } from '../cases/word-arena.ts'
import type { DurationLogState } from '../windows/duration-log.ts'
import type { StageWindowsState } from '../windows/stage-windows.ts'
import type { ShardState } from './shard-state.ts'

/**
 * A shard's state in two parts: its pages, which are nearly all of it and which nobody writes to once a snapshot shares
 * them, and the rest. Pages can so be saved one by one while the fold goes on.
 */
export type SplitState = {
  /** Its lists of pages are empty. */
  readonly rest: ShardState
  /** How many pages each of these lists has, in the order of `withLists`. */
  readonly counts: readonly number[]
}

export function detachPages(state: ShardState): SplitState & { readonly pages: readonly Int32Array[] } {
  const pages: Int32Array[] = []
  const counts: number[] = []
  const rest = withLists(state, list => {
    counts.push(list.length)
    for (const page of list) pages.push(page)
    return []
  })
  return { rest, counts, pages }
}

/** @throws Error where there are more pages, or fewer. */
export function attachPages({ rest, counts }: SplitState, pages: readonly Int32Array[]): ShardState {
  let list = 0
  let at = 0
  const state = withLists(rest, () => {
    const from = at
    at += counts[list++] ?? 0
    return pages.slice(from, at)
  })
  if (at !== pages.length) throw new Error(`the state has ${at} pages, not ${pages.length}`)
  return state
}

/** Nobody reads the pages of a state any more: its shard may write to them again. */
export const releasePages = (state: ShardState): void => WordArena.release(state.cases.store.arena)

type Replace = (list: readonly Int32Array[]) => readonly Int32Array[]

/** The state with each of its lists of pages replaced: those of cases first, then those of each stage's durations. */
function withLists(state: ShardState, replace: Replace): ShardState {
  const { store } = state.cases
  const arena = { ...store.arena, pages: replace(store.arena.pages) }
  const cases = { ...state.cases, store: { ...store, arena } }
  return { ...state, cases, stages: state.stages.map(stage => stageWith(stage, replace)) }
}

function stageWith(stage: StageWindowsState, replace: Replace): StageWindowsState {
  const log = ({ chunks, long }: DurationLogState): DurationLogState => ({ chunks: replace(chunks), long })
  const { live } = stage
  return { ...stage, live: { ...live, durations: live.durations.map(log), wall: live.wall.map(log) } }
}
