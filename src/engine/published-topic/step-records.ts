import { AT_STAKE, DUE, entriesOf, GONE, MEASURE_GONE, OLDEST, OPEN } from '../../shard/entry.ts'
import type { Publication } from '../../shard/publication.ts'
import type { LogRecord } from '../../source/kafka/published/owned-log.ts'
import type { PartitionKey } from '../../source/source.ts'
import type { KeptKeys } from './kept-keys.ts'
import type { ShardRecordWriter, Stamp } from './shard-record.ts'

/** A step of a shard on its way into the topic. */
export type StepToWrite = {
  readonly stamp: Stamp
  readonly publication: Publication
  readonly lifts: number
}

/** What is the same in all steps of a generation. */
export type GenerationFacts = {
  readonly owner: string
  readonly life: number
  readonly definitions: string
  readonly otherLogs: readonly PartitionKey[]
}

/**
 * The records of a step: those of its entries, then the one with which they are whole.
 *
 * @param kept follows what is in the topic.
 * @param leftOver keys of former owners that are in the topic: those that the step does not have are deleted.
 */
export function recordsOfStep(
  writer: ShardRecordWriter,
  kept: KeptKeys,
  { stamp, publication: { entries, summary }, lifts }: StepToWrite,
  facts: GenerationFacts,
  leftOver: Iterable<Uint8Array> = [],
): LogRecord[] {
  const records: LogRecord[] = []
  const put = (key: Uint8Array, content: Uint8Array | null) => records.push(writer.entry(stamp, key, content))
  for (const { key, content } of entriesOf(entries)) {
    const kind = key[0] as number
    if (kind === GONE || kind === MEASURE_GONE) {
      for (const each of kept.takeSegment(key)) put(each, null)
      // Nothing is kept under this key: that the segment has gone is told to those who follow.
      put(key, null)
    } else if (!isNothing(kind, content)) {
      kept.add(key)
      put(key, content)
    } else if (kept.has(key)) {
      kept.delete(key)
      put(key, null)
    }
  }
  for (const key of kept.takePassed(summary)) put(key, null)
  for (const key of leftOver) if (!kept.has(key)) put(key, null)
  const about = {
    ...facts,
    kind: 'state' as const,
    otherLogs: [...facts.otherLogs],
    lifts,
    kept: kept.count,
    records: records.length,
    summary,
  }
  return [...records, writer.shard(stamp, about)]
}

/** No open visits in a page, or no case in a place or segment: as if nothing had been told of it. */
const isNothing = (kind: number, content: Uint8Array): boolean =>
  kind === OPEN
    ? content.every(count => count === 0)
    : (kind === DUE || kind === OLDEST || kind === AT_STAKE) && content.length === 0
