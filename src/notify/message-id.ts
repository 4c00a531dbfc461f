import { createHash } from 'node:crypto'
import type { Json } from '../event/json.ts'

/** @returns 32 hexadecimal digits: the first 128 bits of SHA-256 over the parts as JSON. */
export const messageId = (parts: Json): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
