/**
 * Which one of several processes does what only one may do: the member of a consumer group that is given the only
 * partition of a topic. When it dies the group gives the partition to another one.
 *
 * Whoever has it keeps it when others come and go. Nothing is fenced by this: for a moment two may hold themselves for
 * elected, so whatever the elected one writes needs a log that he owns (`owned-log.ts`).
 */
// Node sees only some of the names that this CommonJS module exports; test runners see all of them.
import kafkajs, { type PartitionAssigner } from 'kafkajs'
import { partitionKey, type Refusal, type SourceListener, type SourceState } from '../../source.ts'
import { clientOf } from '../client.ts'
import type { KafkaConnection } from '../connection.ts'
import { openKafkaSource } from '../kafka-source.ts'

export type ElectionSettings = {
  readonly connection: KafkaConnection
  /** With one partition; what stands in it does not matter. */
  readonly topic: string
  readonly groupId: string
  /** What others call this member. */
  readonly member: string
  /** It is this one from now on. The group waits for it to resolve. */
  readonly elected: () => Promise<void>
  /** It is this one no longer. */
  readonly deposed: () => Promise<void>
  readonly state: (state: SourceState) => void
}

export type Election = {
  start(): Promise<void>
  /** Leaves the group, so that another one is elected at once; `deposed` is not called. */
  stop(): Promise<void>
  /** Rejects when it cannot go on. */
  readonly finished: Promise<void>
}

export function openElection(settings: ElectionSettings): Election {
  const { connection, topic, groupId, member, state } = settings
  let isElected = false
  const source = openKafkaSource({
    ...connection,
    topics: [topic],
    groupId,
    sharedGroup: true,
    assigner: toWhoHasIt(() => ({ member, isElected })),
    fromBeginning: false,
    now: Date.now,
  })
  const listener: SourceListener = {
    async assigned(partitions) {
      if (partitions.length > 0 && !isElected) {
        isElected = true
        await settings.elected()
      }
      return new Map(partitions.map(partition => [partitionKey(partition), nothingToRead]))
    },
    async revoked() {
      isElected = false
      await settings.deposed()
    },
    batch: async () => {},
    end: () => {},
    state: told => {
      const isOurs = told.kind === 'failed' && told.reason === nothingToRead.reason
      state(isOurs ? { kind: 'connected', to: connection.brokers.join(', ') } : told)
    },
  }
  return {
    start: () => source.start(listener),
    stop: () => source.stop(),
    finished: source.finished,
  }
}

/** Whoever writes the topic deletes what he needs no more: a reader would take that for a gap, and take it over anew. */
const nothingToRead: Refusal = { reason: 'what stands there is for others', remedy: 'nothing is to be done' }

/** What a member tells the group of itself. */
type Told = { readonly member: string; readonly isElected: boolean }

/** All partitions to one member: who has had them, else any. */
function toWhoHasIt(told: () => Told): PartitionAssigner {
  const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol
  return ({ cluster }) => ({
    name: 'stagewatch-to-who-has-it',
    version: 1,
    async assign({ members, topics }) {
      const [first] = members.map(({ memberId }) => memberId).sort()
      const holder = members.find(({ memberMetadata }) => toldIn(memberMetadata)?.isElected === true)
      const chosen = holder?.memberId ?? first
      const all = topics.map(topic => [
        topic,
        cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId),
      ])
      return members.map(({ memberId }) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: this.version,
          assignment: memberId === chosen ? Object.fromEntries(all) : {},
          userData: Buffer.alloc(0),
        }),
      }))
    },
    protocol({ topics }) {
      const userData = Buffer.from(JSON.stringify(told()))
      return { name: this.name, metadata: MemberMetadata.encode({ version: this.version, topics, userData }) }
    },
  })
}

/** What a member of such a group has told of itself; undefined: it is none. */
function toldIn(metadata: Buffer): Told | undefined {
  try {
    const { userData } = kafkajs.AssignerProtocol.MemberMetadata.decode(metadata) ?? {}
    return userData === undefined ? undefined : (JSON.parse(userData.toString('utf8')) as Told)
  } catch {
    return undefined
  }
}

/**
 * What the elected member is called; undefined: none is.
 *
 * @throws whatever kafkajs throws where brokers do not answer.
 */
export async function electedMember(connection: KafkaConnection, groupId: string): Promise<string | undefined> {
  const admin = clientOf(connection, { retries: 1, initialRetryTime: 50 }).admin()
  try {
    await admin.connect()
    const { groups } = await admin.describeGroups([groupId])
    const members = groups.flatMap(group => group.members)
    const { MemberAssignment } = kafkajs.AssignerProtocol
    const isElected = (assignment: Buffer) => {
      const decoded = assignment.length === 0 ? null : MemberAssignment.decode(assignment)
      return Object.values(decoded?.assignment ?? {}).some(partitions => partitions.length > 0)
    }
    const elected = members.find(({ memberAssignment }) => isElected(memberAssignment))
    return elected === undefined ? undefined : toldIn(elected.memberMetadata)?.member
  } finally {
    await admin.disconnect()
  }
}
