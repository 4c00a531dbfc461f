import type { Logger } from 'pino'
import type { ProcessDefinition } from '../../model/definitions.ts'
import type { KafkaConfig } from '../config/kafka.ts'
import { CouldNotRun } from '../could-not-run.ts'
import { connectionOf } from '../kafka-connection.ts'
import { EventIngest } from './event-ingest.ts'
import { IngestLogs, topicsOfAll } from './ingest-logs.ts'
import { IngestTopics } from './ingest-topics.ts'

/** How a running program takes events by HTTP. */
export type LiveIngest = {
  readonly events: EventIngest
  /** Opened with the data folder, and what processes are read from; undefined: they are read from elsewhere. */
  readonly logs: IngestLogs | undefined
  close(): Promise<void>
}

/**
 * Which topics take events.
 *
 * @param allowed as configured; undefined: all that are read.
 * @throws CouldNotRun where one is read by nobody.
 */
export function openTopics(
  processes: readonly ProcessDefinition[],
  allowed: readonly string[] | undefined,
): readonly string[] {
  const read = topicsOfAll(processes)
  const unread = allowed?.find(topic => !read.includes(topic))
  if (unread === undefined) return allowed ?? read
  throw new CouldNotRun({
    problem: `http.ingest names the topic ${unread}, which no process reads`,
    remedy: `correct it, or leave it out; processes read: ${read.join(', ')}`,
  })
}

/** Into logs of our own, which stand in for Kafka. @param allowed see `openTopics`. */
export function ingestIntoLogs(
  processes: readonly ProcessDefinition[],
  allowed: readonly string[] | undefined,
  logger: Logger,
): LiveIngest & { readonly logs: IngestLogs } {
  const logs = new IngestLogs(processes, logger)
  const events = new EventIngest(processes, openTopics(processes, allowed), logs, Date.now)
  return { events, logs, close: () => logs.close() }
}

/** Into topics of Kafka; undefined: none was allowed to be written to. @param allowed as above. */
export function ingestIntoTopics(
  kafka: KafkaConfig,
  processes: readonly ProcessDefinition[],
  allowed: readonly string[] | undefined,
  logger: Logger,
): LiveIngest | undefined {
  if (allowed === undefined) return undefined
  const topics = new IngestTopics(connectionOf(kafka, (_level, message, details) => logger.debug(details, message)))
  const events = new EventIngest(processes, openTopics(processes, allowed), topics, Date.now)
  return { events, logs: undefined, close: () => topics.close() }
}
