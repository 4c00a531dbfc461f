import type { Logger } from 'pino'
import { casesIn } from '../../cases/case-handles.ts'
import type { ShardStart } from '../../engine/shard-start.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import type { ShardOutput } from '../../shard/output.ts'
import type { ShardState } from '../../shard/shard-state.ts'
import { type AssignedPartition, type PartitionKey, partitionKey, type Refusal } from '../../source/source.ts'
import type { SavedShards } from '../saved-shards.ts'
import type { SavedLog, SavedShard, ShardOrigin } from '../shard-saves.ts'
import { FirstOffsets } from './first-offsets.ts'
import { goingOnIn, type PositionPolicy } from './position-policy.ts'

export type ShardStartsParts = {
  readonly saved: SavedShards
  readonly policy: PositionPolicy
  /** Takes the rows that a state had not got rid of. */
  readonly write: (unwritten: ShardOutput) => void
  /** How many records the store has of a span of offsets, once it has acknowledged all that waits. */
  readonly countStored: (process: string, id: AssignedPartition, from: number, before: number) => Promise<number>
  /** Told of shards that begin with nothing. */
  readonly beganAnew: (process: string) => void
  readonly now: () => number
  readonly logger: Logger
}

/** What is to be done with a shard. Its topics are those of the process, as they were assigned. */
type Decision =
  | { readonly kind: 'goes-on'; readonly former: SavedShard; readonly topics: readonly TopicStart[] }
  | { readonly kind: 'begins'; readonly former: SavedShard | undefined; readonly topics: readonly TopicStart[] }
  | { readonly kind: 'refused'; readonly former: SavedShard; readonly why: string }

type TopicStart = {
  readonly id: AssignedPartition
  /** undefined: where its source begins. */
  readonly position: number | Refusal | undefined
  readonly log: SavedLog
  readonly lost: number
  readonly isOther: boolean
}

/**
 * With what the shards of assigned partitions begin.
 *
 * A state goes on where it was left, if its definitions are the present ones and its logs hold what comes next. Where
 * logs do not, the configuration says what is done. Where definitions have changed, history is folded anew: from Kafka if
 * it still has all of it, else with the records that the store has kept, if these are complete; if neither, not at all
 * unless somebody asks for it. Then nothing that was saved is touched, so that the former definitions can go on.
 *
 * Rows of a shard whose offsets do not follow on those before come under a higher epoch.
 */
export class ShardStarts {
  readonly #parts: ShardStartsParts
  readonly #firstOffsets: FirstOffsets

  constructor(parts: ShardStartsParts) {
    this.#parts = parts
    this.#firstOffsets = new FirstOffsets(parts.saved, parts.policy, parts.now)
  }

  async start(
    process: ProcessDefinition,
    partitions: readonly AssignedPartition[],
  ): Promise<ReadonlyMap<number, ShardStart>> {
    const decisions = new Map<number, Decision>()
    for (const partition of new Set(partitions.map(({ partition }) => partition))) {
      const own = partitions.filter(id => id.partition === partition)
      decisions.set(partition, await this.#decide(process.name, partition, own))
    }
    const refused = [...decisions.values()].filter(({ kind }) => kind === 'refused')
    if (refused.length > 0) this.#refuseAllThatBeginAnew(decisions)
    const epoch = Math.max(...[...decisions.values()].map(decision => this.#epochFor(process.name, decision)))
    if ([...decisions.values()].some(({ kind }) => kind !== 'refused')) {
      await this.#parts.saved.beginEpoch(process.name, epoch)
    }
    const refusal = refused.length > 0 ? refusalOf(process.name, [...decisions.values()]) : undefined
    const starts = [...decisions].map(([partition, decision]) => {
      const ids = partitions.filter(id => id.partition === partition)
      return [partition, this.#startOf(process.name, partition, ids, decision, epoch, refusal)] as const
    })
    return new Map(starts)
  }

  async #decide(process: string, partition: number, ids: readonly AssignedPartition[]): Promise<Decision> {
    const { saved, write } = this.#parts
    const former = await saved.loadShard(process, partition)
    if (former === undefined) return { kind: 'begins', former, topics: await this.#first(process, partition, ids) }
    write(former.unwritten)
    if (!saved.isOfPresent(process, former)) return this.#rebuild(process, ids, former)
    return this.#goOn(process, ids, former)
  }

  async #first(process: string, partition: number, ids: readonly AssignedPartition[]): Promise<TopicStart[]> {
    const offsets = await this.#firstOffsets.of(process, partition, ids)
    return ids.map(id => beginsAt(id, offsets.get(partitionKey(id))))
  }

  #goOn(process: string, ids: readonly AssignedPartition[], former: SavedShard): Decision {
    const { logger, policy } = this.#parts
    const topics: TopicStart[] = []
    for (const id of ids) {
      const { topic, partition, log } = id
      const saved = former.logs[topic] ?? { topicId: undefined, first: undefined }
      const folded = former.state.nextOffsets[former.state.topics.indexOf(topic)] ?? 0
      if (log === undefined) {
        topics.push({ ...unchanged(id, saved), position: folded > 0 ? folded : undefined })
        continue
      }
      const next = Math.max(folded, saved.first ?? 0)
      const about = { process, topic, partition }
      const known = { ...saved, topicId: log.topicId ?? saved.topicId }
      const isInStore = next < log.low && log.low <= (saved.inStoreTo ?? 0)
      const going = goingOnIn(id, { next, topicId: saved.topicId }, isInStore ? { ...log, low: next } : log, policy)
      switch (going.kind) {
        case 'on':
          topics.push({ ...unchanged(id, known), position: going.from })
          break
        case 'skips':
          logger.warn({ ...about, from: going.from, lost: going.lost }, 'records are gone; going on after them')
          topics.push({ ...unchanged(id, known), position: going.from, lost: going.lost })
          break
        case 'in-other-log': {
          logger.warn({ ...about, from: going.from, why: going.why }, 'going on in a log that does not follow')
          const isSame = saved.topicId === log.topicId
          const other = isSame ? known : { topicId: log.topicId, first: undefined }
          topics.push({ ...unchanged(id, other), position: going.from, isOther: true })
          break
        }
        case 'anew':
          logger.warn({ ...about, why: going.why }, 'counting anew')
          return {
            kind: 'begins',
            former,
            topics: ids.map(each => ({ ...beginsAt(each, each.log?.low), isOther: true })),
          }
        case 'refused':
          topics.push({ ...unchanged(id, saved), position: going.refusal })
      }
    }
    return { kind: 'goes-on', former, topics }
  }

  async #rebuild(process: string, ids: readonly AssignedPartition[], former: SavedShard): Promise<Decision> {
    const { policy, logger } = this.#parts
    const topics: TopicStart[] = []
    for (const id of ids) {
      const { log, topic, partition } = id
      const saved = former.logs[topic]
      if (log === undefined || saved === undefined) {
        topics.push(...(log === undefined ? [beginsAt(id, undefined)] : await this.#first(process, partition, [id])))
        continue
      }
      const { first } = saved
      const isOther = saved.topicId !== undefined && log.topicId !== undefined && saved.topicId !== log.topicId
      if (!isOther && first !== undefined && log.low <= first) {
        topics.push(beginsAt(id, first))
        continue
      }
      const missing = isOther ? 'it was created anew' : await this.#missing(process, id, former, log.low)
      const inStoreTo = former.state.nextOffsets[former.state.topics.indexOf(topic)] ?? 0
      if (missing === undefined) {
        topics.push({ ...beginsAt(id, first), log: { topicId: log.topicId, first, inStoreTo } })
      } else if (policy.rebuilds || (isOther && policy.onNewTopic === 'start_anew')) {
        logger.warn({ process, topic, partition, from: log.low, missing }, 'folding anew a part of history only')
        topics.push({ ...beginsAt(id, log.low), isOther })
      } else {
        return { kind: 'refused', former, why: `topic "${topic}", partition ${partition}: ${missing}` }
      }
    }
    logger.info({ process, partition: ids[0]?.partition }, 'the definitions have changed: history is folded anew')
    return { kind: 'begins', former, topics }
  }

  /** What of the history of a topic is nowhere; undefined: the store has all that its log has not. */
  async #missing(
    process: string,
    id: AssignedPartition,
    { state, logs }: SavedShard,
    low: number,
  ): Promise<string | undefined> {
    const first = logs[id.topic]?.first
    const index = state.topics.indexOf(id.topic)
    const next = state.nextOffsets[index] ?? 0
    const inLog = `its log has it from offset ${low} on`
    if (first === undefined) return `${inLog}, and a part of what was folded came from elsewhere`
    if (low > next) return `${inLog}, and it was folded up to ${next} only`
    const folded = state.counts[index]?.consumed ?? 0
    const stored = await this.#parts.countStored(process, id, first, next)
    // Offsets may be sparse, so only the number of records says whether all are there.
    if (stored === folded) return undefined
    return `${inLog}, it was folded from ${first} on, and the store has ${stored} of the ${folded} records of it`
  }

  /** Shards of one process under two definitions would be two processes: either all begin anew, or none. */
  #refuseAllThatBeginAnew(decisions: Map<number, Decision>): void {
    for (const [partition, decision] of decisions) {
      if (decision.kind !== 'begins' || decision.former === undefined) continue
      decisions.set(partition, { kind: 'refused', former: decision.former, why: '' })
    }
  }

  #epochFor(process: string, decision: Decision): number {
    const present = this.#parts.saved.presentEpoch(process)
    if (decision.kind === 'refused' || decision.former === undefined) return present
    const former = decision.former.state.epoch
    if (decision.topics.some(({ isOther }) => isOther)) return Math.max(present, former) + 1
    return decision.kind === 'begins' ? Math.max(present, former + 1) : Math.max(present, former)
  }

  #startOf(
    process: string,
    partition: number,
    ids: readonly AssignedPartition[],
    decision: Decision,
    epoch: number,
    refusal: Refusal | undefined,
  ): ShardStart {
    const { saved, beganAnew } = this.#parts
    if (decision.kind === 'refused') {
      saved.setOrigin(process, partition, undefined)
      const positions = new Map(ids.map(id => [partitionKey(id), refusal as Refusal]))
      return { state: undefined, epoch, positions, otherLogs: [] }
    }
    const { kind, topics } = decision
    const logs = Object.fromEntries(topics.map(({ id, log }) => [id.topic, log]))
    const origin: ShardOrigin = { since: kind === 'begins' ? epoch : decision.former.since, logs }
    saved.setOrigin(process, partition, origin)
    if (kind === 'begins' && decision.former !== undefined) beganAnew(process)
    const positions = new Map<PartitionKey, number | Refusal>()
    for (const { id, position } of topics) if (position !== undefined) positions.set(partitionKey(id), position)
    const otherLogs = topics.filter(({ isOther }) => isOther).map(({ id }) => partitionKey(id))
    return {
      state: kind === 'begins' ? undefined : movedTo(decision.former.state, topics),
      epoch,
      positions,
      otherLogs,
    }
  }
}

const unchanged = (id: AssignedPartition, log: SavedLog) => ({ id, log, lost: 0, isOther: false })

const beginsAt = (id: AssignedPartition, first: number | undefined): TopicStart => ({
  ...unchanged(id, { topicId: id.log?.topicId, first }),
  position: first,
})

/** The state with the offsets where its logs are read on, and what was lost on the way. */
function movedTo(state: ShardState, topics: readonly TopicStart[]): ShardState {
  const nextOffsets = [...state.nextOffsets]
  const counts = [...state.counts]
  for (const { id, position, lost, isOther } of topics) {
    const index = state.topics.indexOf(id.topic)
    const before = counts[index]
    if (typeof position !== 'number' || before === undefined || (lost === 0 && !isOther)) continue
    nextOffsets[index] = position
    counts[index] = { ...before, lostOffsets: before.lostOffsets + lost }
  }
  return { ...state, nextOffsets, counts }
}

function refusalOf(process: string, decisions: readonly Decision[]): Refusal {
  const refused = decisions.filter(decision => decision.kind === 'refused')
  const cases = refused.reduce((sum, { former }) => sum + casesIn(former.state.cases.store.handles), 0)
  const why = refused.map(decision => decision.why).filter(text => text !== '')
  const more = why.length > 1 ? ` (and ${why.length - 1} more)` : ''
  return {
    reason:
      `the definitions of process "${process}" have changed, and its history cannot be folded anew: ${why[0]}${more}. ` +
      `${cases.toLocaleString('en')} cases in memory are at stake (open ones, and ended ones that may still be corrected)`,
    remedy:
      'take the definitions back and everything goes on; or give up what is missing: `stagewatch run --rebuild` folds anew what there is',
  }
}
