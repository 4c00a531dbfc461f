import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTopics, deleteTopics, newTopicName } from '../kafka/topics.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { stagewatch } from './support/command.ts'
import { produceMessages } from './support/produce.ts'

/* From records to a process that is watched, command by command. */

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-init-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const steps = ['received', 'sorted', 'delivered']
const PARCELS = 40

/** Three steps of forty parcels, a minute between the records. */
const lines = Array.from({ length: steps.length * PARCELS }, (_, index) =>
  JSON.stringify({
    parcel_id: `P${index % PARCELS}`,
    status: steps[Math.floor(index / PARCELS)],
    at: new Date(Date.UTC(2026, 0, 5) + index * 60_000).toISOString(),
    depot: ['north', 'south'][index % 2],
  }),
)

test('a draft made from a file loads, and the file can be replayed with it', async () => {
  const input = join(folder, 'parcels.ndjson')
  const rules = join(folder, 'rules')
  const out = join(folder, 'out')
  writeFileSync(input, `${[...lines, '{"parcel_id": "P1"'].join('\n')}\n`)

  const init = await stagewatch('init', '--input', input, '--out', rules, '--explain', '1')
  expect(init).toMatchObject({ code: 0, stderr: '' })
  expect(init.stdout).toContain('line 1: counted as received of parcel P0')
  expect(init.stdout).toContain(`stagewatch check --rules ${rules}`)
  expect(readdirSync(rules).sort()).toEqual(['owners.yaml', 'parcels.yaml'])

  const check = await stagewatch('check', '--rules', rules)
  expect(check).toMatchObject({ code: 0, stderr: '' })
  expect(check.stdout).toContain('no mistakes')

  const replay = await stagewatch('replay', '--rules', rules, '--input', input, '--out', out, '--json')
  expect(replay).toMatchObject({ code: 0, stderr: '' })
  const summary = JSON.parse(replay.stdout)
  expect(summary).toEqual(JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')))
  expect(summary.total.counts).toMatchObject({ consumed: 121, decoded: 120, rejected: 1, counted: 120, ignored: 0 })
  const completed = readFileSync(join(out, 'visits.ndjson'), 'utf8').match(/"outcome":"completed"/g)
  // Two stages between three steps, and the lead time.
  expect(completed).toHaveLength(3 * PARCELS)

  const again = await stagewatch('init', '--input', input, '--out', rules)
  expect(again).toMatchObject({ code: 2, stdout: '' })
  expect(again.stderr).toContain('remedy: name another folder with --out, or add --force')
})

test('init without records says what it needs', async () => {
  const without = await stagewatch('init', '--out', folder)
  expect(without).toMatchObject({ code: 2, stdout: '' })
  expect(without.stderr).toContain('remedy: give either --input FILE, or --topic TOPIC with --brokers')
})

describeKafka('from a topic', 'any', () => {
  let brokers = ''

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)

  afterAll(() => deleteTopics(brokers))

  test('a draft loads too, and nobody who reads the topic notices', async () => {
    const [topic = ''] = await createTopics(brokers, { topic: newTopicName('parcels.status'), numPartitions: 3 })
    await produceMessages(
      brokers,
      topic,
      lines.map(value => ({ key: JSON.parse(value).parcel_id, value })),
    )
    const rules = join(folder, 'rules')
    const init = await stagewatch('init', '--topic', topic, '--brokers', brokers, '--out', rules, '--explain', '2')
    expect(init).toMatchObject({ code: 0, stderr: '' })
    expect(init.stdout).toMatch(/partition \d, offset 0: counted as received of parcel P\d+/)
    const draft = readFileSync(join(rules, `${topic.replace('.', '-')}.yaml`), 'utf8')
    expect(draft).toContain(`topics: [${topic}]`)
    expect(await stagewatch('check', '--rules', rules)).toMatchObject({ code: 0, stderr: '' })
  }, 120_000)

  test('a topic that is not there is said with what to do', async () => {
    const topic = newTopicName()
    const init = await stagewatch('init', '--topic', topic, '--brokers', brokers, '--out', join(folder, 'rules'))
    expect(init).toMatchObject({ code: 2, stdout: '' })
    expect(init.stderr).toContain(`topic "${topic}" not found`)
    expect(init.stderr).toMatch(/\n {2}remedy: (?!this was not foreseen)/)
  }, 120_000)
})
