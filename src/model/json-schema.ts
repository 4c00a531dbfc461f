import * as z from 'zod'
import { calendarsFile } from './calendars-file.ts'
import { ownersFile } from './owners-file.ts'
import { processFile } from './process-file.ts'
import { shapeNotes } from './shapes.ts'

/**
 * JSON Schemas (draft 2020-12) of the files that a user writes, for editors: completion, hover texts, red lines.
 *
 * They come from the schemas that the loader checks with, so an editor and `check` agree on the shape; names that do
 * not exist are found by `check` only.
 */
export const processJsonSchema = (): object => jsonSchema(processFile, 'A process of Stagewatch')

export const ownersJsonSchema = (): object => jsonSchema(ownersFile, 'The owners of Stagewatch')

export const calendarsJsonSchema = (): object => jsonSchema(calendarsFile, 'The calendars of Stagewatch')

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
