import { statSync } from 'node:fs'
import { pino } from 'pino'
import { instant } from '../../event/instant.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import { openFileSource } from '../../source/file.ts'
import type { Source } from '../../source/source.ts'
import type { KeptLog } from '../../store/queries/kept-records.ts'
import type { BacktestOptions } from '../commands/backtest.ts'
import type { Config } from '../config.ts'
import { CouldNotRun } from '../could-not-run.ts'
import { openProcessSource } from '../process-source.ts'
import { assignInputs } from '../replay-files.ts'
import { requireRegistry } from '../schemas.ts'
import { openSeveralSources } from '../several-sources.ts'
import { openStoreAlone } from '../store-alone.ts'
import { type EndingSource, untilItsEnd } from '../until-its-end.ts'
import { openStoredSource } from './stored-source.ts'

/** Where the past of processes is read from: files, the topics that a configuration names, or the records that its store has kept. */
export type Past = {
  /** Those of which there is any. */
  readonly processes: readonly ProcessDefinition[]
  /** Can be read once; opened again it is read again. @param process one of these, or another over the same topics. */
  readonly open: (process: ProcessDefinition) => EndingSource
  readonly close: () => Promise<void>
}

/** @throws CouldNotRun, StoreError, SourceError where it cannot be read. */
export async function openPast(
  { inputs, config, stored }: Pick<BacktestOptions, 'inputs' | 'config' | 'stored'>,
  processes: readonly ProcessDefinition[],
): Promise<Past> {
  if (config === undefined) return pastInFiles(processes, inputs)
  return stored ? pastInStore(config, processes) : pastInTopics(config, processes)
}

function pastInFiles(processes: readonly ProcessDefinition[], inputs: BacktestOptions['inputs']): Past {
  const assigned = assignInputs(processes, inputs)
  const byName = new Map([...assigned].map(([{ name }, files]) => [name, files]))
  return {
    processes: [...assigned.keys()],
    open({ name }) {
      const files = [...(byName.get(name) ?? [])]
      const notAfter = instant(Date.now())
      const sources = files.map(([topic, paths]) => openFileSource({ files: paths, topic, notAfter }))
      const all: Source = openSeveralSources(sources)
      const bytes = files.flatMap(([, paths]) => paths).reduce((sum, path) => sum + sizeOf(path), 0)
      return {
        start: listener => all.start(listener),
        stop: () => all.stop(),
        finished: all.finished,
        share: () => (bytes === 0 ? 0 : sources.reduce((sum, source) => sum + source.bytesRead(), 0) / bytes),
      }
    },
    close: async () => {},
  }
}

/** A file that is not there is told when it is read. */
const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

function pastInTopics({ kafka }: Config, processes: readonly ProcessDefinition[]): Past {
  if (kafka === undefined) {
    const remedy = 'read the records that its store has kept: --stored (store.events: true), or files: --input'
    throw new CouldNotRun({ problem: 'the configuration names no Kafka whose topics could be read', remedy })
  }
  requireRegistry(processes, kafka.schemaRegistry)
  const logger = pino({ level: 'silent' })
  return {
    processes,
    open: process => untilItsEnd(openProcessSource(kafka, process, logger)),
    close: async () => {},
  }
}

async function pastInStore(config: Config, processes: readonly ProcessDefinition[]): Promise<Past> {
  const { store, name, close } = await openStoreAlone(config, {
    missing: 'name the configuration of the process that keeps records, or read the topics: without --stored',
    inUse: 'stop that process, or read the topics: without --stored',
  })
  try {
    const logs = new Map<string, readonly KeptLog[]>()
    for (const process of processes) {
      const topics = process.sources.flatMap(source => source.topics)
      const kept = (await store.keptLogs(process.name)).filter(({ topic }) => topics.includes(topic))
      if (kept.length > 0) logs.set(process.name, kept)
    }
    if (logs.size === 0) {
      throw new CouldNotRun({
        problem: `${name} has no records of ${processes.map(process => process.name).join(', ')}`,
        remedy:
          'let the store keep them (store.events: true in the configuration), or read the topics: without --stored',
      })
    }
    return {
      processes: processes.filter(process => logs.has(process.name)),
      open: process =>
        openStoredSource(logs.get(process.name) ?? [], span => store.keptRecords({ ...span, process: process.name })),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
