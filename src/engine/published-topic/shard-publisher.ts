import type { Publication } from '../../shard/publication.ts'
import { type LogRecord, type OwnedLog, TakenOver } from '../../source/kafka/published/owned-log.ts'
import type { PartitionKey } from '../../source/source.ts'
import type { LogEnd } from '../fold-messages.ts'
import type { PublishedStep } from '../published-partition.ts'
import { KeptKeys, textOf } from './kept-keys.ts'
import { type FutureRecord, readShardRecord, type ShardRecord, ShardRecordWriter } from './shard-record.ts'
import { type GenerationFacts, recordsOfStep } from './step-records.ts'

/** What a shard tells within this time is written in one transaction. */
const GATHER_MS = 100
/** More than so much is not gathered. */
const GATHER_BYTES = 512 * 1_024

export type ShardPublisherParts = {
  readonly log: OwnedLog
  readonly partition: number
  /** As the log has it. */
  readonly owner: string
  /** Names what the shard is folded by. */
  readonly definitions: string
  /** Rows of the shard are of no earlier life than this one. @see positionOf */
  readonly leastLife: number
  /** The topic has the steps up to this one; 0: what the shard began with. */
  readonly written: (step: number) => void
  /** Another one publishes the shard: it is to be folded here no longer. */
  readonly takenOver: (error: TakenOver) => void
  /** Publishing cannot go on. */
  readonly failed: (error: Error) => void
}

/** What whoever takes a shard over finds in its log, before he folds anything. */
export type ShardClaim = {
  /** Of the rows that he puts out: later than those of all owners before. */
  readonly life: number
}

type Base = { readonly publication: Publication; readonly otherLogs: readonly PartitionKey[] }

/** Writes what one shard publishes, from taking it over until another one does. */
export class ShardPublisher {
  readonly #parts: ShardPublisherParts
  readonly #writer: ShardRecordWriter
  readonly #kept = new KeptKeys()
  /** Keys of former owners that are in the topic. */
  readonly #leftOver = new Map<string, Uint8Array>()
  /** Records that were found to lie in the future, by `topic:offset`. */
  readonly #futures = new Map<string, FutureRecord>()
  #claim: { readonly generation: number; readonly life: number } | undefined
  #running: Promise<void> = Promise.resolve()
  #steps: PublishedStep[] = []
  #decisions: { readonly record: FutureRecord; readonly isPassed: boolean }[] = []
  #bytes = 0
  #ends: { readonly ends: readonly LogEnd[]; readonly hasRoom: boolean } | undefined
  #writtenTo = -1
  #isClosing = false
  #wake: () => void = () => {}

  constructor(parts: ShardPublisherParts) {
    this.#parts = parts
    this.#writer = new ShardRecordWriter(parts.partition)
  }

  /**
   * From now on no former owner can publish anything, and what he has decided is known here.
   *
   * @throws TakenOver where another one was later.
   */
  async claim(): Promise<ShardClaim> {
    const { log, partition, owner, definitions, leastLife } = this.#parts
    let life = leastLife
    const generation = await log.claim(
      record => {
        const found = readShardRecord(record, partition)
        if (found.kind === 'shard') life = Math.max(life, found.about.life + 1)
        this.#note(found)
      },
      claim =>
        this.#writer.shard({ generation: claim.generation, step: 0 }, { kind: 'begun', owner, life, definitions }),
    )
    this.#claim = { generation, life }
    return { life }
  }

  /** Publishes what the shard begins with, and then what is added. Once only, after `claim`. */
  begin(base: Base): void {
    this.#running = this.#run(base).catch(error => this.#ended(error as Error))
  }

  /** Whether a record was found to lie in the future when it was first read. */
  wasFuture(topic: string, offset: number): boolean {
    return this.#futures.has(futureName({ topic, offset }))
  }

  /** A record was found to lie in the future: whoever folds the shard later does the same with it. */
  decide(record: FutureRecord): void {
    this.#futures.set(futureName(record), record)
    this.#decisions.push({ record, isPassed: false })
    this.#wake()
  }

  /** A durable state covers a topic below an offset: what was decided there is never asked again. */
  passed(topic: string, offset: number): void {
    for (const [name, record] of this.#futures) {
      if (record.topic !== topic || record.offset >= offset) continue
      this.#futures.delete(name)
      this.#decisions.push({ record, isPassed: true })
    }
    this.#wake()
  }

  /** The newest step that the topic has; 0: what it began with; −1: not even that. */
  get writtenTo(): number {
    return this.#writtenTo
  }

  add(steps: readonly PublishedStep[]): void {
    this.#steps.push(...steps)
    for (const { publication } of steps) this.#bytes += publication.entries.length
    this.#wake()
  }

  /** Of its topic partitions; the newest count. */
  tellEnds(ends: readonly LogEnd[], hasRoom: boolean): void {
    this.#ends = { ends, hasRoom }
    this.#wake()
  }

  /** Writes what waits, for at most `withinMs`, and gives the log up. */
  async close(withinMs: number): Promise<void> {
    this.#isClosing = true
    this.#wake()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, withinMs)
    })
    await Promise.race([this.#running, late])
    clearTimeout(timer)
    await this.#parts.log.close()
    await this.#running
  }

  async #run({ publication, otherLogs }: Base): Promise<void> {
    const { log, owner, definitions, written } = this.#parts
    if (this.#claim === undefined) throw new Error('a shard is published by who has not claimed it')
    const { generation, life } = this.#claim
    const facts = { owner, life, definitions, otherLogs }
    const first = { stamp: { generation, step: 0 }, publication, lifts: -Infinity }
    await log.write(recordsOfStep(this.#writer, this.#kept, first, facts, this.#leftOver.values()))
    this.#leftOver.clear()
    this.#writtenTo = 0
    written(0)
    while (await this.#hasNews()) await this.#write(generation, facts)
  }

  /** @returns false where it is over. */
  async #hasNews(): Promise<boolean> {
    const isThere = () => this.#steps.length > 0 || this.#decisions.length > 0 || this.#ends !== undefined
    while (!isThere() && !this.#isClosing) await this.#pause(undefined)
    if (!isThere()) return false
    const until = performance.now() + GATHER_MS
    for (let left = GATHER_MS; left > 0 && this.#bytes < GATHER_BYTES && !this.#isClosing; ) {
      await this.#pause(left)
      left = until - performance.now()
    }
    return true
  }

  async #write(generation: number, facts: GenerationFacts): Promise<void> {
    const { log, written } = this.#parts
    const steps = this.#steps
    const decisions = this.#decisions
    const ends = this.#ends
    this.#steps = []
    this.#decisions = []
    this.#bytes = 0
    this.#ends = undefined
    const records: LogRecord[] = []
    let newest = this.#writtenTo
    // Steps rest on them.
    for (const { record, isPassed } of decisions) {
      records.push(this.#writer.future({ generation, step: newest }, record, isPassed))
    }
    for (const { number, publication, lifts } of steps) {
      const step = { stamp: { generation, step: number }, publication, lifts }
      for (const record of recordsOfStep(this.#writer, this.#kept, step, facts)) records.push(record)
      newest = number
    }
    // They say how far the steps before them have come.
    if (ends !== undefined) records.push(this.#writer.ends({ generation, step: newest }, aboutEnds(ends)))
    await log.write(records)
    this.#writtenTo = newest
    if (steps.length > 0) written(newest)
  }

  #note(found: ShardRecord): void {
    if (found.kind === 'entry') {
      if (found.content === null) this.#leftOver.delete(textOf(found.key))
      else this.#leftOver.set(textOf(found.key), found.key)
    } else if (found.kind === 'future') {
      if (found.isPassed) this.#futures.delete(futureName(found.record))
      else this.#futures.set(futureName(found.record), found.record)
    }
  }

  #ended(error: Error): void {
    if (error instanceof TakenOver) this.#parts.takenOver(error)
    else if (!this.#isClosing) this.#parts.failed(error)
  }

  #pause(ms: number | undefined): Promise<void> {
    return new Promise(resolve => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** When they were told is for the reader to say: clocks of machines differ. */
const aboutEnds = ({ ends, hasRoom }: { readonly ends: readonly LogEnd[]; readonly hasRoom: boolean }) => ({
  ends: ends.map(({ id: { topic, partition }, endOffset, readTo }) => ({ topic, partition, endOffset, readTo })),
  hasRoom,
})

const futureName = ({ topic, offset }: FutureRecord): string => `${topic}:${offset}`
