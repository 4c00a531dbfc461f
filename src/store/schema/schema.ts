import { accountable } from './migrations/accountable.ts'
import { businessTime } from './migrations/business-time.ts'
import { codecs } from './migrations/codecs.ts'
import { corrections } from './migrations/corrections.ts'
import { firstTables } from './migrations/first-tables.ts'
import { measures } from './migrations/measures.ts'
import type { Migration } from './migrations/migration.ts'
import { recordHeaders } from './migrations/record-headers.ts'
import { rollUps } from './migrations/roll-ups.ts'
import { visitsByTime } from './migrations/visits-by-time.ts'

/*
 * The tables, as numbered migrations: a released one never changes, a change is a new one. What they come to stands in
 * `docs/schema.sql`.
 *
 * Rows are absolute and replace each other by key (ReplacingMergeTree), so writing one twice changes nothing. The whole
 * key stands in ORDER BY, and PARTITION BY uses only the key: rows in different table partitions never replace each
 * other. Until ClickHouse has merged them, older rows are still there: every read says FINAL, and leaves out visits
 * with `deleted = 1`.
 *
 * Instants are Int64 ms since the epoch, because the range of DateTime64 depends on the server's release; the columns
 * named `…_at` show them to people and are computed when read. A month of a table partition is a twelfth of the mean
 * year (2,629,746,000 ms) for the same reason: a release that reads old dates otherwise must not move rows.
 *
 * In a pane `zero_count` counts visits of 0 ms; `buckets` has the others by index, so that sumMap merges histograms; the
 * columns named `business_…` say the same in business time, where the stage has a calendar, else `business_sum_ms` is
 * null. Panes of measures hold whole numbers of 10^−decimals; `negative_buckets` mirrors `buckets` below zero, and
 * `distinct_values` is null where none are kept. `segment`, `attributes`, `summary` and `explanation` are JSON; a
 * segment's names are sorted, so that equal segments are equal texts.
 */
export const migrations: readonly Migration[] = [
  firstTables,
  businessTime,
  measures,
  visitsByTime,
  codecs,
  rollUps,
  accountable,
  recordHeaders,
  corrections,
]
