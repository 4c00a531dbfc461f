import { createHash } from 'node:crypto'
import type { Instant } from '../event/instant.ts'
import { canonicalJson, type JsonFields } from '../event/json.ts'

/*
 * Who did what, in a chain: each entry has a number and carries the hash of the one before, so an entry that was changed,
 * taken out, put in or moved shows. What the chain cannot show by itself is that its end was cut off, or that somebody
 * wrote all of it anew: for that a head has to be known from elsewhere, and the journal keeps the one it wrote last.
 */
export type AuditRecord = {
  /** By the wall clock. */
  readonly at: Instant
  readonly actor: string
  readonly action: string
  /** What it was done to. */
  readonly subject: string
  readonly detail: JsonFields
}

export type AuditEntry = AuditRecord & {
  /** 1, 2, … without a gap. */
  readonly sequence: number
  /** Hash of the entry before, in hex. */
  readonly previous: string
  readonly hash: string
}

/** The last entry of a chain, or where one begins. */
export type AuditHead = Pick<AuditEntry, 'sequence' | 'hash'>

export const beginningOfAudit: AuditHead = { sequence: 0, hash: '0'.repeat(64) }

export function linkAudit(head: AuditHead, record: AuditRecord): AuditEntry {
  const { at, actor, action, subject, detail } = record
  const linked = { at, actor, action, subject, detail, sequence: head.sequence + 1, previous: head.hash }
  return { ...linked, hash: hashOf(linked) }
}

/** SHA-256 over the entry without its hash, as JSON with sorted fields. */
const hashOf = ({ at, actor, action, subject, detail, sequence, previous }: Omit<AuditEntry, 'hash'>): string =>
  createHash('sha256').update(canonicalJson({ at, actor, action, subject, detail, sequence, previous })).digest('hex')

export type AuditVerdict =
  | { readonly intact: true; readonly head: AuditHead }
  /** The first place that does not fit: the number that should have stood there. */
  | { readonly intact: false; readonly sequence: number; readonly problem: 'changed' | 'missing' | 'not-linked' }

/**
 * Whether these entries are one unbroken piece of the chain.
 *
 * @param after the head that they follow on; the beginning of the chain by default.
 * @param upTo the head that they must lead to, where one is known: without it a missing end does not show.
 */
export function verifyAudit(
  entries: readonly AuditEntry[],
  after: AuditHead = beginningOfAudit,
  upTo?: AuditHead,
): AuditVerdict {
  let head = after
  for (const entry of entries) {
    const sequence = head.sequence + 1
    if (entry.hash !== hashOf(entry)) return { intact: false, sequence, problem: 'changed' }
    if (entry.sequence !== sequence) return { intact: false, sequence, problem: 'missing' }
    if (entry.previous !== head.hash) return { intact: false, sequence, problem: 'not-linked' }
    head = { sequence, hash: entry.hash }
  }
  if (upTo !== undefined && head.sequence !== upTo.sequence) {
    return { intact: false, sequence: head.sequence + 1, problem: 'missing' }
  }
  if (upTo !== undefined && head.hash !== upTo.hash) {
    return { intact: false, sequence: head.sequence, problem: 'changed' }
  }
  return { intact: true, head }
}
