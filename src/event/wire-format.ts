/**
 * The frame that serializers of a schema registry put around what they write: a zero byte, the id of the schema in four
 * bytes (big endian), the payload. No JSON text begins with a zero byte.
 */
export const FRAME_BYTES = 5

/** The id of the schema that a framed value was written by; undefined: it has no frame. */
export function schemaIdOf(value: Uint8Array | null): number | undefined {
  if (value === null || value.length < FRAME_BYTES || value[0] !== 0) return undefined
  const [, a = 0, b = 0, c = 0, d = 0] = value
  return a * 16_777_216 + b * 65_536 + c * 256 + d
}

/** A schema as a registry has it; what an id stands for never changes. */
export type WriterSchema =
  | {
      readonly kind: 'avro'
      readonly id: number
      /** The schema's JSON. */
      readonly text: string
      /** Those that it refers to by name, each behind the ones that it refers to itself. */
      readonly references: readonly string[]
    }
  /** The payload is a JSON text, which says by itself what it holds. */
  | { readonly kind: 'json'; readonly id: number }
  /** Nothing that was written by it can be read. */
  | { readonly kind: 'unreadable'; readonly id: number; readonly why: string }
