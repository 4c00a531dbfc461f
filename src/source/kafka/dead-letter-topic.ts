/**
 * The topic that dead letters go to beside the store.
 *
 * In come dead letters; they wait in memory, one for each position and process, and leave in order, one request at a
 * time, until the brokers have acknowledged them. What is not acknowledged is the caller's to keep over a crash
 * (`unacknowledged`), so the topic has each at least once; the position in its headers tells repeats apart. A broker
 * that is away holds up nobody: letters wait, `health` says why, and past a bound `isFull` asks the caller to stop
 * feeding.
 *
 * A letter too large for the topic cannot be waited for. It is refused, counted and told; the store has it all the same.
 */

// Node sees only some of the names that this CommonJS module exports; test runners see all of them.
import kafkajs, { type Message, type Producer } from 'kafkajs'
import { bytesOfHeaders, type DeadLetter } from '../../event/record.ts'
import { clientOf } from './client.ts'
import type { KafkaConnection } from './connection.ts'
import { headersOfDeadLetter } from './dead-letter-record.ts'
import { describeFailure, isTooLarge, KafkaProblem, typeOfFailure } from './failure.ts'
import { bufferOf, kafkajsHeaders } from './headers.ts'

const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 15_000
const DISCONNECT_WITHIN_MS = 2_000

export type DeadLetterTopicSettings = {
  readonly connection: KafkaConnection
  /** Made by the user. */
  readonly topic: string
  /** Told of a letter that the topic will not take. */
  readonly refused: (letter: DeadLetter, reason: string, remedy: string) => void
}

export type DeadLetterTopicLimits = {
  /** Full from so many waiting bytes on. */
  readonly highBytes: number
  /** A request holds no more, unless one letter alone is more: by default brokers take 1 MiB. */
  readonly requestBytes: number
  readonly requestLetters: number
}

const defaultLimits: DeadLetterTopicLimits = {
  highBytes: 32 * 1_048_576,
  requestBytes: 512 * 1_024,
  requestLetters: 1_000,
}

export type DeadLetterTopicHealth = {
  readonly topic: string
  /** Why the last attempt failed; undefined: it did not, or there was none. */
  readonly problem: { readonly reason: string; readonly remedy: string } | undefined
  readonly waiting: number
  readonly written: number
  readonly refused: number
}

export class DeadLetterTopic {
  readonly #settings: DeadLetterTopicSettings
  readonly #limits: DeadLetterTopicLimits
  /** In the order in which they came first. */
  readonly #waiting = new Map<string, DeadLetter>()
  readonly #running: Promise<void>
  #bytes = 0
  #written = 0
  #refused = 0
  #problem: DeadLetterTopicHealth['problem']
  #isClosing = false
  #wake: () => void = () => {}
  #whenEmpty: (() => void)[] = []
  #open: { readonly producer: Producer; readonly partitions: number } | undefined

  /** Connects with the first letter. */
  constructor(settings: DeadLetterTopicSettings, limits: Partial<DeadLetterTopicLimits> = {}) {
    this.#settings = settings
    this.#limits = { ...defaultLimits, ...limits }
    this.#running = this.#run()
  }

  /** Takes letters to write; returns at once. One that waits already is taken once. */
  write(letters: readonly DeadLetter[]): void {
    if (this.#isClosing) throw new Error('dead letters were written to a topic that is closed')
    for (const letter of letters) {
      const key = keyOf(letter)
      if (this.#waiting.has(key)) continue
      this.#waiting.set(key, letter)
      this.#bytes += bytesOf(letter)
    }
    if (this.#waiting.size > 0) this.#wake()
  }

  /** Whether the caller must stop feeding; letters are taken all the same. */
  isFull(): boolean {
    return this.#bytes >= this.#limits.highBytes
  }

  /** Those that the brokers have not acknowledged: for snapshots. */
  unacknowledged(): readonly DeadLetter[] {
    return [...this.#waiting.values()]
  }

  health(): DeadLetterTopicHealth {
    return {
      topic: this.#settings.topic,
      problem: this.#problem,
      waiting: this.#waiting.size,
      written: this.#written,
      refused: this.#refused,
    }
  }

  /** Resolves when nothing waits any more: never, while the brokers are away. */
  flush(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve()
    return new Promise(resolve => this.#whenEmpty.push(resolve))
  }

  /** Writes what waits, for at most `withinMs`, and closes. @returns how many letters were not acknowledged. */
  async close(withinMs: number): Promise<number> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, withinMs)
    })
    await Promise.race([this.flush(), late])
    clearTimeout(timer)
    this.#isClosing = true
    this.#wake()
    await this.#disconnect()
    // A request that is under way may last longer than the caller wants to wait.
    if (this.#waiting.size === 0) await this.#running
    return this.#waiting.size
  }

  async #run(): Promise<void> {
    for (let retryMs = FIRST_RETRY_MS; !this.#isClosing; ) {
      if (this.#waiting.size === 0) {
        for (const resolve of this.#whenEmpty.splice(0)) resolve()
        await this.#news(undefined)
        continue
      }
      try {
        await this.#send(this.#nextRequest())
        this.#problem = undefined
        retryMs = FIRST_RETRY_MS
      } catch (error) {
        if (this.#isClosing) return
        this.#problem = this.#describe(error)
        // The next attempt looks at the topic again: it may be missing, or be another one.
        await this.#disconnect()
        await this.#waitFor(retryMs)
        retryMs = Math.min(LONGEST_RETRY_MS, 2 * retryMs)
      }
    }
  }

  async #send(letters: readonly DeadLetter[]): Promise<void> {
    try {
      await this.#produce(letters)
    } catch (error) {
      if (!isTooLarge(error)) throw error
      const [letter, ...others] = letters
      if (letter === undefined) return
      if (others.length > 0) {
        for (const one of letters) await this.#send([one])
        return
      }
      this.#refused++
      this.#forget(letter)
      const { topic } = this.#settings
      this.#settings.refused(
        letter,
        `a dead letter of ${bytesOf(letter)} bytes is too large for topic "${topic}"`,
        `raise max.message.bytes of "${topic}"; the store has the letter all the same`,
      )
      return
    }
  }

  async #produce(letters: readonly DeadLetter[]): Promise<void> {
    this.#open ??= await this.#connect()
    const { producer, partitions } = this.#open
    const messages = letters.map(letter => messageOf(letter, partitions))
    await producer.send({ topic: this.#settings.topic, messages, acks: -1 })
    this.#written += letters.length
    for (const letter of letters) this.#forget(letter)
  }

  async #connect(): Promise<{ readonly producer: Producer; readonly partitions: number }> {
    const { connection, topic } = this.#settings
    const client = clientOf(connection, { retries: connection.brokers.length, initialRetryTime: 50 })
    const partitions = await partitionsOf(client.admin(), topic, connection.brokers)
    const producer = client.producer({
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    })
    await producer.connect()
    return { producer, partitions }
  }

  async #disconnect(): Promise<void> {
    const producer = this.#open?.producer
    this.#open = undefined
    if (producer === undefined) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, DISCONNECT_WITHIN_MS)
    })
    // A broker that does not answer is left all the same, and whoever closes need not know why.
    await Promise.race([producer.disconnect().catch(() => {}), late])
    clearTimeout(timer)
  }

  #nextRequest(): DeadLetter[] {
    const letters: DeadLetter[] = []
    let bytes = 0
    for (const letter of this.#waiting.values()) {
      bytes += bytesOf(letter)
      if (letters.length > 0 && bytes > this.#limits.requestBytes) break
      letters.push(letter)
      if (letters.length === this.#limits.requestLetters) break
    }
    return letters
  }

  #forget(letter: DeadLetter): void {
    if (this.#waiting.delete(keyOf(letter))) this.#bytes -= bytesOf(letter)
  }

  #describe(error: unknown): { reason: string; remedy: string } {
    const { topic, connection } = this.#settings
    const { reason, remedy } = describeFailure(error, connection.brokers)
    const type = typeOfFailure(error)
    if (type?.endsWith('_AUTHORIZATION_FAILED')) {
      return { reason, remedy: `allow this user to describe topic "${topic}" and to write to it` }
    }
    if (type === 'INVALID_RECORD') {
      return { reason, remedy: `set cleanup.policy of "${topic}" to delete: a dead letter need not have a key` }
    }
    return { reason, remedy }
  }

  /** Waits for letters or the end, or for `ms`. */
  #news(ms: number | undefined): Promise<void> {
    return new Promise(resolve => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** New letters are no reason to try again sooner. */
  async #waitFor(ms: number): Promise<void> {
    const until = performance.now() + ms
    for (let left = ms; left > 0 && !this.#isClosing; left = until - performance.now()) await this.#news(left)
  }
}

async function partitionsOf(
  admin: ReturnType<ReturnType<typeof clientOf>['admin']>,
  topic: string,
  brokers: readonly string[],
): Promise<number> {
  await admin.connect()
  try {
    // Asking for one topic's metadata might create it; the list does not.
    if (!(await admin.listTopics()).includes(topic)) {
      throw new KafkaProblem({
        reason: `topic "${topic}" for dead letters not found at ${brokers.join(', ')}`,
        remedy: 'create it, allow this user to describe it, or correct `kafka.dead_letters.topic`',
        retrying: true,
      })
    }
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]?.partitions.length ?? 1
  } finally {
    await admin.disconnect()
  }
}

/** Those of one partition stay in order: a key may be absent, and the order of a key's records counts when they go back. */
const messageOf = (letter: DeadLetter, partitions: number): Message => ({
  key: bufferOf(letter.key),
  value: bufferOf(letter.value),
  partition: letter.partition % partitions,
  headers: kafkajsHeaders(headersOfDeadLetter(letter)),
})

const keyOf = ({ process, topic, partition, offset }: DeadLetter): string =>
  [process, topic, partition, offset].join('\0')

/** About what it takes, in memory and on its way. */
const bytesOf = ({ key, value, headers = [], detail }: DeadLetter): number =>
  1_000 + 2 * detail.length + (key?.byteLength ?? 0) + (value?.byteLength ?? 0) + bytesOfHeaders(headers)
