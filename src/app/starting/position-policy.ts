import type { TopicPartition } from '../../event/record.ts'
import { type LogFound, type ReadSoFar, standingOf, whyNotReadable } from '../../source/log.ts'
import type { Refusal } from '../../source/source.ts'
import type { StartFrom } from './start-from.ts'

/** What is done where a log is not what was left: a number that nobody asked for is worse than none, so it is refused. */
export type PositionPolicy = {
  readonly startFrom: StartFrom
  /** As it was written. */
  readonly startFromText: string
  /** Records are gone before they were read: refuse, or go on with the next that there is. */
  readonly onGap: 'refuse' | 'skip'
  /** The topic is another one: refuse, go on in it with the cases that are open, or begin with nothing. */
  readonly onNewTopic: 'refuse' | 'continue' | 'start_anew'
  /** Where definitions have changed, history is folded anew from what there is of it. */
  readonly rebuilds: boolean
  /** What is said to do about a refusal. */
  readonly remedies: { readonly gap: string; readonly newTopic: string }
}

export const kafkaRemedies: PositionPolicy['remedies'] = {
  gap: 'restore the records, or set `kafka.on_gap: skip` to go on with those that there are; until then no more of it is read',
  newTopic:
    'set `kafka.on_new_topic` to continue (open cases go on in the new topic) or to start_anew (count anew from it); until then nothing of it is read',
}

export const strictPolicy: PositionPolicy = {
  startFrom: { kind: 'earliest' },
  startFromText: 'earliest',
  onGap: 'refuse',
  onNewTopic: 'refuse',
  rebuilds: false,
  remedies: kafkaRemedies,
}

/** Of logs of our own, which lose nothing unless somebody takes it away: `rebuilds` goes on with what there is of them. */
export const ownLogsPolicy = (rebuilds: boolean): PositionPolicy => {
  const remedy =
    'put the folder `ingest` of the data folder back as it was, or go on with what there is: `stagewatch run --rebuild`; until then no more of it is read'
  return {
    ...strictPolicy,
    ...(rebuilds && { onGap: 'skip', onNewTopic: 'continue' }),
    rebuilds,
    remedies: { gap: remedy, newTopic: remedy },
  }
}

/** Where a log is read on with the state that there is. */
export type Going =
  | { readonly kind: 'on'; readonly from: number }
  /** So many offsets were lost on the way. */
  | { readonly kind: 'skips'; readonly from: number; readonly lost: number }
  /** It is another log, or one that lost its end: its offsets do not follow on those before. */
  | { readonly kind: 'in-other-log'; readonly from: number; readonly why: string }
  | { readonly kind: 'anew'; readonly why: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

export function goingOnIn(
  partition: TopicPartition,
  read: ReadSoFar,
  log: Omit<LogFound, 'offsetAt'>,
  { onGap, onNewTopic, remedies }: Pick<PositionPolicy, 'onGap' | 'onNewTopic' | 'remedies'>,
): Going {
  const standing = standingOf(read, log)
  if (standing === 'follows') return { kind: 'on', from: read.next }
  const why = standing === 'other' ? whyOther(partition, read, log) : (whyNotReadable(partition, read.next, log) ?? '')
  if (standing === 'other') {
    if (onNewTopic === 'continue') return { kind: 'in-other-log', from: log.low, why }
    if (onNewTopic === 'start_anew') return { kind: 'anew', why }
    return { kind: 'refused', refusal: { reason: why, remedy: remedies.newTopic } }
  }
  if (onGap === 'refuse') return { kind: 'refused', refusal: { reason: why, remedy: remedies.gap } }
  if (standing === 'cut') return { kind: 'in-other-log', from: log.high, why }
  return { kind: 'skips', from: log.low, lost: log.low - read.next }
}

function whyOther(partition: TopicPartition, { next, topicId }: ReadSoFar, log: Omit<LogFound, 'offsetAt'>): string {
  if (topicId === undefined || log.topicId === undefined) return whyNotReadable(partition, next, log) ?? ''
  return `topic "${partition.topic}" was deleted and created anew (its id is ${log.topicId}, that of the one that was read was ${topicId})`
}
