/**
 * A source whose framed records come with the schema that they were written by.
 *
 * Decoding is a function of the record, so the schema must be there before a record is handed over: a batch whose
 * schemas are not known yet waits for them, and with it its partition, while others flow. Where the registry is away it
 * waits as long as that lasts, and the source's state says so; a record is never given up for that. What an id stands for
 * never changes, so each is asked for once.
 */
import { setTimeout as wait } from 'node:timers/promises'
import PQueue from 'p-queue'
import type { RecordBatch, SourceRecord, TopicPartition } from '../../event/record.ts'
import { schemaIdOf, type WriterSchema } from '../../event/wire-format.ts'
import {
  type AssignedPartition,
  type PartitionKey,
  type Positions,
  partitionKey,
  type Source,
  type SourceListener,
  type SourceState,
} from '../source.ts'
import { RegistryAway, type SchemaRegistry } from './registry.ts'

const QUESTIONS_AT_ONCE = 8
const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 4_000
/** Of the ids in use there are few; those of damaged records could be any. */
const MAX_KNOWN = 10_000
/** An id that is unknown may have been registered since. */
const UNREADABLE_FOR_MS = 60_000

/** @param registry asked while the source runs, and closed with it. */
export function openWithSchemas(source: Source, registry: SchemaRegistry): Source {
  const stopped = new AbortController()
  return {
    start: listener => source.start(new SchemaListener(listener, registry, stopped.signal)),
    async stop() {
      stopped.abort()
      await source.stop()
      registry.close()
    },
    get finished() {
      return source.finished
    },
  }
}

class SchemaListener implements SourceListener {
  readonly #listener: SourceListener
  readonly #registry: SchemaRegistry
  readonly #stopped: AbortSignal
  readonly #questions = new PQueue({ concurrency: QUESTIONS_AT_ONCE })
  readonly #known = new Map<number, { readonly schema: WriterSchema; readonly until: number }>()
  readonly #asked = new Map<number, Promise<WriterSchema | undefined>>()
  /** Counts how often a partition came and went: a batch that waited belongs to the time in which it came. */
  readonly #times = new Map<PartitionKey, number>()
  /** What the source itself has said last. */
  #state: SourceState | undefined
  #away: SourceState | undefined

  constructor(listener: SourceListener, registry: SchemaRegistry, stopped: AbortSignal) {
    this.#listener = listener
    this.#registry = registry
    this.#stopped = stopped
  }

  assigned(partitions: readonly AssignedPartition[]): Promise<Positions> {
    this.#turn(partitions)
    return this.#listener.assigned(partitions)
  }

  revoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.#turn(partitions)
    return this.#listener.revoked(partitions)
  }

  async batch(batch: RecordBatch): Promise<void> {
    const ids = new Set<number>()
    for (const { value } of batch.records) {
      const id = schemaIdOf(value)
      if (id !== undefined) ids.add(id)
    }
    if (ids.size === 0) return this.#listener.batch(batch)
    const key = partitionKey(batch)
    const time = this.#times.get(key)
    const schemas = new Map<number, WriterSchema>()
    for (const [id, schema] of await this.#schemasOf(ids)) if (schema !== undefined) schemas.set(id, schema)
    if (this.#stopped.aborted || this.#times.get(key) !== time) return
    await this.#listener.batch({ ...batch, records: batch.records.map(record => withSchema(record, schemas)) })
  }

  end(partition: TopicPartition, endOffset: number, readTo: number): void {
    this.#listener.end(partition, endOffset, readTo)
  }

  state(state: SourceState): void {
    this.#state = state
    // A registry that is away is told until it is back, but for what cannot be mended.
    if (this.#away === undefined || (state.kind === 'failed' && !state.retrying)) this.#listener.state(state)
  }

  #turn(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      const key = partitionKey(partition)
      this.#times.set(key, (this.#times.get(key) ?? 0) + 1)
    }
  }

  /** Without a schema: the source was stopped before it came. */
  async #schemasOf(ids: ReadonlySet<number>): Promise<readonly (readonly [number, WriterSchema | undefined])[]> {
    return Promise.all([...ids].map(async id => [id, this.#ofMemory(id) ?? (await this.#ask(id))] as const))
  }

  #ofMemory(id: number): WriterSchema | undefined {
    const known = this.#known.get(id)
    return known === undefined || known.until < performance.now() ? undefined : known.schema
  }

  #ask(id: number): Promise<WriterSchema | undefined> {
    const asked = this.#asked.get(id)
    if (asked !== undefined) return asked
    const asking = this.#questions.add(() => this.#askUntilAnswered(id)).finally(() => this.#asked.delete(id))
    this.#asked.set(id, asking)
    return asking
  }

  async #askUntilAnswered(id: number): Promise<WriterSchema | undefined> {
    for (let retryMs = FIRST_RETRY_MS; !this.#stopped.aborted; retryMs = Math.min(LONGEST_RETRY_MS, 2 * retryMs)) {
      try {
        const schema = await this.#registry.schemaOf(id, this.#stopped)
        this.#remember(id, schema)
        this.#isBack()
        return schema
      } catch (error) {
        if (this.#stopped.aborted) return undefined
        if (!(error instanceof RegistryAway)) throw error
        this.#isAway(error)
      }
      // The wait fails only by the stop signal.
      await wait(retryMs, undefined, { signal: this.#stopped }).catch(() => undefined)
    }
    return undefined
  }

  #remember(id: number, schema: WriterSchema): void {
    this.#known.delete(id)
    const until = schema.kind === 'unreadable' ? performance.now() + UNREADABLE_FOR_MS : Infinity
    this.#known.set(id, { schema, until })
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest)
  }

  #isAway({ message, remedy }: RegistryAway): void {
    const told = this.#away?.kind === 'failed' && this.#away.reason === message
    this.#away = { kind: 'failed', reason: message, remedy, retrying: true }
    if (!told) this.#listener.state(this.#away)
  }

  #isBack(): void {
    if (this.#away === undefined) return
    this.#away = undefined
    if (this.#state !== undefined) this.#listener.state(this.#state)
  }
}

function withSchema(record: SourceRecord, schemas: ReadonlyMap<number, WriterSchema>): SourceRecord {
  const id = schemaIdOf(record.value)
  const schema = id === undefined ? undefined : schemas.get(id)
  return schema === undefined ? record : { ...record, schema }
}
