import * as z from 'zod'
import { type IngestAnswer, ingestAnswerSchema } from '../../protocol/ingest.ts'
import { type HandedIn, type HandedInType, handedInTypes, readHandedIn } from '../../source/handed-in/records.ts'
import { ProblemError } from '../problem-error.ts'
import type { BytesBody, SentBytes } from './bytes-body.ts'
import { badRequest, durably, text } from './request-body.ts'
import { type Route, route } from './route.ts'

/** Records that are to become durable together. */
export type HandedInBatch = Pick<HandedIn, 'records' | 'areCloudEvents'> & {
  readonly topic: string
  /** The same when they are handed in again; undefined: nobody will ask. */
  readonly id: string | undefined
  /** Of the records that have none of their own. */
  readonly key: string | undefined
}

/** The records are durable. */
export type KeptBatch = {
  readonly outcome: 'kept' | 'repeated'
  /** Where all of them lie; undefined: in several partitions. */
  readonly at: { readonly partition: number; readonly firstOffset: number } | undefined
}

/** They are not, or nobody knows. */
export type RefusedBatch =
  | { readonly outcome: 'id-taken' }
  | { readonly outcome: 'too-long'; readonly reason: string; readonly remedy: string }
  | { readonly outcome: 'full'; readonly reason: string }
  | { readonly outcome: 'kafka-away'; readonly reason: string; readonly remedy: string }

export type TakenIn =
  | RefusedBatch
  | (KeptBatch & {
      readonly rejectedCount: number
      /** The first of them. */
      readonly rejected: IngestAnswer['rejected']
    })

export interface Ingest {
  /** Those that take events. */
  readonly topics: readonly string[]
  /** Resolves when they are durable, or refused. @throws Error where they could not be made durable. */
  take(batch: HandedInBatch): Promise<TakenIn>
}

export type EventSources = {
  /** undefined: events come from elsewhere only. */
  readonly ingest?: Ingest | undefined
}

const MOST_RECORDS = 10_000

/** A log that is full waits for a state to be saved. */
const AGAIN_AFTER_FULL_S = 5
const AGAIN_AFTER_FAILURE_S = 2

const bytes: BytesBody = {
  types: handedInTypes,
  mostBytes: 4 * 1_048_576,
  atOnce: 16,
  withinMs: 30_000,
  remedy:
    'say Content-Type: application/x-ndjson and send one JSON record a line, or CloudEvents as application/cloudevents-batch+json',
}

const query = z.strictObject({
  topic: text(249)
    .optional()
    .meta({ description: 'As processes name it in `sources`; may be left out where only one takes events.' }),
  key: text(200).optional().meta({
    description: 'The key of all records that have none of their own: of one case, where the case is `$key`.',
  }),
})

/** Events that programs send: answered when they are durable. */
export const eventRoutes = ({ ingest }: EventSources): readonly Route[] => [
  route({
    method: 'post',
    path: '/api/v1/events',
    tag: 'events',
    permission: 'send',
    name: 'sendEvents',
    summary: 'Takes events in: one JSON record a line, or CloudEvents',
    query,
    bytes,
    remedy: 'choose an Idempotency-Key of up to 200 characters for each batch, the same when it is sent again',
    answer: {
      status: 202,
      schema: ingestAnswerSchema,
      means: 'They are durable, and will be counted, but for `rejected`. `repeated`: they had been sent before.',
    },
    refusals: [
      'unknown-topic',
      'id-taken',
      'log-is-full',
      'too-many-at-once',
      'journal-unavailable',
      'kafka-unavailable',
    ],
    async handle({ query: asked, bytes: sent, id, reply }): Promise<IngestAnswer> {
      const { taker, topic } = takerOf(ingest, asked.topic)
      const { records, batchId, areCloudEvents } = handedInBy(sent)
      const batch = { topic, id: id ?? batchId, key: asked.key, records, areCloudEvents }
      // Told where it fails before it is known to be durable, too.
      reply.header('retry-after', String(AGAIN_AFTER_FAILURE_S))
      const taken = await durably('the batch', () => taker.take(batch))
      if (taken.outcome === 'full') reply.header('retry-after', String(AGAIN_AFTER_FULL_S))
      else if (taken.outcome !== 'kafka-away') reply.removeHeader('retry-after')
      if (!('rejected' in taken)) throw refused(taken)
      const { outcome, at, rejectedCount, rejected } = taken
      return {
        topic,
        ...(at && { partition: at.partition, first_offset: at.firstOffset }),
        accepted: records.length,
        repeated: outcome === 'repeated',
        rejected_count: rejectedCount,
        rejected,
      }
    },
  }),
]

function takerOf(ingest: Ingest | undefined, asked: string | undefined): { taker: Ingest; topic: string } {
  if (ingest === undefined || ingest.topics.length === 0) {
    const remedy =
      'with Kafka, name topics under http.ingest in the configuration, or write to it; the demo takes none: use `stagewatch run`, without kafka'
    throw new ProblemError('unknown-topic', 'no topic takes events by HTTP here', remedy)
  }
  const [topic, ...others] = asked === undefined ? ingest.topics : ingest.topics.filter(name => name === asked)
  const remedy = `name one of: ${ingest.topics.join(', ')}`
  if (others.length > 0) throw badRequest('`topic` is missing, and several take events', remedy)
  if (topic === undefined) throw new ProblemError('unknown-topic', `topic ${asked} takes no events by HTTP`, remedy)
  return { taker: ingest, topic }
}

function handedInBy({ type, body }: SentBytes): HandedIn {
  if (body.length === 0) throw badRequest('the body is empty', 'send at least one record')
  // Bodies of other types do not come so far.
  const handedIn = readHandedIn(type as HandedInType, body)
  if (handedIn === undefined) {
    const remedy = 'send `[{…}, {…}]`, or one record a line as application/x-ndjson'
    throw badRequest('the body is no array of JSON objects', remedy)
  }
  const { length } = handedIn.records
  if (length === 0) throw badRequest('the body holds no record', 'send at least one')
  if (length > MOST_RECORDS) {
    const detail = `the body holds ${length} records, and ${MOST_RECORDS} are the most that are taken at once`
    throw new ProblemError('too-large', detail, 'send them in several batches')
  }
  return handedIn
}

function refused(taken: RefusedBatch): ProblemError {
  switch (taken.outcome) {
    case 'id-taken': {
      const advice = 'use another Idempotency-Key for other records; the same only to send the same ones again'
      return new ProblemError('id-taken', 'another batch was sent under this id', advice)
    }
    case 'too-long':
      return new ProblemError('too-large', taken.reason, taken.remedy)
    case 'full':
      return new ProblemError('log-is-full', taken.reason, 'send it again later, under the same id')
    case 'kafka-away':
      return new ProblemError('kafka-unavailable', taken.reason, taken.remedy)
  }
}
