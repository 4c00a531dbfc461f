import { ProcessEngine } from '../engine/process-engine.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import { openBackfill, sourceOfFiles } from './backfill.ts'
import type { ReplayOptions } from './commands/replay.ts'
import { assignInputs, replayProcess } from './replay-files.ts'
import type { RejectedRecord } from './replay-output/first-rejections.ts'
import type { ReplaySummary } from './replay-output/summary.ts'
import { ReplayOutput } from './replay-output.ts'
import { loadRules } from './rules-folder.ts'

/** Memory is looked at this often for its peak. */
const LOOK_EVERY_MS = 200

/**
 * Folds files as if they were read live, by the very engine that runs live; only clock and sinks differ.
 *
 * @throws Mistakes, CouldNotRun, SourceError; nothing has been written then.
 */
export async function runReplay({
  rules,
  inputs,
  out,
  store,
  replaces = false,
}: ReplayOptions): Promise<ReplaySummary> {
  const { definitions } = loadRules(rules)
  const assigned = assignInputs(definitions.processes, inputs)
  const output = new ReplayOutput()
  const startedAt = Date.now()
  const started = performance.now()
  const peak = watchMemory()
  const partitions: ReplaySummary['partitions'][number][] = []
  const sources = new Map<ProcessDefinition, string>()
  const backfill = store === undefined ? undefined : await openBackfill(store, replaces)
  try {
    for (const [process, files] of assigned) {
      if (backfill !== undefined) sources.set(process, await sourceOfFiles(files))
      const source = sources.get(process)
      const engine = new ProcessEngine({
        process,
        mode: 'replay',
        epoch: 0,
        now: Date.now,
        ...(source === undefined ? {} : { source }),
      })
      await replayProcess(engine, files, startedAt, output)
      for (const { id, shard, topic } of engine.partitions) {
        partitions.push({ process: process.name, ...id, counts: shard.countsOf(topic) })
      }
    }
    await backfill?.write(
      [...sources].map(([process, source]) => ({
        process,
        source,
        span: output.spanOf(process.name),
        rows: output.rowsOf(process.name),
      })),
    )
    const hasMeasures = [...assigned].some(([process]) => process.measures.length > 0)
    const rejections = output.rejections.map(rejected => ({ ...rejected, file: fileOf(assigned, rejected) }))
    return await output.write(out, { partitions, hasMeasures, rejections }, () => ({
      elapsedMs: Math.round(performance.now() - started),
      peakMemoryBytes: peak.bytes(),
    }))
  } finally {
    peak.stop()
    await backfill?.close()
  }
}

/** The file that is the partition from which the record came. */
function fileOf(
  assigned: ReadonlyMap<ProcessDefinition, ReadonlyMap<string, readonly string[]>>,
  { process, topic, partition }: RejectedRecord,
): string {
  const files = [...assigned].find(([{ name }]) => name === process)?.[1].get(topic)
  const file = files?.[partition]
  if (file === undefined) throw new Error(`no file was read as partition ${partition} of ${topic}`)
  return file
}

function watchMemory(): { bytes(): number; stop(): void } {
  let peak = process.memoryUsage.rss()
  const look = () => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  timer.unref()
  return {
    bytes() {
      look()
      return peak
    },
    stop: () => clearInterval(timer),
  }
}
