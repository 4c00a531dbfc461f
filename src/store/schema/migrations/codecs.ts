import type { Migration } from './migration.ts'

const rising = 'CODEC(Delta, ZSTD(1))'
const counted = 'CODEC(T64, ZSTD(1))'
const plain = 'CODEC(ZSTD(1))'

const alter = (table: string, columns: readonly string[]) =>
  `ALTER TABLE ${table} ${columns.map(column => `MODIFY COLUMN ${column}`).join(', ')}`

/*
 * Measured on 1.9 million panes of 10 s (5 stages, 9 series each): 13 bytes a row instead of 34, and as quick to read.
 * The codecs are those of parts written from now on; older ones take them when they are merged.
 */
export const codecs: Migration = {
  number: 5,
  name: 'smaller panes',
  statements: [
    alter('panes', [
      ...['start_ms Int64', 'end_ms Int64', 'version UInt64'].map(column => `${column} ${rising}`),
      ...['entered', 'exited', 'abandoned', 'expired', 'reworked', 'breached'].map(name => `${name} UInt64 ${counted}`),
      ...['zero_count UInt64', 'business_zero_count UInt64'].map(column => `${column} ${counted}`),
      ...['partition UInt32', 'sum_ms UInt64', 'min_ms Nullable(UInt64)', 'max_ms Nullable(UInt64)'].map(
        column => `${column} ${plain}`,
      ),
      ...['business_sum_ms', 'business_min_ms', 'business_max_ms'].map(name => `${name} Nullable(UInt64) ${plain}`),
      ...['buckets', 'business_buckets'].map(name => `${name} Map(Int32, UInt64) ${plain}`),
    ]),
    alter('measure_panes', [
      ...['start_ms Int64', 'end_ms Int64', 'version UInt64'].map(column => `${column} ${rising}`),
      ...['count UInt64', 'zero_count UInt64'].map(column => `${column} ${counted}`),
      ...['partition UInt32', 'sum Int128', 'min Nullable(Int64)', 'max Nullable(Int64)'].map(
        column => `${column} ${plain}`,
      ),
      `distinct_values Nullable(UInt64) ${plain}`,
      ...['buckets', 'negative_buckets'].map(name => `${name} Map(Int32, UInt64) ${plain}`),
    ]),
    alter('alert_transitions', [`summary String ${plain}`, `explanation String ${plain}`]),
    'ALTER TABLE dead_letters MODIFY COLUMN value Nullable(String) DEFAULT base64Decode(value_base64) CODEC(ZSTD(1))',
  ],
}
