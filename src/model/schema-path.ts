import * as z from 'zod'
import type { YamlPath } from './yaml-file.ts'

/** All schemas that the value at `path` may have, a union before its alternatives; none for what no schema names. */
export function schemasAt(root: z.ZodType, path: YamlPath): z.ZodType[] {
  return path.reduce<z.ZodType[]>(
    (schemas, step) =>
      schemas.flatMap(schema => {
        if (schema instanceof z.ZodObject) return alternatives(schema.shape[step])
        if (schema instanceof z.ZodRecord) return alternatives(schema.valueType as z.ZodType)
        if (schema instanceof z.ZodArray) return alternatives(schema.element as z.ZodType)
        return []
      }),
    alternatives(root),
  )
}

/** The schemas of the keys of the mapping at `path`, where the user chooses these. */
export const keySchemasAt = (root: z.ZodType, path: YamlPath): z.ZodType[] =>
  schemasAt(root, path).flatMap(schema => (schema instanceof z.ZodRecord ? [schema.keyType as z.ZodType] : []))

/** The keys that the mapping at `path` may have, where the schema fixes these. */
export const knownKeysAt = (root: z.ZodType, path: YamlPath): string[] =>
  schemasAt(root, path).flatMap(schema => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []))

function alternatives(schema: z.ZodType | undefined): z.ZodType[] {
  if (schema === undefined) return []
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return alternatives(schema.unwrap() as z.ZodType)
  if (schema instanceof z.ZodUnion) {
    return [schema, ...schema.options.flatMap(option => alternatives(option as z.ZodType))]
  }
  return [schema]
}
