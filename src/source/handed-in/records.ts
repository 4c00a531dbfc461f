import { createHash } from 'node:crypto'
import { LineSplitter } from '../line-splitter.ts'
import { elementsOf, isArray } from './json-elements.ts'

/**
 * Records that a program hands to us directly, as they stand in the body of its request.
 *
 * Bytes stay bytes: a record is a view into the body, and what it says is read where all records are.
 */
export type HandedInRecord = {
  /** Its line, or its place in the array; from 1. */
  readonly line: number
  readonly value: Uint8Array
  /** By which it is to be told apart from records of other cases: the CloudEvents extension `partitionkey`. */
  readonly key: string | undefined
  /** Of a CloudEvent: stands for the key where nothing better is known. */
  readonly subject: string | undefined
}

export type HandedIn = {
  readonly records: readonly HandedInRecord[]
  /** Made of the ids of all events; undefined where some have none. */
  readonly batchId: string | undefined
  readonly areCloudEvents: boolean
}

/** What a body can be, by media type. */
export const handedInTypes = [
  'application/x-ndjson',
  'application/cloudevents-batch+json',
  'application/cloudevents+json',
  'application/json',
] as const
export type HandedInType = (typeof handedInTypes)[number]

/** @returns undefined where it is not even an array of something: then there is nothing that could be told apart. */
export function readHandedIn(type: HandedInType, body: Buffer): HandedIn | undefined {
  switch (type) {
    case 'application/x-ndjson':
      return plain(linesOf(body))
    case 'application/json': {
      const values = isArray(body) ? elementsOf(body) : [body]
      return values && plain(values.map((value, index) => ({ line: index + 1, value })))
    }
    case 'application/cloudevents+json':
      return cloudEvents([body])
    case 'application/cloudevents-batch+json': {
      const values = elementsOf(body)
      return values && cloudEvents(values)
    }
  }
}

type Placed = Pick<HandedInRecord, 'line' | 'value'>

/** Empty lines are left out, and counted. */
function linesOf(body: Buffer): Placed[] {
  const splitter = new LineSplitter()
  const lines = [...splitter.push(body), ...splitter.end()]
  return lines.map(({ number, bytes }) => ({ line: number + 1, value: bytes }))
}

const plain = (records: readonly Placed[]): HandedIn => ({
  records: records.map(({ line, value }) => ({ line, value, key: undefined, subject: undefined })),
  batchId: undefined,
  areCloudEvents: false,
})

/** A pair of source and id names an event for good: CloudEvents 1.0.2, section "id". */
function cloudEvents(values: readonly Buffer[]): HandedIn {
  const names = createHash('sha256')
  let areNamed = values.length > 0
  const records = values.map((value, index) => {
    const { id, source, partitionkey, subject } = attributesOf(value)
    if (id === undefined || source === undefined) areNamed = false
    else names.update(JSON.stringify([source, id]))
    return { line: index + 1, value, key: partitionkey, subject }
  })
  return { records, batchId: areNamed ? `ce-${names.digest('base64url')}` : undefined, areCloudEvents: true }
}

type Attributes = Readonly<Partial<Record<'id' | 'source' | 'partitionkey' | 'subject', string>>>

/** None of what is no JSON object: it is a record all the same, which cannot be counted. */
function attributesOf(value: Buffer): Attributes {
  let event: unknown
  try {
    event = JSON.parse(value.toString())
  } catch {
    return {}
  }
  if (typeof event !== 'object' || event === null) return {}
  const texts = Object.entries(event).filter(([, text]) => typeof text === 'string' && text !== '')
  return Object.fromEntries(texts)
}
