import { type Migration, month } from './migration.ts'

export const firstTables: Migration = {
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
}
