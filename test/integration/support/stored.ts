import { ReplayOutput } from '../../../src/app/replay-output.ts'
import { durationMs } from '../../../src/event/duration.ts'
import { openStore, type Store } from '../../../src/store/store.ts'
import { storeOf } from './configured-run.ts'

/** Opens the embedded store that a run in this folder has left. One data directory at a time in a process. */
export async function withStoreOf<Result>(folder: string, use: (store: Store) => Promise<Result>): Promise<Result> {
  const store = await openStore(storeOf(folder))
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

/** Writes what the store holds of a process as a replay writes its result, so that the files can be compared. */
export async function writeAsReplay(store: Store, process: string, out: string): Promise<void> {
  const output = new ReplayOutput()
  const nothing = { visits: [], panes: [], measurePanes: [], deadLetters: [] }
  for await (const visit of store.allVisits(process)) output.add({ ...nothing, visits: [visit] })
  const merged = { source: '', partition: 0, epoch: 0, position: 0 }
  for await (const pane of store.allPanes(process)) {
    output.add({ ...nothing, panes: [{ ...pane, ...merged }] })
  }
  let hasMeasures = false
  for await (const pane of store.allMeasurePanes(process)) {
    hasMeasures = true
    output.add({ ...nothing, measurePanes: [pane] })
  }
  await output.write(out, { partitions: [], hasMeasures, rejections: [] }, () => ({
    elapsedMs: durationMs(0),
    peakMemoryBytes: 0,
  }))
}
