import type { Migration } from './migration.ts'

/*
 * What a record needs beside key and value to go back to its topic as it came. `headers` is a JSON list of pairs of name
 * and base64 of the value (null: it has none): a name may come several times, and their order counts.
 */
export const recordHeaders: Migration = {
  number: 8,
  name: 'headers and times of records, and which dead letters were sent back',
  statements: [
    `ALTER TABLE dead_letters
      ADD COLUMN IF NOT EXISTS timestamp_ms Nullable(Int64) CODEC(Delta, ZSTD(1)) AFTER detail,
      ADD COLUMN IF NOT EXISTS headers String DEFAULT '[]' CODEC(ZSTD(1)) AFTER timestamp_ms`,
    "ALTER TABLE events ADD COLUMN IF NOT EXISTS headers String DEFAULT '[]' CODEC(ZSTD(1)) AFTER timestamp_ms",
    // By position alone: a record that two processes could not count goes back once.
    `CREATE TABLE IF NOT EXISTS redriven_records (
      topic LowCardinality(String),
      partition UInt32,
      record_offset Int64 CODEC(Delta, ZSTD(1)),
      new_offset Int64 CODEC(Delta, ZSTD(1)),
      at_ms Int64 CODEC(Delta, ZSTD(1)),
      redriven_at DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(at_ms, 'UTC')
    ) ENGINE = ReplacingMergeTree
    ORDER BY (topic, partition, record_offset)`,
  ],
}
