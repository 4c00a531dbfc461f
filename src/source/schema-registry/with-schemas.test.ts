import { afterEach, beforeEach, expect, test } from 'vitest'
import { framed, RegistryServer } from '../../../test/support/schema-registry/registry-server.ts'
import { RecordingListener } from '../../../test/support/source/recording-listener.ts'
import { until } from '../../../test/support/until.ts'
import { instant } from '../../event/instant.ts'
import type { RecordBatch } from '../../event/record.ts'
import type { Source, SourceListener } from '../source.ts'
import { SchemaRegistry } from './registry.ts'
import { openWithSchemas } from './with-schemas.ts'

/** Finds what hangs, not what is slow. */
const WITHIN_MS = 60_000

let server: RegistryServer
let listener: RecordingListener
let opened: Source
/** What the source says to whoever listens. */
let say: SourceListener

beforeEach(async () => {
  server = await RegistryServer.start()
  listener = new RecordingListener()
  const driven: Source = {
    start: async to => {
      say = to
    },
    stop: async () => {},
    finished: new Promise(() => {}),
  }
  opened = openWithSchemas(driven, new SchemaRegistry({ url: server.url }))
  await opened.start(listener)
  say.state({ kind: 'connected', to: 'a:1' })
})

afterEach(async () => {
  await opened.stop()
  await server.close()
})

const partition = (number: number) => ({ topic: 'orders', partition: number })

const batchOf = (number: number, ...values: (Uint8Array | null)[]): RecordBatch => ({
  ...partition(number),
  records: values.map((value, offset) => ({
    offset,
    key: null,
    value,
    timestamp: undefined,
    notAfter: instant(0),
  })),
})

test('records come with the schema that their frame names, and each is asked for once', async () => {
  const order = server.register('orders', 'int')
  const other = server.register('other', { type: 'object' }, { schemaType: 'JSON' })
  await say.assigned([partition(0), partition(1)])
  const plain = Buffer.from('{}')
  await Promise.all([
    say.batch(batchOf(0, framed(order, 'a'), plain, null, framed(other, 'b'), framed(order, 'c'))),
    say.batch(batchOf(1, framed(order, 'd'), Buffer.from([0, 1, 2]))),
  ])
  await say.batch(batchOf(0, framed(order, 'e'), framed(99, 'f')))
  expect(listener.recordsOf('orders:0').map(({ schema }) => schema?.kind)).toEqual([
    ...['avro', undefined, undefined, 'json', 'avro'],
    ...['avro', 'unreadable'],
  ])
  expect(listener.recordsOf('orders:1').map(({ schema }) => schema?.id)).toEqual([order, undefined])
  // One object for all records of a schema, so that whoever prepares it for reading does so once.
  expect(new Set(listener.records.map(({ schema }) => schema)).size).toBe(4)
  expect(server.asked.filter(path => path === `/schemas/ids/${order}`)).toHaveLength(1)
})

test('a registry that is away holds back what needs it, says so, and is told to be back', async () => {
  const order = server.register('orders', 'int')
  await say.assigned([partition(0), partition(1)])
  await server.goAway()
  const waiting = say.batch(batchOf(0, framed(order, 'a')))
  await listener.until(() => listener.failures().length > 0)
  expect(listener.failures()).toEqual([
    {
      kind: 'failed',
      reason: expect.stringMatching(`^no schema registry answers at ${server.url}: connect ECONNREFUSED`),
      remedy: 'check `kafka.schema_registry.url`',
      retrying: true,
    },
  ])
  // Others flow, and what the source says meanwhile does not hide that the registry is away.
  await say.batch(batchOf(1, Buffer.from('{}')))
  say.state({ kind: 'connected', to: 'a:1' })
  expect(listener.offsetsOf('orders:0')).toEqual([])
  expect(listener.offsetsOf('orders:1')).toEqual([0])
  expect(listener.states.at(-1)?.kind).toBe('failed')

  await server.comeBack()
  await waiting
  expect(listener.records.at(-1)?.schema).toMatchObject({ kind: 'avro', id: order })
  expect(listener.states.at(-1)).toEqual({ kind: 'connected', to: 'a:1' })
})

test.each(['broken', 'something-else', 'silent'] as const)(
  'one that is %s is asked until it answers well',
  async mood => {
    const order = server.register('orders', 'int')
    server.mood = mood
    await say.assigned([partition(0)])
    const waiting = say.batch(batchOf(0, framed(order, 'a')))
    await listener.until(() => listener.failures().length > 0)
    server.mood = 'well'
    await waiting
    expect(listener.records.map(({ schema }) => schema?.kind)).toEqual(['avro'])
    expect(listener.states.at(-1)?.kind).toBe('connected')
  },
)

test('what cannot be mended is told even while the registry is away', async () => {
  await server.goAway()
  await say.assigned([partition(0)])
  void say.batch(batchOf(0, framed(1, 'a')))
  await listener.until(() => listener.failures().length > 0)
  say.state({ kind: 'failed', reason: 'new partitions', remedy: 'start anew', retrying: false })
  expect(listener.states.at(-1)).toMatchObject({ reason: 'new partitions' })
})

test('a batch whose partition went away while it waited is not handed over, also where it has come back', async () => {
  const order = server.register('orders', 'int')
  server.mood = 'silent'
  await say.assigned([partition(0)])
  const waiting = say.batch(batchOf(0, framed(order, 'a')))
  await until('the question', WITHIN_MS, () => server.asked.length > 0 || undefined)
  await say.revoked([partition(0)])
  await say.assigned([partition(0)])
  server.mood = 'well'
  await waiting
  expect(listener.records).toEqual([])
  await say.batch(batchOf(0, framed(order, 'b')))
  expect(listener.records).toHaveLength(1)
})

test('stopping does not wait for a registry, and nothing comes after it', async () => {
  server.mood = 'silent'
  await say.assigned([partition(0)])
  const waiting = say.batch(batchOf(0, framed(1, 'a')))
  await until('the question', WITHIN_MS, () => server.asked.length > 0 || undefined)
  const states = listener.states.length
  await opened.stop()
  await waiting
  expect(listener.records).toEqual([])
  expect(listener.states).toHaveLength(states)
})
