import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../../event/duration.ts'
import type { DefineCommand } from '../command-line.ts'
import { CouldNotRun } from '../could-not-run.ts'
import { brokerList, wholeNumber } from './option-values.ts'

/** What `stagewatch simulate` was told. */
export type SimulateOptions = {
  readonly brokers: readonly string[]
  readonly topic: string
  /** With so many partitions where it does not exist; undefined: it has to. */
  readonly create: { readonly partitions: number } | undefined
  /** Events in a second of event time. */
  readonly rate: number
  readonly forMs: number | undefined
  readonly count: number | undefined
  readonly atOnce: boolean
  readonly seed: number
  readonly json: boolean
}

type GivenToSimulate = {
  brokers: string[]
  topic: string
  create?: true
  partitions?: number
  rate: number
  for?: number
  count?: number
  atOnce?: true
  seed: number
  json?: true
}

/** What the companies that there are can do. */
const MOST_A_SECOND = 600_000

export const defineSimulate: DefineCommand = (program, terminal) => {
  program
    .command('simulate')
    .description("write the demo's simulated company to a Kafka topic, keyed by order")
    .requiredOption('--brokers <LIST>', 'brokers, host:port with commas', brokerList)
    .option('--topic <TOPIC>', 'where the events go', 'orders.events')
    .option('--create', 'create the topic where it does not exist')
    .option('--partitions <N>', 'how many a topic that is created has; 6 unless told otherwise', wholeNumber(1, 10_000))
    .option('--rate <N>', 'events a second', wholeNumber(1, MOST_A_SECOND), 200)
    .option('--for <TIME>', 'how long, such as 90s or 2h; until Ctrl-C without it', duration)
    .option('--count <N>', 'how many events at most', wholeNumber(1, 1e12))
    .option('--at-once', 'do not wait: write the past that ends now, as fast as the brokers take it')
    .option('--seed <N>', 'another company', wholeNumber(0, 2 ** 31), 1)
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      `
Above 500 events a second there are several companies that do the same at the same time under other names.

Examples:
  stagewatch simulate --brokers kafka-1:9092 --create
  stagewatch simulate --brokers kafka-1:9092 --rate 20000 --for 10m
  stagewatch simulate --brokers kafka-1:9092 --rate 5000 --count 10000000 --at-once`,
    )
    .action(async (given: GivenToSimulate) => {
      const options = optionsOf(given)
      const { runSimulate } = await import('../simulate.ts')
      await runSimulate(options, terminal)
    })
}

function optionsOf(given: GivenToSimulate): SimulateOptions {
  const { brokers, topic, rate, count, seed, create, partitions } = given
  if (given.atOnce && given.for === undefined && count === undefined) {
    const problem = '--at-once has no end'
    throw new CouldNotRun({ problem, remedy: 'say how much is to be written with --count or --for' })
  }
  if (partitions !== undefined && !create) {
    const problem = '--partitions has no meaning for a topic that is there'
    throw new CouldNotRun({ problem, remedy: 'add --create, or leave it out' })
  }
  return {
    ...{ brokers, topic, rate, count, seed },
    create: create ? { partitions: partitions ?? 6 } : undefined,
    forMs: given.for,
    atOnce: given.atOnce === true,
    json: given.json === true,
  }
}

function duration(text: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined && ms > 0) return ms
  throw new InvalidArgumentError('It must be a time such as 90s, 10m or 1h30m.')
}
