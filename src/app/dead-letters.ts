import type { Logger } from 'pino'
import type { DeadLetter } from '../event/record.ts'
import type { Definitions } from '../model/definitions.ts'
import type { ShardOutput } from '../shard/output.ts'
import { DeadLetterTopic, type DeadLetterTopicHealth } from '../source/kafka/dead-letter-topic.ts'
import type { KafkaConfig } from './config/kafka.ts'
import { CouldNotRun } from './could-not-run.ts'
import { connectionOf } from './kafka-connection.ts'

const LOOK_EVERY_MS = 2_000

/**
 * The topic that dead letters go to; undefined where none is configured.
 *
 * @throws CouldNotRun where a process reads it: what cannot be counted would come back to where it cannot be counted.
 */
export function openDeadLetterTopic(
  kafka: KafkaConfig,
  { processes }: Definitions,
  logger: Logger,
): DeadLetterTopic | undefined {
  const topic = kafka.deadLetters?.topic
  if (topic === undefined) return undefined
  const reader = processes.find(({ sources }) => sources.some(({ topics }) => topics.includes(topic)))
  if (reader !== undefined) {
    throw new CouldNotRun({
      problem: `kafka.dead_letters.topic is "${topic}", which process ${reader.name} reads: its dead letters would come back to it without end`,
      remedy: 'name another topic, which no process reads',
    })
  }
  return new DeadLetterTopic({
    connection: connectionOf(kafka, (_level, message, details) => logger.debug(details, message)),
    topic,
    refused: ({ process, topic, partition, offset }, reason, remedy) =>
      logger.error({ process, topic, partition, offset, remedy }, reason),
  })
}

/** The rows that a crash must not lose: dead letters are done with when the store has them, and the topic too. */
export function withUndelivered(unwritten: ShardOutput, undelivered: readonly DeadLetter[]): ShardOutput {
  if (undelivered.length === 0) return unwritten
  const byKey = new Map([...unwritten.deadLetters, ...undelivered].map(letter => [keyOf(letter), letter]))
  return { ...unwritten, deadLetters: [...byKey.values()] }
}

const keyOf = ({ process, topic, partition, offset }: DeadLetter): string =>
  [process, topic, partition, offset].join('\0')

/**
 * Says when the topic stops taking dead letters, and when it takes them again; once for each reason.
 *
 * @returns ends the watch.
 */
export function watchDeadLetterTopic(health: () => DeadLetterTopicHealth, logger: Logger): () => void {
  let told: string | undefined
  const look = () => {
    const { topic, problem, waiting } = health()
    if (problem?.reason === told) return
    told = problem?.reason
    if (problem === undefined) logger.warn(`topic "${topic}" takes dead letters again`)
    else
      logger.error({ waiting, remedy: problem.remedy }, `dead letters wait, everything else goes on: ${problem.reason}`)
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
