import * as z from 'zod/mini'
import { notificationSchema } from './notification.ts'

/** JSON Schema (draft 2020-12) of the body of a message to a contact point, for those who write its receiver. */
export function notificationJsonSchema(): object {
  const { $schema, ...rest } = z.toJSONSchema(notificationSchema, {
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => {
      // Keys may be added under the same version: a receiver that is strict would refuse them.
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
      // The format says it to a person, the pattern to nobody.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
    },
  })
  return { $schema, title: 'A notification of Stagewatch', ...rest }
}
