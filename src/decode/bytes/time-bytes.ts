import { parseIsoInstant } from '../../event/iso-instant.ts'
import { decimalsToMs, type EpochUnit, epochInstant, FURTHEST_MS } from '../time-field.ts'
import { readAmount } from './amount-bytes.ts'
import { InstantBytes } from './instant-bytes.ts'
import { type MemberScanner, NUMBER, TEXT_VALUE } from './member-scanner.ts'
import { textAt } from './token-value.ts'

/** The instant of a scanned record. */
export class TimeBytes {
  /** One instant in ms: as a returned number each would cost an object. */
  readonly found: Float64Array
  readonly #field: number
  readonly #unit: EpochUnit | undefined
  readonly #timezone: string | undefined
  readonly #iso = new InstantBytes()

  constructor(field: number, unit: EpochUnit | undefined, timezone: string | undefined) {
    this.#field = field
    this.#unit = unit
    this.#timezone = timezone
    this.found = this.#iso.found
  }

  /** @returns whether there is one; why not is for others to say. */
  read(scanner: MemberScanner): boolean {
    const kind = scanner.kinds[this.#field]
    const from = scanner.from[this.#field] as number
    const to = scanner.to[this.#field] as number
    if (this.#unit !== undefined) {
      return (kind === NUMBER || kind === TEXT_VALUE) && this.#readEpoch(scanner, from, to, this.#unit)
    }
    if (kind !== TEXT_VALUE) return false
    return (
      this.#iso.read(scanner.record, from, to) ||
      this.#take(parseIsoInstant(textAt(scanner, this.#field), this.#timezone))
    )
  }

  #readEpoch(scanner: MemberScanner, from: number, to: number, unit: EpochUnit): boolean {
    const isWhole = readAmount(scanner.record.bytes, from, to, decimalsToMs[unit], this.found, 0)
    if (isWhole && Math.abs(this.found[0] as number) <= FURTHEST_MS) return true
    return this.#take(epochInstant(textAt(scanner, this.#field), unit))
  }

  #take(at: number | undefined): boolean {
    if (at === undefined) return false
    this.found[0] = at
    return true
  }
}
