/**
 * A log that one writer owns until another one takes it over.
 *
 * Two things keep a former owner from writing on. The broker fences it: a new owner begins with the transactional id of
 * the log, and from then on no transaction of an earlier producer is committed. And each owner begins a *generation*, higher
 * than any in the log, with a record that it writes before anything else: so whoever was fenced finds out by whom.
 *
 *     take the id over ─▶ read to the end: generation g is the highest ─▶ write "g + 1 begins" ─▶ write …
 *                                            ▲
 *     after any failure: take the id over ───┘ is it still ours? then write once more, else give up
 *
 * That is more than fencing, because kafkajs cannot go on after a commit that failed, nor ask for its place back: it begins
 * with the id anew, and the broker would let a writer do so that has been taken over long ago. So it looks first, where the
 * broker has said that there is another one, and always looks again before it writes. An owner that is disturbed like that,
 * or whose transaction the broker has ended for its age, is fenced too, finds its own generation the highest, and goes on.
 *
 * A commit whose answer is lost is written again: readers must take what comes twice once.
 */
// Node sees only some of the names that this CommonJS module exports; test runners see all of them.
import kafkajs, { type Admin, type Message, type Producer, type Transaction } from 'kafkajs'
import type { RecordHeaders, SourceRecord } from '../../../event/record.ts'
import { clientOf } from '../client.ts'
import type { KafkaConnection } from '../connection.ts'
import { describeFailure, isTooLarge, type KafkaFailure, KafkaProblem, typeOfFailure } from '../failure.ts'
import { bufferOf, kafkajsHeaders } from '../headers.ts'
import { readLog } from './read-log.ts'

const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 4_000
/** Whoever has just taken the log over needs a moment to say so in it. */
const FENCED_RETRY_MS = 3_000
/** A request holds about so much: by default brokers take 1 MiB. */
const REQUEST_BYTES = 512 * 1_024
/** A writer that has died in the middle holds up readers for so long, unless it is taken over before. */
const TRANSACTION_WITHIN_MS = 60_000
const DISCONNECT_WITHIN_MS = 2_000

/** Who a record says that the log belongs to. */
export type Claim = {
  /** From 1; rises with each owner. */
  readonly generation: number
  /** A name that no other owner has. */
  readonly owner: string
}

export type LogRecord = {
  readonly key: Uint8Array
  /** null: nothing is kept under the key any more. */
  readonly value: Uint8Array | null
  readonly headers: RecordHeaders
}

export type OwnedLogSettings = {
  readonly connection: KafkaConnection
  readonly topic: string
  readonly partition: number
  /** Of the topic. */
  readonly partitions: number
  readonly transactionalId: string
  readonly owner: string
  /** The claim that a record of the log tells of; undefined: it tells of none. */
  readonly claimIn: (record: SourceRecord) => Claim | undefined
  /** Is told why nothing can be written now, and when it can again. */
  readonly health: (problem: KafkaFailure | undefined) => void
}

/** Another one owns the log: nothing that this one writes will ever count. */
export class TakenOver extends Error {
  override readonly name = 'TakenOver'
}

export class OwnedLog {
  readonly #settings: OwnedLogSettings
  readonly #closing = new AbortController()
  #producer: Producer | undefined
  /** The highest generation that has been found in the log. */
  #found: Claim | undefined
  /** Up to where the log has been read. */
  #readTo: number | undefined
  #generation: number | undefined
  #wake: () => void = () => {}

  constructor(settings: OwnedLogSettings) {
    this.#settings = settings
  }

  /**
   * Takes the log over, however long brokers are away.
   *
   * @param found is told of the records that are there, in order.
   * @param begin the record that says so.
   * @returns the generation that begins.
   * @throws TakenOver where another one does the same, and was later.
   * @throws Error where it was closed.
   */
  async claim(found: (record: SourceRecord) => void, begin: (claim: Claim) => LogRecord): Promise<number> {
    const { owner } = this.#settings
    await this.#untilDone('begin', async () => {
      await this.#takeOver()
      await this.#look(found)
      this.#generation ??= (this.#found?.generation ?? 0) + 1
      this.#checkOwner()
      if (this.#found?.owner !== owner) await this.#transact([begin({ generation: this.#generation, owner })])
    })
    return this.#generation as number
  }

  /**
   * Writes records in one transaction, however long brokers are away.
   *
   * @returns when they are committed; they may then stand in the log more than once.
   * @throws TakenOver where the log belongs to another one.
   * @throws KafkaProblem where a record is too large.
   * @throws Error where it was closed.
   */
  async write(records: readonly LogRecord[]): Promise<void> {
    await this.#untilDone('go on', async () => {
      if (this.#producer === undefined) {
        await this.#takeOver()
        await this.#look(() => {})
        this.#checkOwner()
      }
      await this.#transact(records)
    })
  }

  /** Where the next record will stand, or a little before; however long brokers are away. Only between writes. */
  async end(): Promise<number> {
    const { topic, partition } = this.#settings
    let end = 0
    await this.#untilDone('go on', async () => {
      const offsets = await this.#asAdmin(admin => admin.fetchTopicOffsets(topic))
      end = Number(offsets.find(each => each.partition === partition)?.high ?? 0)
    })
    return end
  }

  /** Deletes what stands before an offset. @throws KafkaProblem */
  async deleteBefore(offset: number): Promise<void> {
    const { topic, partition } = this.#settings
    try {
      const partitions = [{ partition, offset: String(offset) }]
      await this.#asAdmin(async admin => {
        // Without a look at the topic kafkajs does not know who leads it.
        await admin.fetchTopicOffsets(topic)
        await admin.deleteTopicRecords({ topic, partitions })
      })
    } catch (error) {
      throw this.#failureOf(error)
    }
    this.#readTo = Math.max(this.#readTo ?? 0, offset)
  }

  /** Gives up what is under way. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the log was closed'))
    this.#wake()
    await this.#disconnect()
  }

  async #untilDone(how: 'begin' | 'go on', attempt: () => Promise<void>): Promise<void> {
    const { signal } = this.#closing
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(LONGEST_RETRY_MS, 2 * retryMs)) {
      signal.throwIfAborted()
      try {
        await attempt()
        // Closed meanwhile: what it has connected since is nobody's.
        if (signal.aborted) await this.#disconnect()
        this.#settings.health(undefined)
        return
      } catch (error) {
        await this.#disconnect()
        signal.throwIfAborted()
        const failure = this.#failureOf(error)
        if (error instanceof TakenOver || isTooLarge(error)) throw error instanceof TakenOver ? error : failure
        this.#settings.health(failure.failure)
        const isFenced = saysFenced(error)
        // Who begins goes first: its owner was made the owner later.
        await this.#pause(isFenced && how === 'go on' ? FENCED_RETRY_MS : retryMs)
        if (isFenced && how === 'go on') await this.#lookFirst()
      }
    }
  }

  /** Whoever may have been taken over does not disturb the new owner; where it cannot be known, the next attempt tells. */
  async #lookFirst(): Promise<void> {
    try {
      await this.#look(() => {})
    } catch (error) {
      this.#closing.signal.throwIfAborted()
      this.#settings.health(this.#failureOf(error).failure)
      return
    }
    this.#checkOwner()
  }

  /** No producer that had the id before can commit any more, and what it has left open is aborted. */
  async #takeOver(): Promise<void> {
    await this.#disconnect()
    const { connection, transactionalId } = this.#settings
    const client = clientOf(connection, { retries: 8, initialRetryTime: 50, maxRetryTime: 1_000 })
    const producer = client.producer({
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionalId,
      transactionTimeout: TRANSACTION_WITHIN_MS,
    })
    this.#producer = producer
    await producer.connect()
    // kafkajs asks for the id with the first transaction.
    await (await producer.transaction()).abort()
  }

  async #look(found: (record: SourceRecord) => void): Promise<void> {
    const { connection, topic, partition, partitions, claimIn } = this.#settings
    const where = { connection, topic, partition, partitions, from: this.#readTo, signal: this.#closing.signal }
    this.#readTo = await readLog(where, record => {
      const claim = claimIn(record)
      if (claim !== undefined && claim.generation >= (this.#found?.generation ?? 0)) this.#found = claim
      found(record)
      // Where this attempt fails, the next one begins after what it has told.
      this.#readTo = record.offset + 1
    })
  }

  async #asAdmin<Answer>(ask: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    const admin = clientOf(this.#settings.connection, { retries: 5, initialRetryTime: 50, maxRetryTime: 1_000 }).admin()
    try {
      await admin.connect()
      return await ask(admin)
    } finally {
      await admin.disconnect()
    }
  }

  #checkOwner(): void {
    const { owner, topic, partition } = this.#settings
    const own = this.#generation
    if (own === undefined || this.#found === undefined || this.#found.owner === owner) return
    if (this.#found.generation < own) return
    throw new TakenOver(
      `partition ${partition} of topic "${topic}" has another owner: generation ${this.#found.generation} has begun, this was ${own}`,
    )
  }

  async #transact(records: readonly LogRecord[]): Promise<void> {
    const transaction = await (this.#producer as Producer).transaction()
    try {
      for (const messages of this.#requestsOf(records)) {
        await transaction.send({ topic: this.#settings.topic, messages, acks: -1 })
      }
      await transaction.commit()
    } catch (error) {
      await this.#abort(transaction)
      throw error
    }
  }

  /** A transaction that stays open is ended when the id is taken over; this only spares readers the wait. */
  async #abort(transaction: Transaction): Promise<void> {
    if (transaction.isActive()) await transaction.abort().catch(() => {})
  }

  *#requestsOf(records: readonly LogRecord[]): Iterable<Message[]> {
    const { partition } = this.#settings
    let messages: Message[] = []
    let bytes = 0
    for (const { key, value, headers } of records) {
      const own = 50 + key.byteLength + (value?.byteLength ?? 0)
      if (messages.length > 0 && bytes + own > REQUEST_BYTES) {
        yield messages
        messages = []
        bytes = 0
      }
      bytes += own
      messages.push({ key: bufferOf(key), value: bufferOf(value), headers: kafkajsHeaders(headers), partition })
    }
    if (messages.length > 0) yield messages
  }

  async #disconnect(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    if (producer === undefined) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, DISCONNECT_WITHIN_MS)
    })
    // A broker that does not answer is left all the same.
    await Promise.race([producer.disconnect().catch(() => {}), late])
    clearTimeout(timer)
  }

  #failureOf(error: unknown): KafkaProblem {
    const { connection, topic, transactionalId } = this.#settings
    const failure = describeFailure(error, connection.brokers)
    const type = typeOfFailure(error)
    if (type?.endsWith('_AUTHORIZATION_FAILED')) {
      const remedy = `allow this user to read and write topic "${topic}", and the transactional id "${transactionalId}"`
      return new KafkaProblem({ ...failure, remedy })
    }
    if (isTooLarge(error)) return new KafkaProblem({ ...failure, remedy: `raise max.message.bytes of "${topic}"` })
    return new KafkaProblem(failure)
  }

  #pause(ms: number): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.resolve()
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** The broker knows a newer producer of the id; or it has ended a transaction for its age, which it tells in the same way. */
const saysFenced = (error: unknown): boolean =>
  ['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_PRODUCER_ID_MAPPING'].includes(typeOfFailure(error) ?? '')
