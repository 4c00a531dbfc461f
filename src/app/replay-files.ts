import type { AlertTransition } from '../alerts/transition.ts'
import type { ProcessEngine } from '../engine/process-engine.ts'
import { instant } from '../event/instant.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { ShardOutput } from '../shard/output.ts'
import { openFileSource } from '../source/file.ts'
import type { ReplayInput } from './commands/replay.ts'
import { CouldNotRun } from './could-not-run.ts'
import { foldToEnd } from './fold-to-end.ts'
import { avroTopicsOf } from './schemas.ts'
import { openSeveralSources } from './several-sources.ts'

/** Where a replay puts what comes out. */
export type ReplaySink = {
  /** Rows of a shard, each the latest of its key so far. */
  readonly add: (rows: ShardOutput) => void
  readonly addTransitions: (transitions: readonly AlertTransition[]) => void
}

/**
 * Folds files through an engine to the end of them, as if they were read live.
 *
 * @param files by topic; several of a topic are its partitions.
 * @param startedAt by the wall clock: what lies beyond it is of the future.
 */
export async function replayProcess(
  engine: ProcessEngine,
  files: ReadonlyMap<string, readonly string[]>,
  startedAt: number,
  output: ReplaySink,
): Promise<void> {
  const sources = [...files].map(([topic, paths]) =>
    openFileSource({ files: paths, topic, notAfter: instant(startedAt) }),
  )
  await foldToEnd(engine, openSeveralSources(sources), {
    write: rows => output.add(rows),
    publish: transitions => output.addTransitions(transitions),
  })
}

/** By process: the files of each topic, in the order given; several files of a topic are its partitions. */
export function assignInputs(
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

const topicsOf = (process: ProcessDefinition): string[] => process.sources.flatMap(source => [...source.topics])

function onlyTopic(topics: readonly string[]): string {
  const [only] = topics
  if (only !== undefined && topics.length === 1) return only
  const problem = `the rules name several topics (${topics.join(', ')}), so it is not clear which one the file is`
  throw new CouldNotRun({ problem, remedy: `write --input ${only ?? 'TOPIC'}=FILE` })
}
