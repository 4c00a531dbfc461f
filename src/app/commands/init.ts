import { randomUUID } from 'node:crypto'
import type { DefineCommand } from '../command-line.ts'
import { CouldNotRun } from '../could-not-run.ts'
import { brokerList, wholeNumber } from './option-values.ts'

/** Where `init` takes its sample of records from. */
export type InitSample =
  | { readonly kind: 'file'; readonly file: string }
  | {
      readonly kind: 'topic'
      readonly topic: string
      readonly brokers: readonly string[]
      /** Address of the registry that has the schemas of the records; undefined: none is asked. */
      readonly registry?: string | undefined
    }

/** What `stagewatch init` was told; paths as the user wrote them. */
export type InitOptions = {
  readonly sample: InitSample
  readonly out: string
  /** Overwrite files that are there. */
  readonly force: boolean
  /** Say of so many of the sampled records how they are counted, or why not. */
  readonly explain: number
}

export const defineInit: DefineCommand = (program, terminal) => {
  program
    .command('init')
    .description('look at records, and write a draft of their process file')
    .option('--input <FILE>', 'take the records from a file: NDJSON, plain or .gz')
    .option('--topic <TOPIC>', 'take the records from a topic')
    .option('--brokers <LIST>', 'brokers of the topic, host:port with commas', brokerList)
    .option('--schema-registry <URL>', 'the registry that has the schemas of the topic, where its records are Avro')
    .requiredOption('--out <DIR>', 'folder for the draft')
    .option('--force', 'overwrite files that are there')
    .option('--explain <N>', 'say of the first N records how they are counted, or why not', wholeNumber(0, 100_000), 10)
    .addHelpText(
      'after',
      `
Examples:
  stagewatch init --input orders.ndjson --out rules
  stagewatch init --topic orders.events --brokers kafka-1:9092 --out rules --explain 50`,
    )
    .action(async (given: InitFlags) => {
      const options = { sample: sampleOf(given), out: given.out, force: given.force === true, explain: given.explain }
      const { runInit } = await import('../init.ts')
      const { openKafkaSource } = await import('../../source/kafka/kafka-source.ts')
      const { withSchemas } = await import('../schemas.ts')
      const openTopic = (topic: string, brokers: readonly string[], registry: string | undefined) => {
        const source = openKafkaSource({
          brokers,
          topics: [topic],
          // A group of its own, so that nobody who reads the topic notices.
          groupId: `stagewatch-init-${randomUUID()}`,
          sharedGroup: false,
          clientId: 'stagewatch-init',
          fromBeginning: true,
          withHeaders: true,
          now: Date.now,
          log: (level, message) => {
            if (process.env.STAGEWATCH_DEBUG !== undefined) terminal.complain(`kafka ${level}: ${message}\n`)
          },
        })
        return withSchemas(source, registry === undefined ? undefined : { url: registry })
      }
      await runInit(options, { terminal, openTopic, now: Date.now })
    })
}

type InitFlags = {
  input?: string
  topic?: string
  brokers?: string[]
  schemaRegistry?: string
  out: string
  force?: true
  explain: number
}

function sampleOf({ input, topic, brokers, schemaRegistry: registry }: InitFlags): InitSample {
  if (registry !== undefined && (topic === undefined || !/^https?:\/\//.test(registry) || !URL.canParse(registry))) {
    throw new CouldNotRun({
      problem: `--schema-registry ${registry} is of no use here`,
      remedy: 'give it with --topic, as an address such as http://schemas:8081',
    })
  }
  if (input !== undefined && topic === undefined && brokers === undefined) return { kind: 'file', file: input }
  if (input === undefined && topic !== undefined && brokers !== undefined)
    return { kind: 'topic', topic, brokers, registry }
  throw new CouldNotRun({
    problem: 'init needs to know where the records are',
    remedy: 'give either --input FILE, or --topic TOPIC with --brokers HOST:PORT',
  })
}
