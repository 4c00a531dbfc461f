/**
 * The simulated company's stream into a topic: as it happens, or a past that ends now, as fast as the brokers take it.
 */
import { asOfCompany, MOST_COMPANIES } from '../simulated-company.ts'
import { SimulatedStream } from '../simulation.ts'
import { newPlan, OFFSETS_PER_MS } from '../simulation-plan.ts'
import type { TopicWriter } from './topic-writer.ts'

/** Live, what has happened is sent this often. */
const SEND_EVERY_MS = 20
const TAKEN_AT_ONCE = 500
/** Above it there are several companies of equal rates. */
const RATE_OF_A_COMPANY = 500

/** A company is a little slower or faster than its rate: a number of records that is to end at the present begins earlier. */
const MARGIN = 1.05
const MARGIN_MS = 10_000

export type SimulatedTopic = {
  readonly seed: number
  /** Events in a second of event time. */
  readonly rate: number
  /** Ends after so much event time, or so many records, whichever comes first; undefined: goes on. */
  readonly forMs: number | undefined
  readonly count: number | undefined
  /** Does not wait for the time to pass: events end at the present instead of beginning there. Wants one of the two ends. */
  readonly atOnce: boolean
  /** The wall clock, ms since the epoch. */
  readonly now: () => number
  /** Told now and then. */
  readonly progress: (written: Written) => void
}

export type Written = {
  readonly records: number
  readonly bytes: number
  /** ms since the epoch: when the first and the last of them came to be known. */
  readonly firstAt: number | undefined
  readonly lastAt: number | undefined
}

/**
 * Writes until it shall end; as it happens, unless at once.
 *
 * @param stop ends it in order: what has been begun is written.
 * @returns what the brokers have taken.
 * @throws KafkaProblem where they do not.
 */
export async function writeSimulation(writer: TopicWriter, what: SimulatedTopic, stop: AbortSignal): Promise<Written> {
  const { seed, rate, atOnce, now, progress, count = Infinity } = what
  const spanMs = Math.min(what.forMs ?? Infinity, atOnce ? (count / rate) * 1_000 * MARGIN + MARGIN_MS : Infinity)
  const from = Math.floor(atOnce ? now() - spanMs : now())
  const until = from + spanMs
  const companies = Math.ceil(rate / RATE_OF_A_COMPANY)
  if (companies > MOST_COMPANIES) throw new RangeError(`${rate} events a second are more than can be simulated`)
  const plan = newPlan(from, { seed, fullRate: rate / companies })
  const stream = new SimulatedStream(plan, from * OFFSETS_PER_MS)
  const written = {
    records: 0,
    bytes: 0,
    firstAt: undefined as number | undefined,
    lastAt: undefined as number | undefined,
  }
  const sender = new Sender(writer)
  while (!stop.aborted && written.records < count) {
    const present = Math.min(atOnce ? Infinity : Math.floor(now()), until)
    const records = stream.take(present, TAKEN_AT_ONCE)
    for (const record of records) {
      written.firstAt ??= record.timestamp
      written.lastAt = record.timestamp
      for (let company = 0; company < companies && written.records < count; company++) {
        const { key, value } = asOfCompany(record, company)
        written.records++
        written.bytes += key.length + value.length
        if (writer.append(key, value, record.timestamp as number)) await sender.send()
      }
    }
    progress(written)
    if (records.length === TAKEN_AT_ONCE) continue
    if (present >= until) break
    await sender.send()
    await pause(SEND_EVERY_MS, stop)
  }
  await sender.send()
  await sender.sent
  return written
}

/** Sends one request after the other, so that the next one fills while the former is under way. */
class Sender {
  readonly #writer: TopicWriter
  sent: Promise<void> = Promise.resolve()

  constructor(writer: TopicWriter) {
    this.#writer = writer
  }

  /** @throws what sending the request before has failed with. */
  async send(): Promise<void> {
    await this.sent
    this.sent = this.#writer.flush()
    // Whoever waits for it is told; until then nobody may be waiting.
    this.sent.catch(() => undefined)
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer)
      stop.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    stop.addEventListener('abort', done)
  })
}
