import { join } from 'node:path'
import type { Logger } from 'pino'
import { topicsOf } from '../../engine/local-shards.ts'
import { defaultIngestLimits, type IngestLimits, type IngestLog, openIngestLog } from '../../journal/ingest-log.ts'
import { openIngestSource } from '../../journal/ingest-source.ts'
import { keptSnapshots } from '../../journal/snapshots.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import type { Source } from '../../source/source.ts'
import type { Passed } from '../shard-saves.ts'
import type { EventKeeper, KeepBatch } from './event-ingest.ts'

/** In the data folder. */
export const ingestFolder = (data: string): string => join(data, 'ingest')

/**
 * The topics of processes as logs of our own: one for each topic, however many processes read it.
 *
 * What of a log is read no more leaves it. That is what the oldest snapshot covers that a restart could have to go on from, of
 * every process that reads it.
 */
export class IngestLogs implements EventKeeper {
  readonly #processes: readonly ProcessDefinition[]
  readonly #logger: Logger
  readonly #limits: IngestLimits
  readonly #logs = new Map<string, IngestLog>()
  /** By topic and process: the offsets of the snapshots that are kept, the oldest first. */
  readonly #covered = new Map<string, Map<string, number[]>>()

  constructor(processes: readonly ProcessDefinition[], logger: Logger, limits: IngestLimits = defaultIngestLimits) {
    this.#processes = processes
    this.#logger = logger
    this.#limits = limits
  }

  /** @param data whose lock is held. @throws JournalError where a log is damaged. */
  async open(data: string): Promise<void> {
    for (const topic of topicsOfAll(this.#processes)) {
      const log = await openIngestLog(join(ingestFolder(data), folderOf(topic)), this.#limits)
      this.#logs.set(topic, log)
      const readers = this.#processes.filter(process => topicsOf(process).includes(topic))
      this.#covered.set(topic, new Map(readers.map(({ name }) => [name, []])))
      for (const { from, to } of log.missing) {
        this.#logger.error({ topic, from, to }, 'records of the ingest log were cut or removed, and are not counted')
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#logs.values()].map(log => log.close()))
  }

  sourceOf(process: ProcessDefinition): Source {
    return openIngestSource(new Map(topicsOf(process).map(topic => [topic, this.#logOf(topic)])))
  }

  async keep({ topic, id, at, records }: KeepBatch): ReturnType<EventKeeper['keep']> {
    // The case is in the value: only what stands nowhere else is kept beside it.
    const kept = records.map(({ givenKey, value }) => ({ key: givenKey, value }))
    const ingested = await this.#logOf(topic).append({ id, at, records: kept })
    switch (ingested.outcome) {
      case 'kept':
      case 'repeated':
        return { outcome: ingested.outcome, at: { partition: 0, firstOffset: ingested.firstOffset } }
      case 'too-long': {
        const reason = `the batch takes more than ${this.#limits.segmentBytes} bytes as it is written down`
        return { outcome: 'too-long', reason, remedy: 'send it in several batches' }
      }
      case 'full':
      case 'id-taken':
        return ingested
    }
  }

  /** A durable state covers a log below an offset. */
  async passed({ process, topic, offset }: Passed): Promise<void> {
    const covered = this.#covered.get(topic)
    const own = covered?.get(process)
    if (covered === undefined || own === undefined) return
    own.push(offset)
    if (own.length > keptSnapshots) own.shift()
    const oldest = [...covered.values()].map(offsets => (offsets.length < keptSnapshots ? 0 : (offsets[0] as number)))
    await this.#logOf(topic).passed(Math.min(...oldest))
  }

  #logOf(topic: string): IngestLog {
    const log = this.#logs.get(topic)
    if (log === undefined) throw new Error(`no process reads the topic ${topic}`)
    return log
  }
}

/** All topics that processes read, each once. */
export const topicsOfAll = (processes: readonly ProcessDefinition[]): readonly string[] => [
  ...new Set(processes.flatMap(topicsOf)),
]

/** A process file may name a topic as it likes: no name leads out of the folder. */
const folderOf = (topic: string): string => encodeURIComponent(topic).replace(/^\./, '%2E')
