-- The tables of the store, as the migrations in src/store/schema/migrations leave them. This file is checked by
-- src/store/schema/schema.test.ts; UPDATE_SCHEMA=true writes it anew.

CREATE TABLE alert_actions
(
    `process` LowCardinality(String),
    `alert` String,
    `at_ms` Int64 CODEC(Delta(8), ZSTD(1)),
    `id` String,
    `kind` LowCardinality(String),
    `by` LowCardinality(String),
    `fields` String CODEC(ZSTD(1)),
    `happened_at` DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(at_ms, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (process, alert, at_ms, id);

CREATE TABLE alert_transitions
(
    `process` LowCardinality(String),
    `id` String,
    `at_ms` Int64,
    `state` LowCardinality(String),
    `from_state` LowCardinality(String),
    `because` LowCardinality(String),
    `rule` LowCardinality(String),
    `stage` LowCardinality(String),
    `measure` LowCardinality(String),
    `segment` LowCardinality(String),
    `since_ms` Int64,
    `fired_at_ms` Nullable(Int64),
    `value` Nullable(Float64),
    `owner` LowCardinality(String),
    `severity` LowCardinality(String),
    `summary` String CODEC(ZSTD(1)),
    `explanation` String CODEC(ZSTD(1)),
    `happened_at` DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(at_ms, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY intDiv(at_ms, 2629746000)
ORDER BY (process, id, at_ms, state);

CREATE TABLE audit
(
    `chain` String,
    `sequence` UInt64 CODEC(Delta(8), ZSTD(1)),
    `at_ms` Int64 CODEC(Delta(8), ZSTD(1)),
    `actor` LowCardinality(String),
    `action` LowCardinality(String),
    `subject` String,
    `detail` String CODEC(ZSTD(1)),
    `previous` FixedString(64) CODEC(ZSTD(1)),
    `hash` FixedString(64) CODEC(ZSTD(1)),
    `happened_at` DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(at_ms, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (chain, sequence);

CREATE TABLE dead_letters
(
    `process` LowCardinality(String),
    `topic` LowCardinality(String),
    `partition` UInt32,
    `record_offset` Int64,
    `reason` LowCardinality(String),
    `detail` String,
    `timestamp_ms` Nullable(Int64) CODEC(Delta(8), ZSTD(1)),
    `headers` String DEFAULT '[]' CODEC(ZSTD(1)),
    `key_base64` Nullable(String) EPHEMERAL,
    `value_base64` Nullable(String) EPHEMERAL,
    `key` Nullable(String) DEFAULT base64Decode(key_base64),
    `value` Nullable(String) DEFAULT base64Decode(value_base64) CODEC(ZSTD(1)),
    `stored_at` DateTime DEFAULT now() CODEC(Delta(4), ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (process, topic, partition, record_offset);

CREATE TABLE definitions
(
    `process` LowCardinality(String),
    `kind` LowCardinality(String),
    `name` String,
    `since_ms` Int64,
    `hash` String,
    `version` Nullable(UInt32),
    `owner` LowCardinality(String),
    `epoch` UInt16,
    `definition` String CODEC(ZSTD(1)),
    `since` DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(since_ms, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (process, kind, name, since_ms);

CREATE TABLE evaluations
(
    `process` LowCardinality(String),
    `at_ms` Int64 CODEC(Delta(8), ZSTD(1)),
    `transitions` UInt32 CODEC(ZSTD(1)),
    `state` String CODEC(ZSTD(1)),
    `evaluated_at` DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(at_ms, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY intDiv(at_ms, 2629746000)
ORDER BY (process, at_ms);

CREATE TABLE events
(
    `process` LowCardinality(String),
    `topic` LowCardinality(String),
    `partition` UInt32,
    `record_offset` Int64 CODEC(Delta(8), ZSTD(1)),
    `timestamp_ms` Nullable(Int64) CODEC(Delta(8), ZSTD(1)),
    `headers` String DEFAULT '[]' CODEC(ZSTD(1)),
    `key_base64` Nullable(String) EPHEMERAL,
    `value_base64` Nullable(String) EPHEMERAL,
    `key` Nullable(String) DEFAULT base64Decode(key_base64) CODEC(ZSTD(1)),
    `value` Nullable(String) DEFAULT base64Decode(value_base64) CODEC(ZSTD(1)),
    `stored_at` DateTime DEFAULT now() CODEC(Delta(4), ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (process, topic, partition, record_offset);

CREATE TABLE measure_panes
(
    `process` LowCardinality(String),
    `measure` LowCardinality(String),
    `total` UInt8,
    `segment` LowCardinality(String),
    `start_ms` Int64 CODEC(Delta(8), ZSTD(1)),
    `source` LowCardinality(String),
    `partition` UInt32 CODEC(ZSTD(1)),
    `end_ms` Int64 CODEC(Delta(8), ZSTD(1)),
    `decimals` UInt8,
    `count` UInt64 CODEC(T64, ZSTD(1)),
    `sum` Int128 CODEC(ZSTD(1)),
    `min` Nullable(Int64) CODEC(ZSTD(1)),
    `max` Nullable(Int64) CODEC(ZSTD(1)),
    `zero_count` UInt64 CODEC(T64, ZSTD(1)),
    `bucket_indices` Array(Int32) EPHEMERAL,
    `bucket_counts` Array(UInt64) EPHEMERAL,
    `buckets` Map(Int32, UInt64) DEFAULT mapFromArrays(bucket_indices, bucket_counts) CODEC(ZSTD(1)),
    `negative_bucket_indices` Array(Int32) EPHEMERAL,
    `negative_bucket_counts` Array(UInt64) EPHEMERAL,
    `negative_buckets` Map(Int32, UInt64) DEFAULT mapFromArrays(negative_bucket_indices, negative_bucket_counts) CODEC(ZSTD(1)),
    `distinct_values` Nullable(UInt64) CODEC(ZSTD(1)),
    `version` UInt64 CODEC(Delta(8), ZSTD(1)),
    `started_at` DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(start_ms, 'UTC')
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY intDiv(start_ms, 2629746000)
ORDER BY (process, measure, total, segment, start_ms, source, partition);

CREATE TABLE measure_roll_ups
(
    `process` LowCardinality(String),
    `measure` LowCardinality(String),
    `total` UInt8,
    `segment` LowCardinality(String),
    `step_ms` UInt32,
    `start_ms` Int64 CODEC(Delta(8), ZSTD(1)),
    `source` LowCardinality(String),
    `partition` UInt32 CODEC(ZSTD(1)),
    `decimals` UInt8 CODEC(ZSTD(1)),
    `count` UInt64 CODEC(T64, ZSTD(1)),
    `sum` Int128 CODEC(ZSTD(1)),
    `min` Nullable(Int64) CODEC(ZSTD(1)),
    `max` Nullable(Int64) CODEC(ZSTD(1)),
    `zero_count` UInt64 CODEC(T64, ZSTD(1)),
    `buckets` Map(Int32, UInt64) CODEC(ZSTD(1)),
    `negative_buckets` Map(Int32, UInt64) CODEC(ZSTD(1)),
    `version` UInt64 CODEC(T64, ZSTD(1)),
    `started_at` DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(start_ms, 'UTC')
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY intDiv(start_ms, 2629746000)
ORDER BY (process, measure, total, segment, step_ms, start_ms, source, partition)
SETTINGS index_granularity = 1024;

CREATE TABLE pane_roll_ups
(
    `process` LowCardinality(String),
    `stage` LowCardinality(String),
    `total` UInt8,
    `segment` LowCardinality(String),
    `step_ms` UInt32,
    `start_ms` Int64 CODEC(Delta(8), ZSTD(1)),
    `source` LowCardinality(String),
    `partition` UInt32 CODEC(ZSTD(1)),
    `entered` UInt64 CODEC(T64, ZSTD(1)),
    `exited` UInt64 CODEC(T64, ZSTD(1)),
    `abandoned` UInt64 CODEC(T64, ZSTD(1)),
    `expired` UInt64 CODEC(T64, ZSTD(1)),
    `reworked` UInt64 CODEC(T64, ZSTD(1)),
    `breached` UInt64 CODEC(T64, ZSTD(1)),
    `sum_ms` UInt64 CODEC(ZSTD(1)),
    `min_ms` Nullable(UInt64) CODEC(ZSTD(1)),
    `max_ms` Nullable(UInt64) CODEC(ZSTD(1)),
    `zero_count` UInt64 CODEC(T64, ZSTD(1)),
    `buckets` Map(Int32, UInt64) CODEC(ZSTD(1)),
    `business_sum_ms` Nullable(UInt64) CODEC(ZSTD(1)),
    `business_min_ms` Nullable(UInt64) CODEC(ZSTD(1)),
    `business_max_ms` Nullable(UInt64) CODEC(ZSTD(1)),
    `business_zero_count` UInt64 CODEC(T64, ZSTD(1)),
    `business_buckets` Map(Int32, UInt64) CODEC(ZSTD(1)),
    `version` UInt64 CODEC(T64, ZSTD(1)),
    `started_at` DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(start_ms, 'UTC')
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY intDiv(start_ms, 2629746000)
ORDER BY (process, stage, total, segment, step_ms, start_ms, source, partition)
SETTINGS index_granularity = 1024;

CREATE TABLE panes
(
    `process` LowCardinality(String),
    `stage` LowCardinality(String),
    `total` UInt8,
    `segment` LowCardinality(String),
    `start_ms` Int64 CODEC(Delta(8), ZSTD(1)),
    `source` LowCardinality(String),
    `partition` UInt32 CODEC(ZSTD(1)),
    `end_ms` Int64 CODEC(Delta(8), ZSTD(1)),
    `entered` UInt64 CODEC(T64, ZSTD(1)),
    `exited` UInt64 CODEC(T64, ZSTD(1)),
    `abandoned` UInt64 CODEC(T64, ZSTD(1)),
    `expired` UInt64 CODEC(T64, ZSTD(1)),
    `reworked` UInt64 CODEC(T64, ZSTD(1)),
    `breached` UInt64 CODEC(T64, ZSTD(1)),
    `sum_ms` UInt64 CODEC(ZSTD(1)),
    `min_ms` Nullable(UInt64) CODEC(ZSTD(1)),
    `max_ms` Nullable(UInt64) CODEC(ZSTD(1)),
    `zero_count` UInt64 CODEC(T64, ZSTD(1)),
    `bucket_indices` Array(Int32) EPHEMERAL,
    `bucket_counts` Array(UInt64) EPHEMERAL,
    `buckets` Map(Int32, UInt64) DEFAULT mapFromArrays(bucket_indices, bucket_counts) CODEC(ZSTD(1)),
    `version` UInt64 CODEC(Delta(8), ZSTD(1)),
    `started_at` DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(start_ms, 'UTC'),
    `business_sum_ms` Nullable(UInt64) CODEC(ZSTD(1)),
    `business_min_ms` Nullable(UInt64) CODEC(ZSTD(1)),
    `business_max_ms` Nullable(UInt64) CODEC(ZSTD(1)),
    `business_zero_count` UInt64 CODEC(T64, ZSTD(1)),
    `business_bucket_indices` Array(Int32) EPHEMERAL defaultValueOfTypeName('Array(Int32)'),
    `business_bucket_counts` Array(UInt64) EPHEMERAL defaultValueOfTypeName('Array(UInt64)'),
    `business_buckets` Map(Int32, UInt64) DEFAULT mapFromArrays(business_bucket_indices, business_bucket_counts) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY intDiv(start_ms, 2629746000)
ORDER BY (process, stage, total, segment, start_ms, source, partition);

CREATE TABLE redriven_records
(
    `topic` LowCardinality(String),
    `partition` UInt32,
    `record_offset` Int64 CODEC(Delta(8), ZSTD(1)),
    `new_offset` Int64 CODEC(Delta(8), ZSTD(1)),
    `at_ms` Int64 CODEC(Delta(8), ZSTD(1)),
    `redriven_at` DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(at_ms, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, record_offset);

CREATE TABLE roll_ups_until
(
    `process` LowCardinality(String),
    `source` LowCardinality(String),
    `partition` UInt32,
    `until_ms` Int64,
    `version` UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (process, source, partition);

CREATE TABLE snapshots
(
    `name` String,
    `number` UInt64,
    `part` UInt32,
    `parts` UInt32,
    `content_base64` String EPHEMERAL,
    `content` String DEFAULT base64Decode(content_base64) CODEC(NONE),
    `stored_at` DateTime DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY (name, number, part);

CREATE TABLE visits
(
    `process` LowCardinality(String),
    `stage` LowCardinality(String),
    `start_ms` Int64 CODEC(Delta(8), ZSTD(1)),
    `case_id` String CODEC(ZSTD(1)),
    `ordinal` UInt32 CODEC(ZSTD(1)),
    `visit` UInt32 CODEC(ZSTD(1)),
    `end_ms` Nullable(Int64) CODEC(Delta(8), ZSTD(1)),
    `outcome` LowCardinality(String),
    `reason` LowCardinality(Nullable(String)),
    `business_ms` Nullable(UInt64) CODEC(ZSTD(1)),
    `segment` LowCardinality(String),
    `attributes` String CODEC(ZSTD(1)),
    `breached` UInt8 DEFAULT 0 CODEC(ZSTD(1)),
    `weight` Float64 DEFAULT 1 CODEC(ZSTD(1)),
    `source` LowCardinality(String),
    `partition` UInt32 CODEC(ZSTD(1)),
    `version` UInt64 CODEC(T64, ZSTD(1)),
    `deleted` UInt8 CODEC(ZSTD(1)),
    `corrected_at_ms` Nullable(Int64) CODEC(ZSTD(1)),
    `duration_ms` Nullable(UInt64) ALIAS CAST(end_ms - start_ms, 'Nullable(UInt64)'),
    `started_at` DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(start_ms, 'UTC'),
    `ended_at` Nullable(DateTime64(3, 'UTC')) ALIAS fromUnixTimestamp64Milli(end_ms, 'UTC'),
    `corrected_at` Nullable(DateTime64(3, 'UTC')) ALIAS fromUnixTimestamp64Milli(corrected_at_ms, 'UTC'),
    INDEX of_case case_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY intDiv(start_ms, 2629746000)
ORDER BY (process, stage, start_ms, case_id, ordinal);
