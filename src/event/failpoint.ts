/**
 * Places at which tests let the program end, stand still or fail: between two steps of which a crash may leave the one
 * and not the other. Here they do nothing and cost nothing; the tests of `test/faults` run a build in which this file is
 * another (`test/faults/support/active-failpoint.ts`).
 */
export const failpoints = [
  // A segment of the journal, in its order: written aside, named.
  'segment-before-rename',
  'segment-after-rename',
  'journal-before-write',
  'journal-before-sync',
  'journal-after-sync',
  // A snapshot, in its order.
  'snapshot-before-write',
  'snapshot-before-sync',
  'snapshot-before-rename',
  'snapshot-after-rename',
  'snapshot-before-removal',
  // A save: the evaluator's state and those of the shards.
  'save-under-way',
  'save-one-shard-done',
  'save-done',
  // A transition: durable, told, in the store.
  'transition-before-record',
  'transition-recorded',
  'transition-published',
  'transition-stored',
  // Rows on their way.
  'rows-handed-over',
  'store-before-insert',
  'store-after-insert',
  'store-acknowledged',
  'store-before-sums',
  'store-after-sums',
  // Partitions that come.
  'assigned-loaded',
  'assigned',
] as const

export type Failpoint = (typeof failpoints)[number]

export function failpoint(_name: Failpoint): void {}
