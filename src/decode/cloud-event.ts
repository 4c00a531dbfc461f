/**
 * A CloudEvent in binary mode: attributes in the record's headers, data in its value → the JSON text of the same event in
 * structured mode, which everything behind this reads. Both modes may lie in one topic.
 *
 * Structured is a record that says so by its `content-type`, or that has no attributes in its headers; the headers of a
 * structured one may repeat its attributes. Source: CloudEvents 1.0.2, Kafka protocol binding, sections 3 to 3.3.
 */
import { Buffer, isUtf8 } from 'node:buffer'
import type { RecordHeaders, SourceRecord } from '../event/record.ts'
import { type Rejection, reject } from './decoded.ts'
import { nestsDeeperThan } from './nesting.ts'
import { type RecordLimits, tooLarge } from './record-text.ts'

const PREFIX = 'ce_'
const CONTENT_TYPE = 'content-type'
/** One of these in the headers is enough to be told by, so that an event that lacks another is rejected for what it lacks. */
const telling: ReadonlySet<string> = new Set(['ce_specversion', 'ce_id', 'ce_type'])

/** @returns the record itself where it is in structured mode. */
export function openCloudEvent(record: SourceRecord, limits: RecordLimits): SourceRecord | Rejection {
  const { headers, value } = record
  if (headers === undefined) return record
  const contentType = textOf(headers, CONTENT_TYPE)
  if (contentType !== undefined && /^application\/cloudevents/i.test(contentType)) {
    // Of the formats of structured mode only JSON is read; a batch has no place in Kafka.
    if (/^application\/cloudevents(\+json)?\s*(;|$)/i.test(contentType)) return record
    return notRead(`its content-type is ${contentType}`)
  }
  if (!headers.some(([name]) => telling.has(name))) return record
  const members = attributesOf(headers, contentType)
  if (value !== null) {
    if (value.byteLength > limits.maxRecordBytes) {
      return tooLarge(value.byteLength, limits)
    }
    const data = dataOf(value, contentType, limits)
    if (typeof data === 'object') return data
    members.push(data)
  }
  return { ...record, value: Buffer.from(`{${members.join(',')}}`) }
}

/** Members of the envelope; a header that comes several times counts once, as the last one says. */
function attributesOf(headers: RecordHeaders, contentType: string | undefined): string[] {
  const attributes = new Map<string, string>()
  if (contentType !== undefined) attributes.set('datacontenttype', contentType)
  for (const [name, value] of headers) {
    const attribute = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : ''
    if (attribute !== '' && attribute !== 'data' && value !== null) attributes.set(attribute, utf8(value))
  }
  return [...attributes].map(([name, text]) => `${JSON.stringify(name)}:${JSON.stringify(text)}`)
}

/** The member `data`; JSON stays as it is written, a text becomes one, and of other bytes nothing can be read. */
function dataOf(value: Uint8Array, contentType: string | undefined, limits: RecordLimits): string | Rejection {
  const isJson = contentType === undefined || /^[\w.+-]+\/([\w.+-]+\+)?json\s*(;|$)/i.test(contentType)
  if (!isUtf8(value)) return isJson ? notRead('its data is not UTF-8') : '"data":null'
  const text = utf8(value)
  if (!isJson) return `"data":${JSON.stringify(text)}`
  if (nestsDeeperThan(text, limits.maxDepth)) {
    return reject('too-deep', `objects and arrays stand more than ${limits.maxDepth} deep in each other`)
  }
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  try {
    // Told apart here: put into the envelope as it is, `1, "id": "x"` would be members of the envelope.
    JSON.parse(json)
  } catch (error) {
    return notRead(`its data is not JSON: ${(error as Error).message}`)
  }
  return `"data":${json}`
}

const textOf = (headers: RecordHeaders, wanted: string): string | undefined => {
  const value = headers.findLast(([name]) => name.toLowerCase() === wanted)?.[1]
  return value == null ? undefined : utf8(value)
}

const utf8 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('utf8')

const notRead = (problem: string): Rejection => reject('not-json', `the CloudEvent cannot be read: ${problem}`)
