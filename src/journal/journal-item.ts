import { type AuditEntry, type AuditHead, type AuditRecord, linkAudit } from './audit.ts'
import type { JournalEntry, OwnEntry } from './entry.ts'
import type { JournalState } from './journal-state.ts'

/** Entries with their texts, taken when they were appended; or a record whose place in the chain is known when it is written. */
export type Item = EntriesItem | RecordItem

type EntriesItem = { readonly entries: readonly { readonly entry: JournalEntry; readonly text: string }[] }
/** With entries that are there if it is. */
type RecordItem = EntriesItem & { readonly record: AuditRecord; linked: AuditEntry | undefined }

/** An item, and how long its text is, about. */
type Measured<Kind> = { readonly item: Kind; readonly length: number }

export function entriesItem(appended: readonly JournalEntry[]): Measured<EntriesItem> {
  const entries = appended.map(entry => ({ entry, text: JSON.stringify(entry) }))
  return { item: { entries }, length: entries.reduce((sum, { text }) => sum + text.length, 0) }
}

export function recordItem(record: AuditRecord, appended: readonly JournalEntry[]): Measured<RecordItem> {
  const text = JSON.stringify(record)
  const { item, length } = entriesItem(appended)
  return { item: { ...item, record: JSON.parse(text), linked: undefined }, length: text.length + length }
}

/** All entries of a group as one JSON text; it links records to the chain. @param head where that ends now. */
export function textOf(group: readonly Item[], head: AuditHead): string {
  let last = head
  const texts = group.flatMap(item => {
    const entries = item.entries.map(({ text }) => text)
    if (!('record' in item)) return entries
    // A group that could not be written left the head as it was.
    item.linked = linkAudit(last, item.record)
    last = item.linked
    return [...entries, JSON.stringify({ kind: 'audit', entry: item.linked } satisfies OwnEntry)]
  })
  return `[${texts.join(',')}]`
}

/** The group is durable. */
export function keepIn(state: JournalState, group: readonly Item[]): void {
  for (const item of group) {
    for (const { entry, text } of item.entries) state.apply(entry, () => JSON.parse(text).state)
    if ('record' in item) state.apply({ kind: 'audit', entry: linkedOf(item) }, () => null)
  }
}

export function linkedOf({ linked }: RecordItem): AuditEntry {
  if (linked === undefined) throw new Error('an audit record was acknowledged before it had been linked')
  return linked
}
