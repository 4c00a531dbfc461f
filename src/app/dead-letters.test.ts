import { pino } from 'pino'
import { expect, test } from 'vitest'
import { instant } from '../event/instant.ts'
import type { DeadLetter } from '../event/record.ts'
import { loadDefinitions } from '../model/load.ts'
import { openDeadLetterTopic, withUndelivered } from './dead-letters.ts'

const letter = (offset: number, change: Partial<DeadLetter> = {}): DeadLetter => ({
  process: 'orders',
  topic: 'orders.events',
  partition: 0,
  offset,
  reason: 'late',
  detail: '',
  key: null,
  value: null,
  timestamp: instant(0),
  ...change,
})

const nothing = { visits: [], panes: [], measurePanes: [], deadLetters: [], records: [], settled: [] }

test('a dead letter outlives a crash until the store and the topic have it, and is kept once', () => {
  const unwritten = { ...nothing, deadLetters: [letter(1), letter(2)] }
  expect(withUndelivered(unwritten, []).deadLetters).toEqual([letter(1), letter(2)])
  const undelivered = [letter(2), letter(3), letter(2, { process: 'returns' })]
  expect(withUndelivered(unwritten, undelivered).deadLetters).toEqual([
    letter(1),
    letter(2),
    letter(3),
    letter(2, { process: 'returns' }),
  ])
})

const rules = `process: orders
owner: depot
sources:
  - {topics: [a, orders.events], format: json, case: id, activity: step, time: at}
activities: [one, two]
stages:
  only: {from: one, to: two}
`
const { definitions } = loadDefinitions([
  { name: 'orders.yaml', text: rules },
  { name: 'owners.yaml', text: 'depot: {title: Depot}\n' },
])

const kafkaWith = (topic: string) => ({
  client: 'kafkajs' as const,
  brokers: ['127.0.0.1:1'],
  clientId: 'tests',
  groupId: undefined,
  ssl: false as const,
  sasl: undefined,
  positions: {
    startFrom: { kind: 'earliest' as const },
    startFromText: 'earliest',
    onGap: 'refuse' as const,
    onNewTopic: 'refuse' as const,
  },
  deadLetters: { topic },
  schemaRegistry: undefined,
})

test('a topic that a process reads cannot be that of the dead letters', async () => {
  if (definitions === undefined) throw new Error('the rules are not right')
  const logger = pino({ level: 'silent' })
  expect(() => openDeadLetterTopic(kafkaWith('orders.events'), definitions, logger)).toThrow(
    'kafka.dead_letters.topic is "orders.events", which process orders reads: its dead letters would come back to it without end',
  )
  const topic = openDeadLetterTopic(kafkaWith('orders.dead'), definitions, logger)
  expect(await topic?.close(0)).toBe(0)
  expect(openDeadLetterTopic({ ...kafkaWith(''), deadLetters: undefined }, definitions, logger)).toBeUndefined()
})
