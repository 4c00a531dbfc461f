import { Buffer } from 'node:buffer'
import type { IHeaders } from 'kafkajs'
import type { RecordHeaders } from '../../event/record.ts'

/** kafkajs gathers the values of a name that comes several times; where else they stood is lost. */
export function headersOf(given: IHeaders): RecordHeaders {
  return Object.entries(given).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((value): RecordHeaders[number] => [
      name,
      typeof value === 'string' ? Buffer.from(value) : (value ?? null),
    ]),
  )
}

/** node-rdkafka has an object with one name each. It tells no header without a value from one with an empty one. */
export const listedHeaders = (given: readonly Readonly<Record<string, Uint8Array>>[]): RecordHeaders =>
  given.flatMap(header => Object.entries(header))

/**
 * Headers as kafkajs takes them: by name, so values of a name that comes several times come together, and a header
 * without a value, which it cannot write, becomes an empty one.
 */
export function kafkajsHeaders(headers: RecordHeaders): IHeaders {
  const byName = new Map<string, Buffer[]>()
  for (const [name, value] of headers) {
    byName.set(name, [...(byName.get(name) ?? []), bufferOf(value) ?? Buffer.alloc(0)])
  }
  return Object.fromEntries(byName)
}

export const bufferOf = (bytes: Uint8Array | null): Buffer | null =>
  bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
