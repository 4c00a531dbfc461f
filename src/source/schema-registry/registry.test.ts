import { spawnSync } from 'node:child_process'
import { afterEach, expect, test } from 'vitest'
import { newCertificates } from '../../../test/support/certificates.ts'
import { RegistryServer } from '../../../test/support/schema-registry/registry-server.ts'
import { RegistryAway, type RegistrySettings, SchemaRegistry } from './registry.ts'

const opened: { close(): unknown }[] = []

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close()
})

async function start(options: Parameters<typeof RegistryServer.start>[0] = {}): Promise<RegistryServer> {
  const server = await RegistryServer.start(options)
  opened.push(server)
  return server
}

function open(settings: RegistrySettings): SchemaRegistry {
  const registry = new SchemaRegistry(settings)
  opened.push(registry)
  return registry
}

const never = new AbortController().signal

test('an id stands for its schema, and for those that it refers to, each behind its own', async () => {
  const server = await start()
  server.register('city', { type: 'enum', name: 'City', symbols: ['K'] })
  const city = { name: 'City', subject: 'city', version: 1 }
  server.register('address', 'an older version')
  server.register('address', 'address', { references: [city] })
  const address = { name: 'Address', subject: 'address', version: 2 }
  const order = server.register('orders-value', 'order', { references: [address, city] })
  const registry = open({ url: `${server.url}/` })
  expect(await registry.schemaOf(order, never)).toEqual({
    kind: 'avro',
    id: order,
    text: '"order"',
    references: ['{"type":"enum","name":"City","symbols":["K"]}', '"address"'],
  })
})

test('schemas of JSON Schema say that the payload is JSON; other kinds are not read', async () => {
  const server = await start({ firstId: 2_147_483_647 })
  const json = server.register('a', { type: 'object' }, { schemaType: 'JSON' })
  const protobuf = server.register('b', 'syntax', { schemaType: 'PROTOBUF' })
  const registry = open({ url: server.url })
  expect(await registry.schemaOf(json, never)).toEqual({ kind: 'json', id: json })
  expect(await registry.schemaOf(protobuf, never)).toEqual({
    kind: 'unreadable',
    id: protobuf,
    why: 'schemas of type PROTOBUF are not read',
  })
})

test('an id that the registry does not have is asked for twice: one of its servers may not have heard of it yet', async () => {
  const server = await start()
  const registry = open({ url: server.url })
  expect(await registry.schemaOf(7, never)).toEqual({
    kind: 'unreadable',
    id: 7,
    why: 'the registry has no schema of this id',
  })
  expect(server.asked).toEqual(['/schemas/ids/7', '/schemas/ids/7'])
})

test.each([
  [{ name: 'x', subject: 'gone', version: 1 }, 'the registry does not have gone, version 1, to which it refers'],
  [{ name: 'x', subject: 'there', version: 9 }, 'the registry does not have there, version 9, to which it refers'],
])('a schema that refers to what is not there cannot be read', async (reference, why) => {
  const server = await start()
  server.register('there', 'int')
  const id = server.register('orders', 'order', { references: [reference] })
  expect(await open({ url: server.url }).schemaOf(id, never)).toEqual({ kind: 'unreadable', id, why })
})

test('schemas that refer to each other end all the same', async () => {
  const server = await start()
  server.register('a', 'a', { references: [{ name: 'b', subject: 'b', version: 1 }] })
  server.register('b', 'b', { references: [{ name: 'a', subject: 'a', version: 1 }] })
  expect(await open({ url: server.url }).schemaOf(1, never)).toMatchObject({ kind: 'avro', text: '"a"' })
})

async function failureOf(registry: SchemaRegistry): Promise<[string, string]> {
  const error = await registry.schemaOf(1, never).then(
    found => new Error(`found ${JSON.stringify(found)}`),
    (cause: unknown) => cause,
  )
  if (!(error instanceof RegistryAway)) throw error
  return [error.message, error.remedy]
}

test('where it cannot be asked it is told why, and what to do', async () => {
  const server = await start({ user: 'reader:secret' })
  server.register('a', 'int')
  const { url } = server
  const away = (answer: string) => `the schema registry at ${url} answers ${answer}`
  const password = 'check username and password of `kafka.schema_registry`, and what this user may read'
  expect(await failureOf(open({ url }))).toEqual([away('401: Unauthorized'), password])
  const registry = open({ url, username: 'reader', password: 'secret' })
  expect(await registry.schemaOf(1, never)).toMatchObject({ kind: 'avro' })
  server.mood = 'broken'
  expect(await failureOf(registry)).toEqual([
    away('500: Error in the backend data store'),
    'see the log of the registry',
  ])
  server.mood = 'something-else'
  expect(await failureOf(registry)).toEqual([away('404'), 'check `kafka.schema_registry.url`'])
  await server.goAway()
  expect(await failureOf(registry)).toEqual([
    expect.stringMatching(`^no schema registry answers at ${url}: `),
    'check `kafka.schema_registry.url`',
  ])
})

test('one that does not answer is given up after five seconds, and at once where nobody waits any more', async () => {
  const server = await start()
  server.mood = 'silent'
  const registry = open({ url: server.url })
  expect(await failureOf(registry)).toEqual([
    `no schema registry answers at ${server.url}: no answer within 5 s`,
    'check `kafka.schema_registry.url`',
  ])
  const stop = new AbortController()
  const asking = registry.schemaOf(1, stop.signal)
  stop.abort(new Error('stopped'))
  await expect(asking).rejects.toThrow('stopped')
})

test('credentials in the address are shown to nobody', () => {
  expect(open({ url: 'https://me:secret@schemas:8081/apis/ccompat/v7/' }).name).toBe(
    'https://schemas:8081/apis/ccompat/v7',
  )
})

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

test.skipIf(!hasOpenssl && process.env.CI !== 'true')(
  `over TLS it is trusted by the authority that is given${hasOpenssl ? '' : ' (skipped: no openssl here)'}`,
  async () => {
    const { ca, server: tls } = newCertificates('reader')
    const server = await start({ tls })
    const id = server.register('a', 'int')
    const url = server.url.replace('http:', 'https:')
    expect(await open({ url, tls: { ca } }).schemaOf(id, never)).toMatchObject({ kind: 'avro' })
    const [reason, remedy] = await failureOf(open({ url }))
    expect(reason).toContain('certificate')
    expect(remedy).toBe('check `kafka.schema_registry.ssl`')
  },
)
