import * as z from 'zod'
import { calendarsFile } from './calendars-file.ts'
import { notificationsFile } from './notifications-file.ts'
import { ownersFile } from './owners-file.ts'
import { processFile } from './process-file.ts'
import { shapeNotes } from './shapes.ts'
import { testFile } from './test-file.ts'

/**
 * JSON Schemas (draft 2020-12) of the files that a user writes, for editors: completion, hover texts, red lines.
 *
 * They come from the schemas that the loader checks with, so an editor and `check` agree on the shape; names that do
 * not exist are found by `check` only.
 */
export const processJsonSchema = (): object => jsonSchema(processFile, 'A process of Stagewatch')

export const ownersJsonSchema = (): object => jsonSchema(ownersFile, 'The owners of Stagewatch')

export const calendarsJsonSchema = (): object => jsonSchema(calendarsFile, 'The calendars of Stagewatch')

export const notificationsJsonSchema = (): object => jsonSchema(notificationsFile, 'Who is told of what, in Stagewatch')

export const testJsonSchema = (): object => jsonSchema(testFile, 'Rule tests of Stagewatch')

function jsonSchema(schema: z.ZodType, title: string): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    // What a person writes: a key with a default may be left out.
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const expected = shapeNotes.get(zodSchema)?.expected.en
      if (expected !== undefined) jsonSchema.description ??= `${expected[0]!.toUpperCase()}${expected.slice(1)}.`
    },
  })
  return { $schema, title, ...rest }
}

/** As long as the lines of the project's own files: `schema/` is formatted by the same tool as they are. */
const LINE_WIDTH = 120

/** A schema as the files under `schema/` have it, byte for byte: short lists of values stand on one line. */
export const jsonSchemaText = (schema: object): string => `${written(schema, '', 0)}\n`

/** @param taken characters that stand on the line before the value and after it. */
function written(value: unknown, indent: string, taken: number): string {
  const deeper = `${indent}  `
  if (Array.isArray(value)) {
    const line = `[${value.map(item => JSON.stringify(item)).join(', ')}]`
    if (!value.some(isObject) && taken + line.length <= LINE_WIDTH) return line
    return block(
      '[',
      ']',
      value.map(item => written(item, deeper, deeper.length + 1)),
      indent,
    )
  }
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.entries(value).map(([key, item]) => {
    const name = `${JSON.stringify(key)}: `
    return name + written(item, deeper, deeper.length + name.length + 1)
  })
  return block('{', '}', members, indent)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const block = (open: string, close: string, items: readonly string[], indent: string): string =>
  items.length === 0
    ? open + close
    : `${open}\n${items.map(item => `${indent}  ${item}`).join(',\n')}\n${indent}${close}`
