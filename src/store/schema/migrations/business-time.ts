import type { Migration } from './migration.ts'

export const businessTime: Migration = {
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
}
