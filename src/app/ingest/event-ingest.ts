import { randomUUID } from 'node:crypto'
import { type Instant, instant } from '../../event/instant.ts'
import type { HandedInBatch, Ingest, KeptBatch, RefusedBatch, TakenIn } from '../../gateway/api/events.ts'
import { FUTURE_AFTER_MS } from '../../journal/ingest-source.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import { type IngestAnswer, type IngestCounts, type IngestOutcome, ingestOutcomes } from '../../protocol/ingest.ts'
import { type RecordLook, recordLookOf } from './record-look.ts'

/** A record on its way to where it is kept. */
export type KeptRecord = {
  /** What the program that sent it named as such. */
  readonly givenKey: Buffer | null
  /** The same, or else the case. */
  readonly key: Buffer | null
  readonly value: Uint8Array
}

export type KeepBatch = {
  readonly topic: string
  readonly id: string
  readonly at: Instant
  readonly records: readonly KeptRecord[]
  readonly areCloudEvents: boolean
}

/** Where events go that are sent by HTTP. */
export interface EventKeeper {
  /** Resolves when all records of the batch are durable, or none has been kept. @throws Error where they could not be made so. */
  keep(batch: KeepBatch): Promise<KeptBatch | RefusedBatch>
}

type Counting = { records: number; rejected: number; readonly batches: Record<IngestOutcome, number> }

const noBatches = () => Object.fromEntries(ingestOutcomes.map(outcome => [outcome, 0])) as Counting['batches']

/** So many rejected records are told one by one. */
const MOST_TOLD = 20

/** The event loop has its turn after so many records. */
const RECORDS_A_TURN = 500

/**
 * Events that are sent by HTTP: looked at as the processes will, kept, and only then answered.
 *
 * Whatever can be told apart as a record is kept. What no process can count becomes a dead letter, as it does wherever a
 * record comes from, and is told to whoever has sent it as well: one bad record in a batch must not hold up the others, and
 * sent again it would not be any better.
 */
export class EventIngest implements Ingest {
  readonly topics: readonly string[]
  readonly #keeper: EventKeeper
  readonly #looks: ReadonlyMap<string, RecordLook>
  readonly #now: () => number
  readonly #counts: ReadonlyMap<string, Counting>

  constructor(
    processes: readonly ProcessDefinition[],
    topics: readonly string[],
    keeper: EventKeeper,
    now: () => number,
  ) {
    this.topics = topics
    this.#keeper = keeper
    this.#looks = new Map(topics.map(topic => [topic, recordLookOf(processes, topic)]))
    this.#now = now
    this.#counts = new Map(topics.map(topic => [topic, { records: 0, rejected: 0, batches: noBatches() }]))
  }

  /** By topic, since it was made. */
  counts(): readonly IngestCounts[] {
    return [...this.#counts].map(([topic, counts]) => ({ topic, ...counts }))
  }

  async take(batch: HandedInBatch): Promise<TakenIn> {
    const at = instant(this.#now())
    const { records, rejectedCount, rejected } = await this.#lookAt(batch, at)
    const { topic, id = randomUUID(), areCloudEvents } = batch
    const kept = await this.#keeper.keep({ topic, id, at, records, areCloudEvents }).catch((error: unknown) => {
      this.#count(topic, 'failed')
      throw error
    })
    this.#count(topic, kept.outcome, records.length, rejectedCount)
    return 'at' in kept ? { ...kept, rejectedCount, rejected } : kept
  }

  #count(topic: string, outcome: IngestOutcome, records = 0, rejected = 0): void {
    const counts = this.#counts.get(topic)
    if (counts === undefined) return
    counts.batches[outcome]++
    if (outcome !== 'kept') return
    counts.records += records
    counts.rejected += rejected
  }

  async #lookAt({ topic, key: common, records }: HandedInBatch, at: Instant) {
    const look = this.#looks.get(topic)
    if (look === undefined) throw new Error(`topic ${topic} takes no events`)
    const notAfter = instant(at + FUTURE_AFTER_MS)
    const kept: KeptRecord[] = []
    const rejected: IngestAnswer['rejected'] = []
    let rejectedCount = 0
    for (const { line, value, key = common, subject } of records) {
      const givenKey = key === undefined ? null : Buffer.from(key)
      const looked = look.look({ offset: line, key: givenKey, value, timestamp: at, notAfter })
      const subjectKey = subject === undefined ? null : Buffer.from(subject)
      kept.push({ givenKey, key: givenKey ?? looked.caseKey ?? subjectKey, value })
      if (looked.rejected !== undefined && rejectedCount++ < MOST_TOLD) rejected.push({ line, ...looked.rejected })
      if (kept.length % RECORDS_A_TURN === 0) await new Promise(setImmediate)
    }
    look.rest()
    return { records: kept, rejectedCount, rejected }
  }
}
