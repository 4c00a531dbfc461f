import { AssignerProtocol, type PartitionAssigner } from 'kafkajs'

/** A part of the partitions. */
export type Share = { readonly index: number; readonly of: number }

/**
 * Gives the same partition number of every topic to the same member, because these partitions are folded together.
 *
 * kafkajs's own assigner deals out the partitions of all topics one after the other, which tears them apart as soon
 * as a topic's number of partitions is no multiple of the number of members.
 *
 * @param share only partitions whose number modulo `of` is `index` are given to anybody; default: all.
 */
export const samePartitionsTogether =
  (share?: Share): PartitionAssigner =>
  ({ cluster }) => ({
    name: 'stagewatch-same-partitions-together',
    version: 1,

    async assign({ members, topics }) {
      const memberIds = members.map(({ memberId }) => memberId).sort()
      const assignments = new Map(memberIds.map(id => [id, {} as Record<string, number[]>]))
      for (const topic of topics) {
        for (const { partitionId } of cluster.findTopicPartitionMetadata(topic)) {
          if (share !== undefined && partitionId % share.of !== share.index) continue
          const assignment = assignments.get(memberIds[partitionId % memberIds.length]!)!
          assignment[topic] ??= []
          assignment[topic].push(partitionId)
        }
      }
      return [...assignments].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: this.version,
          assignment,
          userData: Buffer.alloc(0),
        }),
      }))
    },

    protocol({ topics }) {
      return {
        name: this.name,
        metadata: AssignerProtocol.MemberMetadata.encode({ version: this.version, topics, userData: Buffer.alloc(0) }),
      }
    },
  })
