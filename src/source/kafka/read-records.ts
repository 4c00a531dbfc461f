import { type Instant, instant } from '../../event/instant.ts'
import type { RecordHeaders, SourceRecord } from '../../event/record.ts'
import { damaged, type FetchedBatch } from './record-batches.ts'

/**
 * The records of fetched batches, in the order of their offsets.
 *
 * Keys and values are views of the fetched bytes and keep all of these alive: whoever holds a record for longer than it
 * takes to count it copies them.
 *
 * @param from records before this offset are left out: a fetch begins with a whole batch, compressed or not.
 * @param notAfter says for a record's time, in ms since the epoch, which events of it are in the future.
 * @param withHeaders whether headers are read; a record without any has none either way.
 * @throws KafkaProblem where the bytes make no sense.
 */
export function readRecords(
  batches: readonly FetchedBatch[],
  from: number,
  notAfter: (stamped: number) => Instant,
  withHeaders = false,
): SourceRecord[] {
  const records: SourceRecord[] = []
  for (const batch of batches) readBatch(batch, from, notAfter, withHeaders, records)
  return records
}

/**
 * Walks over the records of a batch.
 *
 * A record is its length, then one byte of attributes, the differences of its time and offset from the batch's, key and
 * value each behind its length (-1: null), and headers: how many, and each as its name and its value. Numbers are of
 * varying length, seven bits a byte, the lowest first.
 *
 * The place is a variable of one function and no field of an object, which takes a third off the time of a record.
 */
function readBatch(
  { bytes, from: start, to, count, baseOffset, baseTimestamp, appendedAt }: FetchedBatch,
  from: number,
  notAfter: (stamped: number) => Instant,
  withHeaders: boolean,
  records: SourceRecord[],
): void {
  const { buffer, byteOffset } = bytes
  let at = start

  /** Of 32 bits at most. */
  const readInt = (): number => {
    let byte = bytes[at++] as number
    let bits = byte & 0x7f
    for (let shift = 7; byte > 0x7f && shift < 35; shift += 7) {
      byte = bytes[at++] as number
      bits |= (byte & 0x7f) << shift
    }
    return (bits >>> 1) ^ -(bits & 1)
  }

  /** Of 64 bits at most; exact up to 2^52. */
  const readLong = (): number => {
    const before = at
    let byte = bytes[at++] as number
    for (let length = 1; byte > 0x7f && length < 10; length++) byte = bytes[at++] as number
    if (at - before <= 4) {
      at = before
      return readInt()
    }
    let whole = 0
    for (let place = at - 1; place >= before; place--) whole = whole * 128 + ((bytes[place] as number) & 0x7f)
    return whole % 2 === 0 ? whole / 2 : -(whole + 1) / 2
  }

  /** A view that would reach beyond the record is not made, it might reach beyond the buffer; the caller finds out. */
  const readView = (end: number): Uint8Array | null => {
    const length = readInt()
    if (length < 0) return null
    const first = at
    at += length
    return at > end ? null : new Uint8Array(buffer, byteOffset + first, length)
  }

  const readHeaders = (end: number): RecordHeaders | undefined => {
    const headers: (readonly [string, Uint8Array | null])[] = []
    for (let left = readInt(); left > 0 && at <= end; left--) {
      const name = readView(end)
      headers.push([name === null ? '' : textOf(name), readView(end)])
    }
    return headers.length === 0 ? undefined : headers
  }

  for (let index = 0; index < count; index++) {
    const length = readInt()
    const end = at + length
    if (length < 0 || end > to) throw beyondItsEnd(baseOffset, count, index)
    at++
    const timestampDelta = readLong()
    const stamped = appendedAt ?? baseTimestamp + timestampDelta
    const offset = baseOffset + readInt()
    const key = readView(end)
    const value = readView(end)
    const headers = withHeaders && at < end ? readHeaders(end) : undefined
    if (at > end) throw beyondItsEnd(baseOffset, count, index)
    at = end
    if (offset < from) continue
    const timestamp = stamped < 0 ? undefined : instant(stamped)
    if (headers === undefined) records.push({ offset, key, value, timestamp, notAfter: notAfter(stamped) })
    else records.push({ offset, key, value, headers, timestamp, notAfter: notAfter(stamped) })
  }
}

const beyondItsEnd = (baseOffset: number, count: number, index: number): Error =>
  damaged(baseOffset, `of its ${count} records number ${index + 1} reaches beyond its end`)

const textOf = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('utf8')
