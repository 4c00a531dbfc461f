import { Buffer, isUtf8 } from 'node:buffer'
import { type Rejection, reject } from './decoded.ts'
import { nestsDeeperThan } from './nesting.ts'

export type JsonObject = { readonly [name: string]: unknown }

/** A record's value, parsed, with the text at hand for what parsing loses: the digits of numbers. */
export type RecordDocument = {
  readonly kind: 'document'
  readonly text: string
  /** The object that holds the fields. */
  readonly root: JsonObject
  /** Names that lead from the text's outermost object to `root`. */
  readonly rootPath: readonly string[]
  /** The text may hold escaped halves of surrogate pairs, which are no characters. */
  readonly mayHoldSurrogates: boolean
}

export type RecordLimits = { readonly maxRecordBytes: number; readonly maxDepth: number }

/**
 * Parses a record's value, which has to be one JSON object in UTF-8; a byte order mark before it is skipped.
 *
 * Never throws. Rejections: `too-large`, `too-deep`, `not-json`.
 */
export function parseRecord(value: Uint8Array, limits: RecordLimits): RecordDocument | Rejection {
  if (value.byteLength > limits.maxRecordBytes) {
    return tooLarge(value.byteLength, limits)
  }
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const decoded = bytes.toString('utf8')
  // Bytes that are no UTF-8 become U+FFFD, so only a text that has it needs the check.
  if (decoded.includes('\uFFFD') && !isUtf8(value)) return notJson('its bytes are not UTF-8')
  const text = decoded.charCodeAt(0) === 0xfeff ? decoded.slice(1) : decoded
  if (nestsDeeperThan(text, limits.maxDepth)) {
    return reject('too-deep', `objects and arrays stand more than ${limits.maxDepth} deep in each other`)
  }
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch (error) {
    return notJson(problemOf(text, error))
  }
  if (!isJsonObject(root)) return notJson(`it is ${describeJson(root)}`)
  const mayHoldSurrogates = text.includes('\\') && /\\u[dD][89a-fA-F]/.test(text)
  return { kind: 'document', text, root, rootPath: [], mayHoldSurrogates }
}

export const tooLarge = (bytes: number, { maxRecordBytes }: RecordLimits): Rejection =>
  reject('too-large', `the record has ${bytes} bytes; at most ${maxRecordBytes} are read`)

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a parsed value is, in a few words: `"2026-02-30"`, `17`, `an array`. */
export function describeJson(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

const notJson = (problem: string): Rejection => reject('not-json', `the record is not a JSON object: ${problem}`)

function problemOf(text: string, error: unknown): string {
  if (text.trim() === '') return 'it is empty'
  if (text.charCodeAt(0) === 0) return 'it begins with a zero byte'
  return error instanceof Error ? error.message : String(error)
}
