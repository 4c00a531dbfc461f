import type { Instant } from '../event/instant.ts'

/** One of the cases that have been open in a stage for longest. */
export type OldestCase = {
  /** Its id, the first 200 characters of it. */
  readonly case: string
  readonly enteredAt: Instant
  /** In the stage's own time. */
  readonly ageMs: number
  /** Absent: it is never due. */
  readonly due?: Instant
  /** P(late), or the range in which it lies; absent: it is never due. */
  readonly late?: { readonly low: number; readonly high: number }
}

/** The cases that are open in a rule's stage and segment at an evaluation. */
export type OpenCases = {
  readonly open: number
  /** The first five by their entry, then by their id. */
  readonly oldest: readonly OldestCase[]
  /** Absent: none is ever due. */
  readonly overdue?: number
  /** How many will probably be late, those that are included; absent: none is ever due. */
  readonly probablyLate?: { readonly low: number; readonly high: number }
  /** Absent: none of them says what it is worth. */
  readonly atStake?: MoneyAtStake
}

export type MoneyAtStake = {
  /** A decimal number with all its digits: the sum may have more of them than a double. */
  readonly amount: string
  readonly currency?: string
  /** So many of the open cases say what they are worth. */
  readonly cases: number
}

/** A whole number of 10^−decimals as a decimal text: 1230050 at 2 decimals is `12300.50`. */
export function decimalText(scaled: bigint, decimals: number): string {
  const digits = String(scaled < 0n ? -scaled : scaled).padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const sign = scaled < 0n ? '-' : ''
  return decimals === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-decimals)}`
}
