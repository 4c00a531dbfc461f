import type { ByteReader, ByteWriter } from './bytes.ts'
import type { MeasurePane, ValueList } from './measure-pane.ts'
import type { PaneCodec } from './settled-panes.ts'

/*
 * A measure's pane as bytes: one of flags, count, sum, extremes, buckets, then the distinct values where some are kept.
 * Numbers go up to 2^53 on either side of zero, so a sign is a flag, and of the values the negative ones are a list of
 * their own. Values are sorted: equal panes are equal bytes.
 */
const LEAST_NEGATIVE = 1
const MOST_NEGATIVE = 2
const DISTINCT = 4

function write(out: ByteWriter, pane: MeasurePane): void {
  const { count, sum, least, most, buckets, values } = pane
  out.write(count)
  if (count === 0) return
  const hasDistinct = values.size > 0
  out.write((least < 0 ? LEAST_NEGATIVE : 0) | (most < 0 ? MOST_NEGATIVE : 0) | (hasDistinct ? DISTINCT : 0))
  out.writeSigned(sum[0] as number)
  out.write(sum[1] as number)
  out.write(Math.abs(least))
  out.write(Math.abs(most))
  out.write(buckets.size)
  let previous = 0
  for (let at = 0; at < buckets.size; at++) {
    const bucket = buckets.buckets[at] as number
    out.writeSigned(bucket - previous)
    out.write(buckets.counts[at] as number)
    previous = bucket
  }
  if (hasDistinct) writeValues(out, pane.level, values)
}

function read(from: ByteReader, into: MeasurePane): void {
  into.clear()
  into.count = from.read()
  if (into.count === 0) return
  const flags = from.read()
  into.sum[0] = from.readSigned()
  into.sum[1] = from.read()
  into.least = from.read() * ((flags & LEAST_NEGATIVE) === 0 ? 1 : -1)
  into.most = from.read() * ((flags & MOST_NEGATIVE) === 0 ? 1 : -1)
  const size = from.read()
  let bucket = 0
  for (let at = 0; at < size; at++) {
    bucket += from.readSigned()
    into.buckets.push(bucket, from.read())
  }
  if ((flags & DISTINCT) === 0) return
  into.level = from.read()
  readValues(from, -1, into.values)
  readValues(from, 1, into.values)
  into.kept = into.values.size
}

/** Level; how many are negative, and those from zero downwards; how many are not, and those from zero upwards. */
function writeValues(out: ByteWriter, level: number, values: ValueList): void {
  values.sort()
  const { size, numbers } = values
  let negative = 0
  while (negative < size && (numbers[negative] as number) < 0) negative++
  out.write(level)
  out.write(negative)
  let previous = 0
  for (let at = negative - 1; at >= 0; at--) {
    const distance = -(numbers[at] as number)
    out.write(distance - previous)
    previous = distance
  }
  out.write(size - negative)
  previous = 0
  for (let at = negative; at < size; at++) {
    const distance = numbers[at] as number
    out.write(distance - previous)
    previous = distance
  }
}

function readValues(from: ByteReader, sign: 1 | -1, into: ValueList): void {
  let distance = 0
  for (let left = from.read(); left > 0; left--) {
    distance += from.read()
    into.push(sign * distance)
  }
}

export const measureCodec: PaneCodec<MeasurePane> = {
  write,
  read,
  widen({ count, least, most }, range) {
    if (count === 0) return
    range.least = Math.min(range.least, least)
    range.most = Math.max(range.most, most)
  },
}
