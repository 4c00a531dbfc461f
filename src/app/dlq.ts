import type { KafkaConnection } from '../source/kafka/connection.ts'
import { KafkaProblem } from '../source/kafka/failure.ts'
import { Redriver } from '../source/kafka/redriver.ts'
import type { DeadLetterFilter, KeptDeadLetter } from '../store/queries/dead-letters.ts'
import type { KafkaConfig } from './config/kafka.ts'
import type { Config } from './config.ts'
import { CouldNotRun } from './could-not-run.ts'
import { type DeadLetterPlace, positionText } from './dlq/place.ts'
import { type Redrive, type RedriveOptions, redrive } from './dlq/redrive.ts'
import { openStorePlace } from './dlq/store-place.ts'
import { openTopicPlace } from './dlq/topic-place.ts'
import { connectionOf } from './kafka-connection.ts'

/** Opens where the dead letters of a configuration are kept: their topic where there is one, else the store. */
export async function withPlace<Result>(
  config: Config,
  use: (place: DeadLetterPlace) => Promise<Result>,
): Promise<Result> {
  const { kafka } = config
  const place = kafka?.deadLetters
    ? await openTopicPlace(quietConnection(kafka), kafka.deadLetters.topic)
    : await openStorePlace(config)
  try {
    return await use(place)
  } finally {
    await place.close()
  }
}

/** @throws CouldNotRun where there is none. */
export async function deadLettersAt(
  place: DeadLetterPlace,
  filter: DeadLetterFilter & { readonly topic?: string; readonly offset: number },
): Promise<readonly KeptDeadLetter[]> {
  const found: KeptDeadLetter[] = []
  await place.each(filter, letter => {
    found.push(letter)
  })
  if (found.length > 0) return found
  const { topic = '', partition = 0, offset } = filter
  throw new CouldNotRun({
    problem: `${place.name} has no dead letter of ${positionText({ topic, partition, offset })}`,
    remedy: 'see which there are: stagewatch dlq ls --newest 20',
  })
}

/** Sends dead letters back. @throws CouldNotRun that says how far it came. */
export async function runRedrive(config: Config, options: RedriveOptions): Promise<Redrive> {
  const { kafka } = config
  if (kafka === undefined) {
    const remedy = 'correct the records and send them once more: POST /api/v1/events'
    throw new CouldNotRun({ problem: 'without Kafka there is no topic to send dead letters back to', remedy })
  }
  // First, since it ends what a killed one has left open.
  const sender = await Redriver.open(quietConnection(kafka), kafka.deadLetters?.topic).catch((error: unknown) => {
    if (!(error instanceof KafkaProblem)) throw error
    const { reason, remedy } = error.failure
    throw new CouldNotRun({ problem: reason, remedy, cause: error })
  })
  try {
    return await withPlace(config, place => redrive(place, sender, options))
  } finally {
    await sender.close()
  }
}

/** What the client says of itself is of no use here: what matters of it comes as an error. */
const quietConnection = (kafka: KafkaConfig): KafkaConnection => connectionOf(kafka, () => {})
