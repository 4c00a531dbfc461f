import { StoreError } from '../store-error.ts'

/** Whether a disk, ours or the server's, had no room for what was to be written. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') return true
  return fullDiskWords.test(error.message) || isDiskFull(error.cause)
}

/** As Node, the system and ClickHouse (code 243) put it. */
const fullDiskWords = /\bENOSPC\b|\bEDQUOT\b|No space left on device|Disk quota exceeded|\bNOT_ENOUGH_SPACE\b/

/** What a person is told of a batch that was refused. */
export function whyRefused(error: unknown): string {
  if (error instanceof StoreError || !(error instanceof Error))
    return String(error instanceof Error ? error.message : error)
  if (!isDiskFull(error)) return error.message
  return `the store's disk is full: make room on it, what waits is written as soon as there is some (${error.message})`
}
