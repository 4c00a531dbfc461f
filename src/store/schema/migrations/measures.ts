import { type Migration, month } from './migration.ts'

export const measures: Migration = {
  number: 3,
  name: 'measures',
  statements: [
    `CREATE TABLE IF NOT EXISTS measure_panes (
        process LowCardinality(String),
        measure LowCardinality(String),
        total UInt8,
        segment LowCardinality(String),
        start_ms Int64,
        source LowCardinality(String),
        partition UInt32,
        end_ms Int64,
        decimals UInt8,
        count UInt64,
        sum Int128,
        min Nullable(Int64),
        max Nullable(Int64),
        zero_count UInt64,
        bucket_indices Array(Int32) EPHEMERAL,
        bucket_counts Array(UInt64) EPHEMERAL,
        buckets Map(Int32, UInt64) DEFAULT mapFromArrays(bucket_indices, bucket_counts),
        negative_bucket_indices Array(Int32) EPHEMERAL,
        negative_bucket_counts Array(UInt64) EPHEMERAL,
        negative_buckets Map(Int32, UInt64) DEFAULT mapFromArrays(negative_bucket_indices, negative_bucket_counts),
        distinct_values Nullable(UInt64),
        version UInt64,
        started_at DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(start_ms, 'UTC')
      ) ENGINE = ReplacingMergeTree(version)
      PARTITION BY ${month('start_ms')}
      ORDER BY (process, measure, total, segment, start_ms, source, partition)`,
    // Of an alert about a measure `stage` is empty, else `measure`.
    `ALTER TABLE alert_transitions ADD COLUMN IF NOT EXISTS measure LowCardinality(String) AFTER stage`,
  ],
}
