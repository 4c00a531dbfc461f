import { type Migration, month } from './migration.ts'

/*
 * Panes and measures of a partition, summed to minutes, hours and days: `step_ms` says which. They are absolute rows, as
 * panes are, written anew when a pane of theirs changes; a materialized view over a table whose rows replace each other
 * would count them twice.
 *
 * Rows of a month of hours are few, so blocks are small: a question reads what it needs and little beside it.
 *
 * `roll_ups_until` says how far they are there: of a partition they stand for its panes that start before `until_ms`,
 * days for whole days before it. Whoever writes a pane before it lowers it first, so what is read is never old.
 */
export const rollUps: Migration = {
  number: 6,
  name: 'roll-ups to minutes, hours and days',
  statements: [
    `CREATE TABLE IF NOT EXISTS pane_roll_ups (
      process LowCardinality(String),
      stage LowCardinality(String),
      total UInt8,
      segment LowCardinality(String),
      step_ms UInt32,
      start_ms Int64 CODEC(Delta, ZSTD(1)),
      source LowCardinality(String),
      partition UInt32 CODEC(ZSTD(1)),
      entered UInt64 CODEC(T64, ZSTD(1)),
      exited UInt64 CODEC(T64, ZSTD(1)),
      abandoned UInt64 CODEC(T64, ZSTD(1)),
      expired UInt64 CODEC(T64, ZSTD(1)),
      reworked UInt64 CODEC(T64, ZSTD(1)),
      breached UInt64 CODEC(T64, ZSTD(1)),
      sum_ms UInt64 CODEC(ZSTD(1)),
      min_ms Nullable(UInt64) CODEC(ZSTD(1)),
      max_ms Nullable(UInt64) CODEC(ZSTD(1)),
      zero_count UInt64 CODEC(T64, ZSTD(1)),
      buckets Map(Int32, UInt64) CODEC(ZSTD(1)),
      business_sum_ms Nullable(UInt64) CODEC(ZSTD(1)),
      business_min_ms Nullable(UInt64) CODEC(ZSTD(1)),
      business_max_ms Nullable(UInt64) CODEC(ZSTD(1)),
      business_zero_count UInt64 CODEC(T64, ZSTD(1)),
      business_buckets Map(Int32, UInt64) CODEC(ZSTD(1)),
      version UInt64 CODEC(T64, ZSTD(1)),
      started_at DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(start_ms, 'UTC')
    ) ENGINE = ReplacingMergeTree(version)
    PARTITION BY ${month('start_ms')}
    ORDER BY (process, stage, total, segment, step_ms, start_ms, source, partition)
    SETTINGS index_granularity = 1024`,
    `CREATE TABLE IF NOT EXISTS measure_roll_ups (
      process LowCardinality(String),
      measure LowCardinality(String),
      total UInt8,
      segment LowCardinality(String),
      step_ms UInt32,
      start_ms Int64 CODEC(Delta, ZSTD(1)),
      source LowCardinality(String),
      partition UInt32 CODEC(ZSTD(1)),
      decimals UInt8 CODEC(ZSTD(1)),
      count UInt64 CODEC(T64, ZSTD(1)),
      sum Int128 CODEC(ZSTD(1)),
      min Nullable(Int64) CODEC(ZSTD(1)),
      max Nullable(Int64) CODEC(ZSTD(1)),
      zero_count UInt64 CODEC(T64, ZSTD(1)),
      buckets Map(Int32, UInt64) CODEC(ZSTD(1)),
      negative_buckets Map(Int32, UInt64) CODEC(ZSTD(1)),
      version UInt64 CODEC(T64, ZSTD(1)),
      started_at DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(start_ms, 'UTC')
    ) ENGINE = ReplacingMergeTree(version)
    PARTITION BY ${month('start_ms')}
    ORDER BY (process, measure, total, segment, step_ms, start_ms, source, partition)
    SETTINGS index_granularity = 1024`,
    `CREATE TABLE IF NOT EXISTS roll_ups_until (
      process LowCardinality(String),
      source LowCardinality(String),
      partition UInt32,
      until_ms Int64,
      version UInt64
    ) ENGINE = ReplacingMergeTree(version)
    ORDER BY (process, source, partition)`,
  ],
}
