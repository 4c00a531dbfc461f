import { type Migration, month } from './migration.ts'

/*
 * What makes a number accountable: the records it came from, the definition that gave it, the evaluations that alerts
 * came from, who did what, and the states to go on from.
 */
export const accountable: Migration = {
  number: 7,
  name: 'raw events, definitions, evaluations, actions, audit, snapshots',
  statements: [
    `CREATE TABLE IF NOT EXISTS events (
      process LowCardinality(String),
      topic LowCardinality(String),
      partition UInt32,
      record_offset Int64 CODEC(Delta, ZSTD(1)),
      timestamp_ms Nullable(Int64) CODEC(Delta, ZSTD(1)),
      key_base64 Nullable(String) EPHEMERAL,
      value_base64 Nullable(String) EPHEMERAL,
      key Nullable(String) DEFAULT base64Decode(key_base64) CODEC(ZSTD(1)),
      value Nullable(String) DEFAULT base64Decode(value_base64) CODEC(ZSTD(1)),
      stored_at DateTime DEFAULT now() CODEC(Delta, ZSTD(1))
    ) ENGINE = ReplacingMergeTree
    ORDER BY (process, topic, partition, record_offset)`,
    'ALTER TABLE dead_letters ADD COLUMN IF NOT EXISTS stored_at DateTime DEFAULT now() CODEC(Delta, ZSTD(1))',
    // A definition has a row from each time on at which it became the one in force; epoch is that of the rows it gives.
    `CREATE TABLE IF NOT EXISTS definitions (
      process LowCardinality(String),
      kind LowCardinality(String),
      name String,
      since_ms Int64,
      hash String,
      version Nullable(UInt32),
      owner LowCardinality(String),
      epoch UInt16,
      definition String CODEC(ZSTD(1)),
      since DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(since_ms, 'UTC')
    ) ENGINE = ReplacingMergeTree
    ORDER BY (process, kind, name, since_ms)`,
    `CREATE TABLE IF NOT EXISTS evaluations (
      process LowCardinality(String),
      at_ms Int64 CODEC(Delta, ZSTD(1)),
      transitions UInt32 CODEC(ZSTD(1)),
      state String CODEC(ZSTD(1)),
      evaluated_at DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(at_ms, 'UTC')
    ) ENGINE = ReplacingMergeTree
    PARTITION BY ${month('at_ms')}
    ORDER BY (process, at_ms)`,
    `CREATE TABLE IF NOT EXISTS alert_actions (
      process LowCardinality(String),
      alert String,
      at_ms Int64 CODEC(Delta, ZSTD(1)),
      id String,
      kind LowCardinality(String),
      by LowCardinality(String),
      fields String CODEC(ZSTD(1)),
      happened_at DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(at_ms, 'UTC')
    ) ENGINE = ReplacingMergeTree
    ORDER BY (process, alert, at_ms, id)`,
    // Each entry holds the hash of the one before it in its chain, so that one which was changed or removed shows.
    `CREATE TABLE IF NOT EXISTS audit (
      chain String,
      sequence UInt64 CODEC(Delta, ZSTD(1)),
      at_ms Int64 CODEC(Delta, ZSTD(1)),
      actor LowCardinality(String),
      action LowCardinality(String),
      subject String,
      detail String CODEC(ZSTD(1)),
      previous FixedString(64) CODEC(ZSTD(1)),
      hash FixedString(64) CODEC(ZSTD(1)),
      happened_at DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(at_ms, 'UTC')
    ) ENGINE = ReplacingMergeTree
    ORDER BY (chain, sequence)`,
    // A snapshot is cut into parts, since a row is held in memory as a whole.
    `CREATE TABLE IF NOT EXISTS snapshots (
      name String,
      number UInt64,
      part UInt32,
      parts UInt32,
      content_base64 String EPHEMERAL,
      content String DEFAULT base64Decode(content_base64) CODEC(NONE),
      stored_at DateTime DEFAULT now()
    ) ENGINE = ReplacingMergeTree
    ORDER BY (name, number, part)`,
  ],
}
