import type { SegmentKey } from '../../event/segment.ts'
import type { ByteReader, ByteWriter } from '../../windows/bytes.ts'
import type { AtStake, OldestVisit, VisitDue } from './view.ts'

/*
 * What is published of open cases, as bytes; none: there are none.
 *
 *     visit    length of the case's id · that as UTF-8 · start · 0, or 1 · due · entry · position · its segment
 *     segment  0: the stage is not cut; else 1 + length of its key · that as UTF-8
 *     stake    cases · sum, the part above 32 bits · the 32 bits
 */
export function writeOldest(to: ByteWriter, visits: readonly OldestVisit[]): void {
  for (const { case: id, start, due } of visits) {
    writeText(to, id, 0)
    to.writeSigned(start)
    to.write(due === undefined ? 0 : 1)
    if (due === undefined) continue
    to.writeSigned(due.at)
    to.writeSigned(due.entry)
    to.write(due.position)
    if (due.segment === undefined) to.write(0)
    else writeText(to, due.segment, 1)
  }
}

export function readOldest(from: ByteReader, end: number): OldestVisit[] {
  const visits: OldestVisit[] = []
  while (from.at < end) {
    const id = readText(from, from.read())
    visits.push({ case: id, start: from.readSigned(), due: from.read() === 0 ? undefined : readDue(from) })
  }
  return visits
}

export function writeAtStake(to: ByteWriter, { sum, cases }: AtStake): void {
  if (cases === 0) return
  to.write(cases)
  to.writeSigned(Number(sum >> 32n))
  to.write(Number(sum & 0xffff_ffffn))
}

export function readAtStake(from: ByteReader, end: number): AtStake {
  if (from.at === end) return { sum: 0n, cases: 0 }
  const cases = from.read()
  return { cases, sum: BigInt(from.readSigned()) * 4_294_967_296n + BigInt(from.read()) }
}

function readDue(from: ByteReader): VisitDue {
  const at = from.readSigned()
  const entry = from.readSigned()
  const position = from.read()
  const length = from.read()
  return { at, entry, position, segment: length === 0 ? undefined : (readText(from, length - 1) as SegmentKey) }
}

function writeText(to: ByteWriter, text: string, above: number): void {
  const bytes = new TextEncoder().encode(text)
  to.write(bytes.length + above)
  to.append(bytes, 0, bytes.length)
}

function readText(from: ByteReader, length: number): string {
  const text = Buffer.from(from.bytes.buffer, from.bytes.byteOffset + from.at, length).toString('utf8')
  from.at += length
  return text
}
