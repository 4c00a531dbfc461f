import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { instant } from '../../src/event/instant.ts'
import { type AuditRecord, verifyAudit } from '../../src/journal/audit.ts'
import type { JournalEntry } from '../../src/journal/entry.ts'
import { type Journal, openJournal } from '../../src/journal/journal.ts'
import { openTopicJournal, type TopicJournalParts } from '../../src/journal/topic-journal.ts'
import { claimIn } from '../../src/journal/topic-journal-records.ts'
import { OwnedLog, TakenOver } from '../../src/source/kafka/published/owned-log.ts'
import { prepareKeptTopic } from '../../src/source/kafka/published/published-topic.ts'
import { transition } from '../support/alert-transition.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { connectionTo } from './published-scene.ts'
import { createTopics, deleteLater, deleteTopics, newTopicName, produce } from './topics.ts'

describeKafka('a journal in a topic', 'any', () => {
  let brokers = ''
  const directory = mkdtempSync(join(tmpdir(), 'stagewatch-topic-journal-'))

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)
  afterAll(async () => {
    await deleteTopics(brokers)
    rmSync(directory, { recursive: true })
  })

  async function newTopic(): Promise<string> {
    const topic = newTopicName('journal')
    deleteLater(brokers, topic)
    await prepareKeptTopic({ connection: connectionTo({ brokers }), topic })
    return topic
  }

  const taken: TakenOver[] = []
  function open(topic: string, parts: Partial<TopicJournalParts> = {}): Promise<Journal> {
    const log = new OwnedLog({
      connection: connectionTo({ brokers }),
      topic,
      partition: 0,
      partitions: 1,
      transactionalId: topic,
      owner: randomUUID(),
      claimIn,
      health: () => {},
    })
    const notDeleted = (error: Error) => {
      throw error
    }
    return openTopicJournal({ log, notDeleted, takenOver: error => taken.push(error), ...parts })
  }

  async function beginningOf(topic: string): Promise<number> {
    const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    const [offsets] = await admin.fetchTopicOffsets(topic)
    await admin.disconnect()
    return Number(offsets?.low)
  }

  test('has for the next owner what a file has after a restart, however often it begins anew', {
    timeout: 120_000,
  }, async () => {
    const topic = await newTopic()
    const file = () => openJournal(directory)
    const both = [await file(), await open(topic, { rotateAtBytes: 2_000 })] as const
    const append = (...entries: [JournalEntry, ...JournalEntry[]]) =>
      Promise.all(both.map(each => each.append(...entries)))
    const started = await beginningOf(topic)
    for (let at = 0; at < 40; at++) {
      const state = at % 3 === 2 ? 'resolved' : 'firing'
      await append(evaluation(at, `a${at - (at % 3)}`, state), { kind: 'queued', message: message(`m${at}`, at) })
      if (at % 2 === 0)
        await append({
          kind: 'settled',
          settlement: { id: `m${at}`, at: instant(at), attempts: 1, outcome: 'delivered' },
        })
      if (at % 5 === 0) for (const each of both) await each.audit(record(`s${at}`, at))
    }
    // Longer than a record may be.
    await append({ kind: 'queued', message: { ...message('long', 41), body: { text: 'x'.repeat(1_300_000) } } })
    expect(await beginningOf(topic)).toBeGreaterThan(started)
    for (const each of both) await each.close()
    const next = [await file(), await open(topic)] as const
    const [inFile, inTopic] = next.map(each => each.recover())
    expect(inTopic).toEqual(inFile)
    expect(inTopic?.transitions.length).toBe(40)
    expect(verifyAudit(inTopic!.audit.entries)).toMatchObject(verifyAudit(inFile!.audit.entries))
    for (const each of next) await each.close()
    await expect(next[1].append(evaluation(50, 'a', 'firing'))).rejects.toThrow('closed')
  })

  test('a former owner appends nothing more, and is told', { timeout: 120_000 }, async () => {
    const topic = await newTopic()
    const former = await open(topic)
    await former.append(evaluation(1, 'a', 'firing'))
    const owner = await open(topic)
    await expect(former.append(evaluation(2, 'b', 'firing'))).rejects.toThrow(TakenOver)
    expect(taken.length).toBe(1)
    await expect(former.append(evaluation(3, 'c', 'firing'))).rejects.toThrow(TakenOver)
    await owner.append(evaluation(4, 'd', 'firing'))
    await owner.close()
    await former.close()
    const last = await open(topic)
    expect(last.recover().transitions.map(({ id }) => id)).toEqual(['a', 'd'])
    await last.close()
  })

  test('a topic that holds something else, or would forget, is refused', { timeout: 120_000 }, async () => {
    const topic = await newTopic()
    await produce(brokers, topic, { count: 1 })
    await expect(open(topic)).rejects.toThrow('something else than a journal')
    const [forgets = ''] = await createTopics(brokers, {})
    const prepared = prepareKeptTopic({ connection: connectionTo({ brokers }), topic: forgets })
    await expect(prepared).rejects.toThrow('set its retention.ms to -1')
  })
})

const evaluation = (at: number, alert: string, state: 'firing' | 'resolved'): JournalEntry => ({
  kind: 'evaluation',
  process: 'orders',
  at: instant(at),
  transitions: [transition(alert, at, state)],
  state: { at, text: 'x'.repeat(300) },
})

const message = (id: string, at: number) => ({
  id,
  contactPoint: 'ops/webhook',
  tells: [{ alert: id, state: 'firing' as const }],
  body: { text: 'slow' },
  at: instant(at),
})

const record = (subject: string, at: number): AuditRecord => ({
  at: instant(at),
  actor: 'li.wei',
  action: 'assign',
  subject,
  detail: { to: 'ops' },
})
