import type { ByteReader, ByteWriter } from './bytes.ts'
import { bucketOf } from './histogram.ts'
import type { BucketList, Durations, Pane } from './pane.ts'
import type { PaneCodec } from './settled-panes.ts'

/*
 * A pane's content as bytes: one of flags, which tells what is not zero, then those numbers. What follows from others
 * is left out: a single duration is the sum, its extremes and its bucket; the first bucket is that of the shortest
 * duration; the list of buckets ends when all exits are told. So a pane with one entry and one exit takes 5 to 7 bytes.
 * Of a stage with a calendar the durations by the wall clock follow those in business time.
 */
const ENTERED = 1
const REWORKED = 2
const EXITED = 4
const ABANDONED = 8
const EXPIRED = 16
const BREACHED = 32
const UNFINISHED = 64
const REASSIGNED = 128

/** @throws Error where a count has fallen below zero: something was withdrawn that never was. */
export function writePane(out: ByteWriter, pane: Pane): void {
  const { entered, reworked, exited, abandoned, expired, breached } = pane
  if (Math.min(entered, reworked, exited, abandoned, expired, breached) < 0) {
    throw new Error(`pane ${pane.index} holds fewer than no visits: more was withdrawn than had been counted`)
  }
  out.write(
    (entered > 0 ? ENTERED : 0) |
      (reworked > 0 ? REWORKED : 0) |
      (exited > 0 ? EXITED : 0) |
      (abandoned > 0 ? ABANDONED : 0) |
      (expired > 0 ? EXPIRED : 0) |
      (breached > 0 ? BREACHED : 0) |
      (pane.unfinished.size > 0 ? UNFINISHED : 0) |
      (pane.reassigned.size > 0 ? REASSIGNED : 0),
  )
  if (entered > 0) out.write(entered)
  if (reworked > 0) out.write(reworked)
  if (exited > 0) {
    out.write(exited)
    writeDurations(out, exited, pane)
    if (pane.wall !== undefined) writeDurations(out, exited, pane.wall)
  }
  if (abandoned > 0) out.write(abandoned)
  if (expired > 0) out.write(expired)
  if (breached > 0) out.write(breached)
  if (pane.unfinished.size > 0) writeSignedList(out, pane.unfinished)
  if (pane.reassigned.size > 0) writeSignedList(out, pane.reassigned)
}

/** Fills everything of a pane but its index. */
export function readPane(from: ByteReader, into: Pane): void {
  const flags = from.read()
  into.entered = (flags & ENTERED) === 0 ? 0 : from.read()
  into.reworked = (flags & REWORKED) === 0 ? 0 : from.read()
  if ((flags & EXITED) === 0) into.clearDurations()
  else {
    into.exited = from.read()
    readDurations(from, into.exited, into)
    if (into.wall !== undefined) readDurations(from, into.exited, into.wall)
  }
  into.abandoned = (flags & ABANDONED) === 0 ? 0 : from.read()
  into.expired = (flags & EXPIRED) === 0 ? 0 : from.read()
  into.breached = (flags & BREACHED) === 0 ? 0 : from.read()
  readSignedList(from, (flags & UNFINISHED) !== 0, into.unfinished)
  readSignedList(from, (flags & REASSIGNED) !== 0, into.reassigned)
}

export const paneCodec: PaneCodec<Pane> = {
  write: writePane,
  read: readPane,
  widen({ exited, leastMs, mostMs }, range) {
    if (exited === 0) return
    range.least = Math.min(range.least, leastMs)
    range.most = Math.max(range.most, mostMs)
  },
}

function writeDurations(out: ByteWriter, exited: number, { sumMs, leastMs, mostMs, durations }: Durations): void {
  out.write(sumMs)
  if (exited === 1) return
  out.write(leastMs)
  out.write(mostMs - leastMs)
  let previous = durations.buckets[0] as number
  for (let at = 0; at < durations.size; at++) {
    const bucket = durations.buckets[at] as number
    if (at > 0) out.write(bucket - previous)
    out.write(durations.counts[at] as number)
    previous = bucket
  }
}

function readDurations(from: ByteReader, exited: number, into: Durations): void {
  const { durations } = into
  durations.clear()
  into.sumMs = from.read()
  if (exited === 1) {
    into.leastMs = into.sumMs
    into.mostMs = into.sumMs
    durations.push(bucketOf(into.sumMs), 1)
    return
  }
  into.leastMs = from.read()
  into.mostMs = into.leastMs + from.read()
  let bucket = bucketOf(into.leastMs)
  for (let left = exited; left > 0; ) {
    if (left < exited) bucket += from.read()
    const count = from.read()
    durations.push(bucket, count)
    left -= count
  }
}

function writeSignedList(out: ByteWriter, { size, buckets, counts }: BucketList): void {
  out.write(size)
  for (let at = 0; at < size; at++) {
    out.writeSigned((buckets[at] as number) - (at === 0 ? 0 : (buckets[at - 1] as number)))
    out.writeSigned(counts[at] as number)
  }
}

function readSignedList(from: ByteReader, isThere: boolean, into: BucketList): void {
  into.clear()
  if (!isThere) return
  const size = from.read()
  let bucket = 0
  for (let at = 0; at < size; at++) {
    bucket += from.readSigned()
    into.push(bucket, from.readSigned())
  }
}
