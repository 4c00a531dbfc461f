import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommandLine } from '../../src/app/command-line.ts'
import { produceMessages } from '../integration/support/produce.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { createTopics, deleteTopics } from './topics.ts'

const noon = Date.UTC(2026, 4, 5, 12)
const minute = 60_000

const processFile = (topic: string) => `process: orders
owner: ops
sources:
  - {topics: [${topic}], format: json, case: case, activity: activity, time: {from: at, unit: ms}}
activities: [paid, picked]
settle: 1m
pane: 1m
stages:
  picking: {from: paid, to: picked}
rules:
  full: {stage: picking, window: 5m, when: wip >= 5, for: 2m}
`

/** An order a minute; those of the second hour wait for 10 minutes. */
const events = Array.from({ length: 180 }, (_, index) => {
  const paid = noon + index * minute
  const picked = paid + (index >= 60 && index < 120 ? 10 * minute : 10_000)
  return [
    { case: `${index}`, activity: 'paid', at: paid },
    { case: `${index}`, activity: 'picked', at: picked },
  ]
})
  .flat()
  .sort((left, right) => left.at - right.at)

describeKafka('a backtest over topics', 'any', () => {
  let brokers = ''
  let folder = ''

  beforeAll(async () => {
    brokers = await sharedBroker()
    folder = mkdtempSync(join(tmpdir(), 'stagewatch-backtest-'))
  }, 200_000)

  afterAll(async () => {
    await deleteTopics(brokers)
    rmSync(folder, { recursive: true })
  })

  async function backtest(...args: readonly string[]) {
    const said = { print: '', complain: '' }
    const code = await runCommandLine(['backtest', '--rules', folder, '--json', ...args], {
      print: text => {
        said.print += text
      },
      complain: text => {
        said.complain += text
      },
    })
    expect([code, said.complain]).toEqual([0, ''])
    return JSON.parse(said.print).processes
  }

  test('reads them from the first record to where they end, and says the same as of a file', async () => {
    const [topic = ''] = await createTopics(brokers, { numPartitions: 3 })
    writeFileSync(join(folder, 'orders.yaml'), processFile(topic))
    writeFileSync(join(folder, 'owners.yaml'), 'ops: {title: Operations}\n')
    const config = join(folder, 'run', 'stagewatch.yaml')
    mkdirSync(join(folder, 'run'))
    writeFileSync(config, `rules: ${folder}\nkafka: {brokers: [${JSON.stringify(brokers)}]}\n`)
    const file = join(folder, 'events.ndjson')
    writeFileSync(file, events.map(event => `${JSON.stringify(event)}\n`).join(''))
    await produceMessages(
      brokers,
      topic,
      events.map(event => ({ key: event.case, value: JSON.stringify(event) })),
    )
    const ofTopic = await backtest('--config', config)
    expect(ofTopic).toEqual(await backtest('--input', file))
    expect(ofTopic[0].rules[0].new.alerts).toBe(1)
  })
})
