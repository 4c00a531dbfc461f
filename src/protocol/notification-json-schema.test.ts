import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { jsonSchemaText } from '../model/json-schema.ts'
import { notificationJsonSchema } from './notification-json-schema.ts'

test('schema/notification.schema.json is what messages are written by (UPDATE_SCHEMA=true writes it anew)', () => {
  const file = new URL('../../schema/notification.schema.json', import.meta.url)
  const text = jsonSchemaText(notificationJsonSchema())
  if (process.env.UPDATE_SCHEMA === 'true') writeFileSync(file, text)
  expect(readFileSync(file, 'utf8')).toBe(text)
})

test('a receiver that goes by the schema takes keys that are new', () => {
  expect(JSON.stringify(notificationJsonSchema())).not.toContain('"additionalProperties":false')
})
