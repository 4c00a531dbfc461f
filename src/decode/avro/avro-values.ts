import { Buffer } from 'node:buffer'
import { AvroMismatch } from './avro-cursor.ts'

/** More digits are no number of a business, and turning them into decimal ones takes the square of their count. */
const MAX_DECIMAL_BYTES = 128

/** Of two's complement, the highest byte first: a JSON number with `scale` digits behind the point. */
export function decimalText(bytes: Uint8Array, scale: number): string {
  if (bytes.byteLength > MAX_DECIMAL_BYTES) throw new AvroMismatch(`a decimal has ${bytes.byteLength} bytes`)
  if (scale > 8 * MAX_DECIMAL_BYTES) throw new AvroMismatch(`a decimal has a scale of ${scale}`)
  const hex = bufferOf(bytes).toString('hex')
  const unscaled = hex === '' ? 0n : BigInt.asIntN(8 * bytes.byteLength, BigInt(`0x${hex}`))
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  return `${unscaled < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`
}

/** The fewest digits that stand for the number; of a float those that do so among floats. */
export function floatText(value: number, isSingle: boolean): string {
  if (!Number.isFinite(value)) return JSON.stringify(String(value))
  if (!isSingle) return String(value)
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits))
    if (Math.fround(shorter) === value) return String(shorter)
  }
  return String(Number(value.toPrecision(9)))
}

/** One character a byte. */
export const latinText = (bytes: Uint8Array): string => JSON.stringify(bufferOf(bytes).toString('latin1'))

export const uuidText = (bytes: Uint8Array): string =>
  JSON.stringify(
    bufferOf(bytes)
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
  )

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength)
