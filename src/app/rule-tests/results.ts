import type { CheckResult } from './compare.ts'
import type { Coverage } from './coverage.ts'

export type TestResult = {
  readonly file: string
  readonly name: string
  readonly process: string
  readonly elapsedMs: number
  readonly checks: readonly CheckResult[]
  readonly rejected: Rejected
}

/** The records that could not be counted: a slip in a test, where it is not what the test is about. */
export type Rejected = { readonly count: number; readonly first: string | undefined }

export type TestsReport = {
  /** In the order in which they ran: by file, then as written. */
  readonly tests: readonly TestResult[]
  readonly coverage: Coverage
  readonly elapsedMs: number
}
