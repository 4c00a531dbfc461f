import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import avro from 'avsc'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTopics, deleteTopics } from '../kafka/topics.ts'
import { describeKafka } from '../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../support/kafka/shared-broker.ts'
import { framed, RegistryServer } from '../support/schema-registry/registry-server.ts'
import { stagewatch } from './support/command.ts'
import { ConfiguredRun } from './support/configured-run.ts'
import { goodEvents, halfAnHourAgo, process, writeRules } from './support/orders.ts'
import { produceMessages } from './support/produce.ts'
import { withStoreOf } from './support/stored.ts'

/** Finds what hangs, not what is slow. */
const WITHIN_MS = 90_000

const fields = [
  { name: 'parcel', type: 'string' },
  { name: 'step', type: { type: 'enum', name: 'Step', symbols: ['received', 'sorted', 'delivered'] } },
  { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
  { name: 'depot', type: ['null', 'string'] },
]
const schema = { type: 'record', name: 'Parcel', fields }
const type = avro.Type.forSchema(schema as avro.Schema)
const written = (parcel: string, step: string, at: number): Buffer =>
  type.toBuffer({ parcel, step, at, depot: 'north' })

let folder: string
let registry: RegistryServer
const running: ConfiguredRun[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-avro-'))
  registry = await RegistryServer.start({ firstId: 100_001 })
})

afterAll(async () => {
  for (const run of running) await run.kill()
  await registry.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The rules of parcels, read as `format` with the time as an epoch number. */
function rulesOf(at: string, topic: string, format: string): string {
  const rules = writeRules(at, topic)
  const file = join(rules, 'parcels.yaml')
  const text = readFileSync(file, 'utf8')
    .replace('format: json', `format: ${format}`)
    .replace('time: at', 'time: at\n    unit: ms')
  writeFileSync(file, text)
  return rules
}

describeKafka('records of a schema registry', 'any', () => {
  let brokers = ''

  beforeAll(async () => {
    brokers = await sharedBroker()
  }, 200_000)
  afterAll(() => deleteTopics(brokers))

  test(
    'are counted, wait while the registry is away, and are dead letters where they do not fit their schema',
    async () => {
      const at = join(folder, 'run')
      const [topic = ''] = await createTopics(brokers, {})
      const id = registry.register('parcels-value', schema)
      const json = registry.register('parcels-json', { type: 'object' }, { schemaType: 'JSON' })
      const start = halfAnHourAgo()
      const good = written('p1', 'received', start)
      const bad = [framed(id, good.subarray(0, -2)), framed(77, good), Buffer.from('{"parcel": "p4"}')]
      await produceMessages(brokers, topic, [
        { value: framed(id, good) },
        ...bad.map(value => ({ value })),
        { value: framed(json, JSON.stringify({ parcel: 'p2', step: 'received', at: start + 1, depot: 'south' })) },
        { value: framed(id, written('p1', 'sorted', start + 2_000)) },
        { value: null },
      ])

      const rules = rulesOf(at, topic, 'avro')
      const checked = await stagewatch('check', '--rules', rules)
      expect(checked.stdout).toContain(
        `${process}: ${topic} is Avro, for which stagewatch run needs kafka.schema_registry in its configuration\n`,
      )
      const unconfigured = await ConfiguredRun.start(at, { brokers, rules })
      const refused = await unconfigured.command.end()
      expect(refused).toMatchObject({ code: 2 })
      expect(refused.stderr).toContain(
        `process ${process} reads Avro (${topic}), and no schema registry is configured\n  remedy: set kafka.schema_registry: {url: http://…}\n`,
      )
      const lines = join(folder, 'lines.ndjson')
      writeFileSync(lines, `${goodEvents().join('\n')}\n`)
      const replayed = await stagewatch('replay', '--rules', rules, '--input', lines, '--out', join(folder, 'out'))
      expect(replayed).toMatchObject({ code: 2 })
      expect(replayed.stderr).toContain(
        `process ${process} reads the topic ${topic} as Avro, and a file holds lines of JSON`,
      )

      await registry.goAway()
      const settings = { kafka: { schema_registry: { url: registry.url } } }
      const run = await ConfiguredRun.start(at, { brokers, rules, settings })
      running.push(run)
      const away = `no schema registry answers at ${registry.url}`
      await run.until('word that the registry is away', WITHIN_MS, async () => {
        const { processes } = await run.status()
        return processes[0]?.source.problem?.includes(away) || undefined
      })
      expect((await run.status()).processes[0]?.source).toMatchObject({
        state: 'retrying',
        remedy: 'check `kafka.schema_registry.url`',
      })
      expect(await run.counted()).toBe(0)

      await registry.comeBack()
      await run.untilRead(3, WITHIN_MS)
      const { processes } = await run.status()
      expect(processes[0]?.source).toMatchObject({ state: 'connected' })
      expect(processes[0]?.partitions[0]).toMatchObject({
        rejected_by: { 'not-json': 3 },
        counts: { consumed: 7, decoded: 3, skipped: 1, rejected: 3, counted: 3 },
      })
      expect(await run.stop()).toMatchObject({ code: 0 })
      const { letters, counts } = await withStoreOf(at, async store => ({
        letters: await store.deadLetters(process, 100),
        counts: await store.counts(process),
      }))
      expect(counts).toMatchObject({ visits: 3, openVisits: 2, deadLetters: 3 })
      const kept = letters.toSorted((a, b) => a.offset - b.offset)
      expect(kept.map(({ value }) => Buffer.from(value ?? []))).toEqual(bad)
      expect(kept.map(({ detail }) => detail)).toEqual([
        `the record cannot be read: it does not fit schema ${id}: its bytes end too early`,
        'the record cannot be read: it was written by schema 77, and the registry has no schema of this id',
        'the record cannot be read: it does not begin with the id of a schema (a zero byte and four more), as those of a registry do',
      ])
    },
    4 * WITHIN_MS,
  )

  test(
    'are drafted a process file for, where the registry is named',
    async () => {
      const [topic = ''] = await createTopics(brokers, {})
      const id = registry.register('drafted-value', schema)
      const start = halfAnHourAgo()
      const steps = ['received', 'sorted', 'delivered']
      const values = Array.from({ length: 60 }, (_, number) =>
        framed(id, written(`p${number % 20}`, steps[Math.floor(number / 20)] ?? '', start + number * 1_000)),
      )
      await produceMessages(
        brokers,
        topic,
        values.map(value => ({ value })),
      )
      const out = join(folder, 'draft')
      const init = (...more: string[]) =>
        stagewatch('init', '--topic', topic, '--brokers', brokers, '--out', out, ...more)
      const unknown = await init()
      expect(unknown).toMatchObject({ code: 2 })
      expect(unknown.stderr).toContain('remedy: name the registry that has their schemas: --schema-registry http://…\n')
      const misplaced = await stagewatch('init', '--input', 'x', '--out', out, '--schema-registry', registry.url)
      expect(misplaced.stderr).toContain('remedy: give it with --topic, as an address such as http://schemas:8081\n')
      expect(await init('--schema-registry', registry.url)).toMatchObject({ code: 0, stderr: '' })
      const draft = readFileSync(join(out, `${topic}.yaml`), 'utf8')
      expect(draft).toContain('    format: avro\n')
      expect(draft).toMatch(/case: parcel/)
      expect(await stagewatch('check', '--rules', out)).toMatchObject({ code: 0 })
    },
    2 * WITHIN_MS,
  )
})
