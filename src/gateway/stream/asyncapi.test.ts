import { createRequire } from 'node:module'
import { Ajv, type AnySchema } from 'ajv'
import { expect, test } from 'vitest'
import { PlainEngine } from '../../../test/browser/plain-engine.ts'
import { alertOf, quickDelivery, statisticsOf, statusAt } from '../../../test/browser/quick-delivery.ts'
import { readers } from '../../../test/support/stream/reader.ts'
import { openStreamServer } from '../../../test/support/stream/stream-server.ts'
import { instant } from '../../event/instant.ts'
import { asyncApiOf } from './asyncapi.ts'
import { channels } from './channels.ts'

type Described = {
  readonly servers: Readonly<Record<string, { readonly security?: readonly object[] }>>
  readonly channels: Readonly<
    Record<
      string,
      {
        readonly address: string
        readonly messages: Readonly<Record<string, object>>
        readonly 'x-permission'?: string
      }
    >
  >
  readonly operations: Readonly<Record<string, { readonly messages: readonly { readonly $ref: string }[] }>>
}
const document = asyncApiOf('1.2.3') as Described

/** The specification's own schema, which is of draft 7 and names formats that are not needed here. */
const specification: AnySchema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.1.0.json')

test('the description is well-formed AsyncAPI 3.1, and all that it refers to is there', () => {
  // It brings the schema of schemas itself.
  const ajv = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false })
  const isValid = ajv.compile(specification)
  expect(isValid(document) || isValid.errors?.slice(0, 5)).toBe(true)
  expect(isValid({ ...document, asyncapi: '2.0.0' })).toBe(false)
  expect(isValid({ ...document, operations: { a: { action: 'shout' } } })).toBe(false)
  const text = JSON.stringify(document)
  for (const [, pointer] of text.matchAll(/"\$ref":"#\/([^"]*)"/g)) {
    let at: unknown = document
    for (const key of (pointer as string).split('/')) at = (at as Record<string, unknown>)[key.replaceAll('~1', '/')]
    expect(at, pointer).toBeDefined()
  }
})

test('every channel is described, with the permission that it takes', () => {
  for (const [address, { permission }] of Object.entries(channels)) {
    const described = Object.values(document.channels).filter(channel => channel.address === address)
    expect(described.map(channel => channel['x-permission'])).toEqual([permission])
  }
})

test('every server says how one signs in to it', () => {
  const schemes = ['token', 'session'].map(name => ({ $ref: `#/components/securitySchemes/${name}` }))
  for (const { security } of Object.values(document.servers)) expect(security).toEqual(schemes)
})

test.each(readers)('%s: what is pushed is as it is described', async (_name, open) => {
  const now = instant(Date.UTC(2026, 10, 23, 7))
  const engine = new PlainEngine([quickDelivery])
  engine.evaluate(statusAt(now), statisticsOf(1))
  const server = await openStreamServer(engine, { statusEveryMs: 20 })
  const reader = open(server.url)
  await reader.begun()
  engine.evaluate(statusAt(now), statisticsOf(2), [], instant(Date.now()))
  const alert = {
    id: 'a',
    rule: 'picking_slow',
    segment: { warehouse: 'WH-2' },
    at: now,
    since: now,
    value: 1,
  } as const
  engine.announce(alertOf({ ...alert, state: 'firing', from: 'pending' }), instant(Date.now()))
  const kinds = () => new Set(reader.pushed.map(({ type }) => type))
  await reader.until('one of each', () => kinds().size === 3)
  reader.end()
  await server.close()
  const schemas = new Ajv({ strict: false, validateFormats: false })
  schemas.addSchema(document as AnySchema, 'stream')
  for (const message of [reader.beginnings[0]?.snapshot, ...reader.pushed]) {
    const type = message?.type ?? 'none'
    const isDescribed = schemas.compile({
      $ref: `stream#/components/schemas/${type[0]?.toUpperCase()}${type.slice(1)}Message`,
    })
    expect(isDescribed(message) || isDescribed.errors, type).toBe(true)
    expect(isDescribed({ ...message, sequence: 'one' })).toBe(false)
  }
})
