/**
 * Many simulated companies at the price of one: the same orders under other names.
 *
 * Drawing an order's life takes longer than all else that is done with its records, and two hours of orders have to be
 * drawn before the first record. So a high rate is made of companies that do the same at the same time.
 */
import type { SourceRecord } from '../event/record.ts'

/** An order's id is `O-…`; of the others both characters are other ones. */
export const MOST_COMPANIES = 36 * 36

const idAt = '{"order_id":"'.length
const eventIdAfter = '","event_id":"'.length

const digits = Buffer.from('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ')

/**
 * What a company of these writes where the first writes `record`.
 *
 * @param record of a simulated stream.
 * @param company from 0, the first itself, below `MOST_COMPANIES`.
 */
export function asOfCompany({ key, value }: SourceRecord, company: number): { key: Uint8Array; value: Uint8Array } {
  if (key === null || value === null) throw new RangeError('a simulated record has a key and a value')
  if (company === 0) return { key, value }
  const copy = new Uint8Array(value)
  const first = digits[Math.floor(company / digits.length)] as number
  const second = digits[company % digits.length] as number
  for (const at of [idAt, idAt + key.length + eventIdAfter]) {
    copy[at] = first
    copy[at + 1] = second
  }
  return { key: copy.subarray(idAt, idAt + key.length), value: copy }
}
