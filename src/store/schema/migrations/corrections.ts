import type { Migration } from './migration.ts'

/** When a visit was told otherwise than before, by the writer's clock: it had ended, or is no longer so. */
export const corrections: Migration = {
  number: 9,
  name: 'when visits were corrected',
  statements: [
    `ALTER TABLE visits
      ADD COLUMN IF NOT EXISTS corrected_at_ms Nullable(Int64) CODEC(ZSTD(1)) AFTER deleted,
      ADD COLUMN IF NOT EXISTS corrected_at Nullable(DateTime64(3, 'UTC')) ALIAS fromUnixTimestamp64Milli(corrected_at_ms, 'UTC')`,
  ],
}
