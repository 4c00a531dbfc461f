import { ProcessEngine } from '../engine/process-engine.ts'
import { ProcessLoop } from '../engine/process-loop.ts'
import type { EngineWorld } from '../engine/world.ts'
import { instant } from '../event/instant.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import { openFileSource } from '../source/file.ts'
import { openBackfill, sourceOfFiles } from './backfill.ts'
import type { ReplayInput, ReplayOptions } from './commands/replay.ts'
import { CouldNotRun } from './could-not-run.ts'
import type { RejectedRecord } from './replay-output/first-rejections.ts'
import type { ReplaySummary } from './replay-output/summary.ts'
import { ReplayOutput } from './replay-output.ts'
import { loadRules } from './rules-folder.ts'
import { avroTopicsOf } from './schemas.ts'
import { openSeveralSources } from './several-sources.ts'

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

async function replayProcess(
  engine: ProcessEngine,
  files: ReadonlyMap<string, readonly string[]>,
  startedAt: number,
  output: ReplayOutput,
): Promise<void> {
  let broke: Error | undefined
  const world: EngineWorld = {
    write: rows => output.add(rows),
    hasRoom: () => true,
    record: async () => {},
    publish: (_, transitions) => output.addTransitions(transitions),
    evaluated: () => {},
    loadShards: async () => new Map(),
    saveShards: async () => {},
    wasFuture: () => false,
    sourceState: () => {},
    failed: (_, error) => {
      broke = error
      void source.stop()
    },
  }
  const loop = new ProcessLoop(engine, world, undefined)
  const sources = [...files].map(([topic, paths]) =>
    openFileSource({ files: paths, topic, notAfter: instant(startedAt) }),
  )
  const source = openSeveralSources(sources)
  try {
    // Every topic has to be known before the first evaluation: what comes meanwhile waits in the queues.
    await source.start(loop)
    loop.start()
    await source.finished
    await loop.finish()
  } finally {
    await source.stop()
    await loop.stop()
  }
  if (broke !== undefined) throw broke
}

/** By process: the files of each topic, in the order given; several files of a topic are its partitions. */
function assignInputs(
  processes: readonly ProcessDefinition[],
  inputs: readonly ReplayInput[],
): Map<ProcessDefinition, Map<string, string[]>> {
  const topics = [...new Set(processes.flatMap(topicsOf))]
  const files = new Map<string, string[]>()
  for (const { topic = onlyTopic(topics), file } of inputs) {
    if (!topics.includes(topic)) {
      const remedy = `use one of: ${topics.join(', ')}`
      throw new CouldNotRun({ problem: `no process reads a topic ${topic}`, remedy })
    }
    files.set(topic, [...(files.get(topic) ?? []), file])
  }
  const assigned = new Map<ProcessDefinition, Map<string, string[]>>()
  for (const process of processes) {
    const own = topicsOf(process).flatMap(topic => {
      const paths = files.get(topic)
      return paths === undefined ? [] : [[topic, paths] as const]
    })
    if (own.length === 0) continue
    const avro = avroTopicsOf(process).find(topic => files.has(topic))
    if (avro !== undefined) {
      throw new CouldNotRun({
        problem: `process ${process.name} reads the topic ${avro} as Avro, and a file holds lines of JSON`,
        remedy: 'replay a copy of the rules with format: json there, and in the file the records as JSON',
      })
    }
    assigned.set(process, new Map(own))
  }
  return assigned
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

const topicsOf = (process: ProcessDefinition): string[] => process.sources.flatMap(source => [...source.topics])

function onlyTopic(topics: readonly string[]): string {
  const [only] = topics
  if (only !== undefined && topics.length === 1) return only
  const problem = `the rules name several topics (${topics.join(', ')}), so it is not clear which one the file is`
  throw new CouldNotRun({ problem, remedy: `write --input ${only ?? 'TOPIC'}=FILE` })
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
