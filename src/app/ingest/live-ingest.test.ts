import { pino } from 'pino'
import { expect, test } from 'vitest'
import { loadDefinitions } from '../../model/load.ts'
import { loadConfig } from '../config.ts'
import { ingestIntoLogs, ingestIntoTopics, openTopics } from './live-ingest.ts'

const logger = pino({ level: 'silent' })
const { definitions } = loadDefinitions([
  { name: 'owners.yaml', text: 'depot: {title: Depot}' },
  {
    name: 'parcels.yaml',
    text: `{process: parcels, owner: depot, sources: [{topics: [parcels, returns], format: json, case: id, activity: what, time: at}],
      activities: [received, sorted], stages: {sorting: {from: received, to: sorted}}}`,
  },
])
const { processes } = definitions!

test('without Kafka all topics that are read take events, unless some are named', async () => {
  expect(ingestIntoLogs(processes, undefined, logger).events.topics).toEqual(['parcels', 'returns'])
  expect(ingestIntoLogs(processes, ['returns'], logger).events.topics).toEqual(['returns'])
})

test('with Kafka no topic is written to that was not named', () => {
  const { kafka } = loadConfig('kafka: {brokers: [a:9092]}', 'stagewatch.yaml')
  expect(ingestIntoTopics(kafka!, processes, undefined, logger)).toBeUndefined()
  expect(ingestIntoTopics(kafka!, processes, ['parcels'], logger)?.events.topics).toEqual(['parcels'])
})

test('a topic that no process reads is refused: what is sent to it would be counted by nobody', () => {
  expect(() => openTopics(processes, ['parcels', 'parcel'])).toThrowError(
    expect.objectContaining({
      message: 'http.ingest names the topic parcel, which no process reads',
      remedy: 'correct it, or leave it out; processes read: parcels, returns',
    }),
  )
})
