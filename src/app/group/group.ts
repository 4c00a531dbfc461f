import type { ProcessDefinition } from '../../model/definitions.ts'
import type { KafkaConnection } from '../../source/kafka/connection.ts'

/** Processes that share the partitions of what they watch. */
export type Group = {
  readonly id: string
  readonly connection: KafkaConnection
}

/*
 * What a group has in Kafka:
 *
 *     <group>.<process>.published   what shards publish; a partition for each
 *     <group>.journal               what was decided, told and sent; one partition
 *
 * and the consumer groups <group>.<process>, whose members fold, and <group>.evaluator, of whom one evaluates.
 */
export const publishedTopic = ({ id }: Group, { name }: ProcessDefinition): string => `${id}.${name}.published`
export const journalTopic = ({ id }: Group): string => `${id}.journal`
export const foldingGroup = ({ id }: Group, { name }: ProcessDefinition): string => `${id}.${name}`
export const evaluatorGroup = ({ id }: Group): string => `${id}.evaluator`
