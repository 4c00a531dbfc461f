import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Election, electedMember, openElection } from '../../src/source/kafka/published/election.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { until } from '../support/until.ts'
import { connectionTo } from './published-scene.ts'
import { createTopics, deleteTopics, forgetBefore, produce } from './topics.ts'

const WITHIN_MS = 60_000

describeKafka('an election', 'any', () => {
  let brokers = ''
  let topic = ''
  const elections = new Map<string, Election>()
  /** Who was elected, in order; a minus before who was deposed. */
  const told: string[] = []

  beforeAll(async () => {
    brokers = await sharedBroker()
    ;[topic = ''] = await createTopics(brokers, {})
  }, 200_000)
  afterEach(async () => {
    await Promise.all([...elections.values()].map(election => election.stop()))
  })
  afterAll(() => deleteTopics(brokers))

  const connection = () => connectionTo({ brokers })
  const elected = () => electedMember(connection(), `${topic}.evaluator`)

  async function join(member: string): Promise<void> {
    let isMember = false
    const election = openElection({
      connection: connection(),
      topic,
      groupId: `${topic}.evaluator`,
      member,
      elected: async () => void told.push(member),
      deposed: async () => void told.push(`-${member}`),
      state: ({ kind }) => {
        isMember ||= kind === 'connected'
      },
    })
    elections.set(member, election)
    await election.start()
    await until(`${member} is a member`, WITHIN_MS, () => (isMember ? true : undefined))
  }

  test('is won by one, who keeps it when others come and go, and by another when he leaves', {
    timeout: 200_000,
  }, async () => {
    // A broker that has just started knows no groups yet.
    await until('nobody is elected', WITHIN_MS, async () => ((await elected()) === undefined ? true : undefined))
    await join('one')
    await until('one is elected', WITHIN_MS, () => (told.includes('one') ? true : undefined))
    for (const member of ['two', 'three', 'four']) await join(member)
    await elections.get('two')!.stop()
    await until('the group is settled without it', WITHIN_MS, async () =>
      (await elected()) === 'one' ? true : undefined,
    )
    expect(told).toEqual(['one'])
    // Whoever writes the topic cuts it; that is no reason to elect anew.
    await produce(brokers, topic, { count: 3 })
    await forgetBefore(brokers, topic, 3)
    await join('five')
    expect(told).toEqual(['one'])
    await elections.get('one')!.stop()
    await until('another is elected', WITHIN_MS, () => (told.length > 1 ? true : undefined))
    expect(['three', 'four', 'five']).toContain(told[1])
    await until('everybody can know it', WITHIN_MS, async () => ((await elected()) === told[1] ? true : undefined))
    expect(told.length).toBe(2)
  })
})
