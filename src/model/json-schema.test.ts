import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  calendarsJsonSchema,
  jsonSchemaText,
  notificationsJsonSchema,
  ownersJsonSchema,
  processJsonSchema,
  testJsonSchema,
} from './json-schema.ts'

const update = process.env.UPDATE_SCHEMA === 'true'

test.each([
  ['process.schema.json', processJsonSchema],
  ['owners.schema.json', ownersJsonSchema],
  ['calendars.schema.json', calendarsJsonSchema],
  ['notifications.schema.json', notificationsJsonSchema],
  ['test.schema.json', testJsonSchema],
])('schema/%s is what the loader checks with (UPDATE_SCHEMA=true writes it anew)', (name, schema) => {
  const file = new URL(`../../schema/${name}`, import.meta.url)
  if (update) writeFileSync(file, jsonSchemaText(schema()))
  expect(readFileSync(file, 'utf8')).toBe(jsonSchemaText(schema()))
})

test('every part of the schemas says what is expected, so that no message has to show a pattern', () => {
  const silent: string[] = []
  const look = (node: unknown, path: string) => {
    if (typeof node !== 'object' || node === null) return
    if ('type' in node && !('description' in node) && !path.endsWith('/propertyNames')) silent.push(path)
    for (const [key, inner] of Object.entries(node)) look(inner, `${path}/${key}`)
  }
  look(processJsonSchema(), 'process')
  look(ownersJsonSchema(), 'owners')
  look(calendarsJsonSchema(), 'calendars')
  look(notificationsJsonSchema(), 'notifications')
  look(testJsonSchema(), 'test')
  expect(silent).toEqual([])
})
