import { z } from 'zod'
import type { RecordHeaders, SourceRecord } from '../../event/record.ts'
import { newPartitionCounts, type PartitionCounts } from '../../shard/counts.ts'
import type { ShardSummary } from '../../shard/summary.ts'
import type { Claim, LogRecord } from '../../source/kafka/published/owned-log.ts'
import type { PartitionKey } from '../../source/source.ts'
import { ByteReader, ByteWriter } from '../../windows/bytes.ts'

/*
 * The records of the topic that shards publish to. Each has the shard's number before its key, and when it was written as
 * a header:
 *
 *     key                                  value
 *     shard                                JSON: a generation has begun, or a step is whole with the records before it
 *     shard · ENDS                         JSON: how far the logs go
 *     shard · FUTURE · topic ":" offset    empty: the record was found to lie in the future; null: nobody asks any more
 *     shard · key of an entry              content of the entry; null: nothing is kept under the key any more
 *
 *     header "at"                          generation "." step
 *
 * So compaction keeps of each value the newest, and of each shard what it said last. A header it is, and not a part of the
 * value, because what is deleted has a time too.
 */

/** No kinds of entries. */
const ENDS = 127
const FUTURE = 126
const HEADER = 'at'

export type Stamp = {
  readonly generation: number
  /** 0: what the generation begins with. */
  readonly step: number
}

/** A topic that was configured for this holds something else, or what another version has written. */
export class NotPublished extends Error {
  override readonly name = 'NotPublished'

  constructor(what: string, cause?: unknown) {
    super(`the topic that shards publish to holds ${what}; give Stagewatch a topic of its own, made anew`, { cause })
  }
}

const partKinds = { begun: 'begun', state: 'state' } as const

/** JSON has no infinities. */
const number = z.union([z.number(), z.enum(['Infinity', '-Infinity'])]).transform(Number)

const measureSummary = z.object({ settledUntil: number, keptSince: number, isPartial: z.boolean() })

/** Names of activities are keys of it, and may be any, so it is looked at and left as it is. */
const counts = z.custom<PartitionCounts>(
  value =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(newPartitionCounts()).every(
      ([name, zero]) => typeof (value as Record<string, unknown>)[name] === typeof zero,
    ),
)

const summary: z.ZodType<ShardSummary> = z.object({
  partition: z.number(),
  epoch: z.number(),
  recordsEnd: z.array(z.number()),
  watermarks: z.array(number),
  counts: z.array(counts),
  horizon: number,
  casesInMemory: z.number(),
  stages: z.array(measureSummary.extend({ historySince: number, historyKeptSince: number })),
  measures: z.array(measureSummary),
})

const aboutShard = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal(partKinds.begun),
    owner: z.string(),
    /** Of the shard's rows: see `positionOf`. */
    life: z.number(),
    /** Names the definitions that the shard is folded by. */
    definitions: z.string(),
  }),
  z.object({
    kind: z.literal(partKinds.state),
    owner: z.string(),
    life: z.number(),
    definitions: z.string(),
    /** Since the generation began. @see FromFold */
    otherLogs: z.array(z.custom<PartitionKey>(value => typeof value === 'string')),
    /** @see Lift */
    lifts: number,
    /** Values that the shard has in the topic by now. */
    kept: z.number(),
    /** Records of this step, without this one. */
    records: z.number(),
    summary,
  }),
])
const aboutEnds = z.object({
  ends: z.array(
    z.object({ topic: z.string(), partition: z.number(), endOffset: z.number(), readTo: z.number() }).readonly(),
  ),
  hasRoom: z.boolean(),
})

/** What a shard says of itself. */
export type AboutShard = z.infer<typeof aboutShard>
export type AboutState = Extract<AboutShard, { kind: 'state' }>
export type AboutEnds = z.infer<typeof aboutEnds>

export type ShardRecord = { readonly stamp: Stamp } & (
  | { readonly kind: 'shard'; readonly about: AboutShard }
  | { readonly kind: 'ends'; readonly about: AboutEnds }
  /** Decided once, whoever owns the shard: what a generation began with says nothing of it. */
  | { readonly kind: 'future'; readonly record: FutureRecord; readonly isPassed: boolean }
  | { readonly kind: 'entry'; readonly key: Uint8Array; readonly content: Uint8Array | null }
)

/** A record of a source topic that was found to lie in the future when it was first read. */
export type FutureRecord = { readonly topic: string; readonly offset: number }

/** Writes the records of one shard. */
export class ShardRecordWriter {
  readonly #shard: Uint8Array

  constructor(partition: number) {
    const key = new ByteWriter()
    key.write(partition)
    this.#shard = key.bytes.slice(0, key.length)
  }

  shard(stamp: Stamp, about: AboutShard): LogRecord {
    return { key: this.#shard, value: json(about), headers: headersOf(stamp) }
  }

  ends(stamp: Stamp, about: AboutEnds): LogRecord {
    return { key: Buffer.concat([this.#shard, Uint8Array.of(ENDS)]), value: json(about), headers: headersOf(stamp) }
  }

  /** @param isPassed a durable state covers it: nobody asks any more. */
  future(stamp: Stamp, { topic, offset }: FutureRecord, isPassed: boolean): LogRecord {
    const key = Buffer.concat([this.#shard, Uint8Array.of(FUTURE), Buffer.from(`${topic}:${offset}`)])
    return { key, value: isPassed ? null : Buffer.alloc(0), headers: headersOf(stamp) }
  }

  /** @param content is copied; null: nothing is kept under the key any more. */
  entry(stamp: Stamp, key: Uint8Array, content: Uint8Array | null): LogRecord {
    return {
      key: Buffer.concat([this.#shard, key]),
      value: content === null ? null : Buffer.from(content),
      headers: headersOf(stamp),
    }
  }
}

/**
 * @param partition the shard whose partition of the topic it is.
 * @throws NotPublished where it is no record of that shard.
 */
export function readShardRecord({ key, value, headers = [] }: SourceRecord, partition: number): ShardRecord {
  const stamp = stampIn(headers)
  if (key === null || stamp === undefined) throw new NotPublished('a record that no shard has published')
  const from = new ByteReader(key)
  const shard = from.read()
  if (shard !== partition) throw new NotPublished(`a record of shard ${shard} in partition ${partition}`)
  const own = key.subarray(from.at)
  if (own.length === 0) return { stamp, kind: 'shard', about: parsed(aboutShard, value) }
  if (own[0] === ENDS) return { stamp, kind: 'ends', about: parsed(aboutEnds, value) }
  if (own[0] === FUTURE) return { stamp, kind: 'future', record: futureIn(own), isPassed: value === null }
  return { stamp, kind: 'entry', key: own, content: value }
}

/** @throws NotPublished */
export function claimIn(record: SourceRecord, partition: number): Claim | undefined {
  const read = readShardRecord(record, partition)
  return read.kind === 'shard' ? { generation: read.stamp.generation, owner: read.about.owner } : undefined
}

function futureIn(key: Uint8Array): FutureRecord {
  const text = Buffer.from(key.subarray(1)).toString('utf8')
  const colon = text.lastIndexOf(':')
  return { topic: text.slice(0, colon), offset: Number(text.slice(colon + 1)) }
}

const headersOf = ({ generation, step }: Stamp): RecordHeaders => [[HEADER, Buffer.from(`${generation}.${step}`)]]

function stampIn(headers: RecordHeaders): Stamp | undefined {
  const value = headers.find(([name]) => name === HEADER)?.[1]
  const match = value == null ? null : /^(\d{1,15})\.(\d{1,15})$/.exec(Buffer.from(value).toString('latin1'))
  return match === null ? undefined : { generation: Number(match[1]), step: Number(match[2]) }
}

const json = (about: AboutShard | AboutEnds): Buffer =>
  Buffer.from(
    JSON.stringify(about, (_, value: unknown) => (value === Infinity || value === -Infinity ? String(value) : value)),
  )

function parsed<Schema extends z.ZodType>(schema: Schema, value: Uint8Array | null): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(Buffer.from(value ?? []).toString('utf8')))
  } catch (cause) {
    throw new NotPublished('what another version of Stagewatch, or something else, has written', cause)
  }
}
