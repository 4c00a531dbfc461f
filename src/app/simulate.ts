import { formatDuration } from '../event/duration.ts'
import { KafkaProblem } from '../source/kafka/failure.ts'
import { type Written, writeSimulation } from '../source/kafka/simulated-topic.ts'
import { openTopicWriter } from '../source/kafka/topic-writer.ts'
import type { Terminal } from './command-line.ts'
import type { SimulateOptions } from './commands/simulate.ts'
import { CouldNotRun } from './could-not-run.ts'

const PROGRESS_EVERY_MS = 1_000

/** Writes until the end that was asked for, or Ctrl-C, which is an end like any other. */
export async function runSimulate(options: SimulateOptions, { print, complain }: Terminal): Promise<void> {
  const stop = new AbortController()
  const heard = () => stop.abort()
  // A runner such as npm passes on a signal that the terminal has already told: the second one changes nothing.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, heard)
  try {
    const { brokers, topic, create } = options
    const debug = process.env.STAGEWATCH_DEBUG !== undefined
    const log = (message: string) => debug && complain(`kafka: ${message}\n`)
    const writer = await openTopicWriter({ brokers, clientId: 'stagewatch-simulate', topic, create, log })
    try {
      const startedAt = performance.now()
      const meter = new ProgressLine(process.stderr.isTTY && !options.json ? complain : undefined)
      const settings = { ...options, now: Date.now, progress: (written: Written) => meter.show(written) }
      const written = await writeSimulation(writer, settings, stop.signal)
      meter.clear()
      const summary = summaryOf(options, writer.partitions, written, (performance.now() - startedAt) / 1_000)
      print(options.json ? `${JSON.stringify(summary, null, 2)}\n` : textOf(summary))
    } finally {
      await writer.close()
    }
  } catch (cause) {
    if (!(cause instanceof KafkaProblem)) throw cause
    // Other commands take the brokers from a configuration.
    const remedy = cause.failure.remedy.replace('`kafka.brokers`', '--brokers')
    throw new CouldNotRun({ problem: cause.failure.reason, remedy, cause })
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, heard)
  }
}

type Summary = {
  readonly topic: string
  readonly partitions: number
  readonly records: number
  readonly bytes: number
  readonly seconds: number
  readonly records_per_second: number
  /** Event time, ISO 8601; null where nothing was written. */
  readonly first_at: string | null
  readonly last_at: string | null
}

function summaryOf({ topic }: SimulateOptions, partitions: number, written: Written, seconds: number): Summary {
  const { records, bytes, firstAt, lastAt } = written
  return {
    ...{ topic, partitions, records, bytes },
    seconds: Math.round(seconds * 1_000) / 1_000,
    records_per_second: Math.round(records / seconds),
    first_at: isoOf(firstAt),
    last_at: isoOf(lastAt),
  }
}

const isoOf = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString())

function textOf({ topic, partitions, records, seconds, records_per_second, first_at, last_at }: Summary): string {
  const into = `${topic} (${partitions} ${partitions === 1 ? 'partition' : 'partitions'})`
  if (records === 0) return `nothing was written to ${into}\n`
  const rate = `${records_per_second.toLocaleString('en')} a second`
  return `${records.toLocaleString('en')} records in ${formatDuration(seconds * 1_000)} to ${into}, ${rate}\nevents from ${first_at} to ${last_at}\n`
}

/** One line of a terminal that is written over every second. */
class ProgressLine {
  readonly #write: ((text: string) => void) | undefined
  #shownAt = performance.now()
  #shown = 0
  #isThere = false

  /** @param write undefined: shows nothing. */
  constructor(write: ((text: string) => void) | undefined) {
    this.#write = write
  }

  show({ records }: Written): void {
    const sinceMs = performance.now() - this.#shownAt
    if (this.#write === undefined || sinceMs < PROGRESS_EVERY_MS) return
    const rate = Math.round(((records - this.#shown) * 1_000) / sinceMs)
    this.#write(
      `\r\u001b[K${records.toLocaleString('en')} records, ${rate.toLocaleString('en')} a second; Ctrl-C ends it`,
    )
    this.#shownAt = performance.now()
    this.#shown = records
    this.#isThere = true
  }

  clear(): void {
    if (this.#isThere) this.#write?.('\r\u001b[K')
  }
}
