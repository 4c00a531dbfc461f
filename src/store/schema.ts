/*
 * The tables, as numbered migrations: a released one never changes, a change is a new one.
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
 * Visits come first by case, to find one case's visits. In a pane `zero_count` counts visits of 0 ms; `buckets` has the
 * others by index, so that sumMap merges histograms; the columns named `business_…` say the same in business time, where
 * the stage has a calendar, else `business_sum_ms` is null. Panes of measures hold whole numbers of 10^−decimals;
 * `negative_buckets` mirrors `buckets` below zero, and `distinct_values` is null where none are kept. `segment`, `attributes`, `summary` and `explanation` are JSON;
 * a segment's names are sorted, so that equal segments are equal texts.
 */
export type Migration = { readonly number: number; readonly name: string; readonly statements: readonly string[] }

const month = (column: string) => `intDiv(${column}, 2629746000)`

export const migrations: readonly Migration[] = [
  {
    number: 1,
    name: 'visits, panes, alert transitions, dead letters',
    statements: [
      `CREATE TABLE IF NOT EXISTS visits (
        process LowCardinality(String),
        case_id String,
        stage LowCardinality(String),
        start_ms Int64,
        ordinal UInt32,
        visit UInt32,
        end_ms Nullable(Int64),
        outcome LowCardinality(String),
        reason LowCardinality(Nullable(String)),
        duration_ms Nullable(UInt64),
        segment LowCardinality(String),
        attributes String,
        source LowCardinality(String),
        partition UInt32,
        version UInt64,
        deleted UInt8,
        started_at DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(start_ms, 'UTC'),
        ended_at Nullable(DateTime64(3, 'UTC')) ALIAS fromUnixTimestamp64Milli(end_ms, 'UTC')
      ) ENGINE = ReplacingMergeTree(version)
      PARTITION BY ${month('start_ms')}
      ORDER BY (process, case_id, stage, start_ms, ordinal)`,
      `CREATE TABLE IF NOT EXISTS panes (
        process LowCardinality(String),
        stage LowCardinality(String),
        total UInt8,
        segment LowCardinality(String),
        start_ms Int64,
        source LowCardinality(String),
        partition UInt32,
        end_ms Int64,
        entered UInt64,
        exited UInt64,
        abandoned UInt64,
        expired UInt64,
        reworked UInt64,
        breached UInt64,
        sum_ms UInt64,
        min_ms Nullable(UInt64),
        max_ms Nullable(UInt64),
        zero_count UInt64,
        bucket_indices Array(Int32) EPHEMERAL,
        bucket_counts Array(UInt64) EPHEMERAL,
        buckets Map(Int32, UInt64) DEFAULT mapFromArrays(bucket_indices, bucket_counts),
        version UInt64,
        started_at DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(start_ms, 'UTC')
      ) ENGINE = ReplacingMergeTree(version)
      PARTITION BY ${month('start_ms')}
      ORDER BY (process, stage, total, segment, start_ms, source, partition)`,
      `CREATE TABLE IF NOT EXISTS alert_transitions (
        process LowCardinality(String),
        id String,
        at_ms Int64,
        state LowCardinality(String),
        from_state LowCardinality(String),
        because LowCardinality(String),
        rule LowCardinality(String),
        stage LowCardinality(String),
        segment LowCardinality(String),
        since_ms Int64,
        fired_at_ms Nullable(Int64),
        value Nullable(Float64),
        owner LowCardinality(String),
        severity LowCardinality(String),
        summary String,
        explanation String,
        happened_at DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(at_ms, 'UTC')
      ) ENGINE = ReplacingMergeTree
      PARTITION BY ${month('at_ms')}
      ORDER BY (process, id, at_ms, state)`,
      // JSON cannot carry bytes: they arrive as base64 in columns that are not kept, and are stored as they were.
      `CREATE TABLE IF NOT EXISTS dead_letters (
        process LowCardinality(String),
        topic LowCardinality(String),
        partition UInt32,
        record_offset Int64,
        reason LowCardinality(String),
        detail String,
        key_base64 Nullable(String) EPHEMERAL,
        value_base64 Nullable(String) EPHEMERAL,
        key Nullable(String) DEFAULT base64Decode(key_base64),
        value Nullable(String) DEFAULT base64Decode(value_base64)
      ) ENGINE = ReplacingMergeTree
      ORDER BY (process, topic, partition, record_offset)`,
    ],
  },
  {
    number: 2,
    name: 'business time',
    statements: [
      'ALTER TABLE visits ADD COLUMN IF NOT EXISTS business_ms Nullable(UInt64) AFTER duration_ms',
      `ALTER TABLE panes
        ADD COLUMN IF NOT EXISTS business_sum_ms Nullable(UInt64),
        ADD COLUMN IF NOT EXISTS business_min_ms Nullable(UInt64),
        ADD COLUMN IF NOT EXISTS business_max_ms Nullable(UInt64),
        ADD COLUMN IF NOT EXISTS business_zero_count UInt64,
        ADD COLUMN IF NOT EXISTS business_bucket_indices Array(Int32) EPHEMERAL,
        ADD COLUMN IF NOT EXISTS business_bucket_counts Array(UInt64) EPHEMERAL,
        ADD COLUMN IF NOT EXISTS business_buckets Map(Int32, UInt64)
          DEFAULT mapFromArrays(business_bucket_indices, business_bucket_counts)`,
    ],
  },
  {
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
  },
]
