import { type Migration, month } from './migration.ts'

/** The table that stood before, in the order of cases. */
const inOldOrder = `SELECT 1 FROM system.tables
  WHERE database = currentDatabase() AND name = 'visits' AND sorting_key LIKE 'process, case_id%'`

const columns = `process, stage, start_ms, case_id, ordinal, visit, end_ms, outcome, reason, business_ms, segment, attributes,
  source, partition, version, deleted`

/*
 * Most questions name a stage and a time, and cases come in no order of their ids: so visits lie by stage and start, and
 * the few granules that may hold a case are found by a filter of its id. The filter may be used with FINAL, since the
 * id is part of the key: no other row of the key can have another one.
 */
export const visitsByTime: Migration = {
  number: 4,
  name: 'visits by stage and time',
  statements: [
    {
      where: inOldOrder,
      sql: `CREATE TABLE IF NOT EXISTS visits_by_time (
        process LowCardinality(String),
        stage LowCardinality(String),
        start_ms Int64 CODEC(Delta, ZSTD(1)),
        case_id String CODEC(ZSTD(1)),
        ordinal UInt32 CODEC(ZSTD(1)),
        visit UInt32 CODEC(ZSTD(1)),
        end_ms Nullable(Int64) CODEC(Delta, ZSTD(1)),
        outcome LowCardinality(String),
        reason LowCardinality(Nullable(String)),
        business_ms Nullable(UInt64) CODEC(ZSTD(1)),
        segment LowCardinality(String),
        attributes String CODEC(ZSTD(1)),
        breached UInt8 DEFAULT 0 CODEC(ZSTD(1)),
        weight Float64 DEFAULT 1 CODEC(ZSTD(1)),
        source LowCardinality(String),
        partition UInt32 CODEC(ZSTD(1)),
        version UInt64 CODEC(T64, ZSTD(1)),
        deleted UInt8 CODEC(ZSTD(1)),
        duration_ms Nullable(UInt64) ALIAS CAST(end_ms - start_ms, 'Nullable(UInt64)'),
        started_at DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(start_ms, 'UTC'),
        ended_at Nullable(DateTime64(3, 'UTC')) ALIAS fromUnixTimestamp64Milli(end_ms, 'UTC'),
        INDEX of_case case_id TYPE bloom_filter(0.01) GRANULARITY 1
      ) ENGINE = ReplacingMergeTree(version)
      PARTITION BY ${month('start_ms')}
      ORDER BY (process, stage, start_ms, case_id, ordinal)`,
    },
    {
      where: inOldOrder,
      sql: `INSERT INTO visits_by_time (${columns}) SELECT ${columns} FROM visits
        SETTINGS max_partitions_per_insert_block = 0`,
    },
    // In one step, and not by an exchange: said twice, it would put the old table back.
    { where: inOldOrder, sql: 'RENAME TABLE visits TO visits_by_case, visits_by_time TO visits' },
    'DROP TABLE IF EXISTS visits_by_case',
  ],
}
