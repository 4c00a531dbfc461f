import { randomUUID } from 'node:crypto'
import { type Instant, instant } from '../../event/instant.ts'
import type { KafkaConnection } from '../../source/kafka/connection.ts'
import { readDeadLetterRecord } from '../../source/kafka/dead-letter-record.ts'
import { openKafkaSource } from '../../source/kafka/kafka-source.ts'
import { type DeadLetterPlace, isMeant, Positions, positionText } from './place.ts'
import { readToEnd } from './read-to-end.ts'

/**
 * Dead letters in their topic.
 *
 * The topic is read twice: marks of what was sent back stand behind the letters, maybe in other partitions, so they are
 * looked for first.
 */
export async function openTopicPlace(connection: KafkaConnection, topic: string): Promise<DeadLetterPlace> {
  const open = () =>
    openKafkaSource({
      ...connection,
      topics: [topic],
      // A group of its own, so that nobody who reads the topic notices.
      groupId: `${connection.clientId}-dlq-${randomUUID()}`,
      sharedGroup: false,
      fromBeginning: true,
      withHeaders: true,
      now: Date.now,
    })
  const redriven = new Map<string, { readonly at: Instant; readonly offset: number }>()
  await readToEnd(open(), record => {
    const said = readDeadLetterRecord(record)
    if (said.kind !== 'mark') return
    redriven.set(positionText(said.mark), { at: instant(said.at), offset: said.mark.newOffset })
  })
  return {
    name: `topic ${topic}`,
    async each(filter, use) {
      const seen = new Positions()
      await readToEnd(open(), async record => {
        const said = readDeadLetterRecord(record)
        if (said.kind !== 'letter') return
        const { letter, writtenAt } = said
        const sent = redriven.get(positionText(letter))
        const kept = { ...letter, storedAt: writtenAt, ...(sent !== undefined && { redriven: sent }) }
        if (isMeant(filter, kept) && seen.add(letter.process, letter)) await use(kept)
      })
    },
    async note() {},
    async close() {},
  }
}
