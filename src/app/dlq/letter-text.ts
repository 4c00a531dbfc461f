import { Buffer, isUtf8 } from 'node:buffer'
import { formatInstant, type Instant } from '../../event/instant.ts'
import type { KeptDeadLetter } from '../../store/queries/dead-letters.ts'
import { positionText } from './place.ts'

/** So much of a key or value is shown. */
const SHOWN_BYTES = 16_384
const HEX_BYTES_A_LINE = 16

/** Everything that is known of a dead letter, for a person. @param hex bytes as such, even where they are a text. */
export function letterText(letter: KeptDeadLetter, hex: boolean): string {
  const { process, reason, detail, timestamp, storedAt, redriven, headers = [], key, value } = letter
  const sent =
    redriven === undefined
      ? 'not yet'
      : `${formatInstant(redriven.at)}, as ${positionText({ ...letter, offset: redriven.offset })}`
  const lines = [
    positionText(letter),
    `process    ${process}`,
    `reason     ${reason}: ${printable(detail)}`,
    `time       ${timeText(timestamp) ?? 'none'}`,
    `kept       ${formatInstant(storedAt)}`,
    `sent back  ${sent}`,
    ...headers.map(([name, bytes]) => `header     ${printable(JSON.stringify(name))} = ${inOneLine(bytes)}`),
    `key        ${inOneLine(key)}`,
    value === null
      ? 'value      none'
      : `value      ${value.byteLength} bytes${hex || !isText(value) ? '' : ' of text'}`,
  ]
  return `${lines.join('\n')}\n${value === null ? '' : shown(value, hex)}`
}

export const letterJson = (letter: KeptDeadLetter) => ({
  position: positionText(letter),
  process: letter.process,
  reason: letter.reason,
  detail: letter.detail,
  timestamp: timeText(letter.timestamp) ?? null,
  kept_at: formatInstant(letter.storedAt),
  redriven_at: letter.redriven === undefined ? null : formatInstant(letter.redriven.at),
  redriven_as: letter.redriven === undefined ? null : positionText({ ...letter, offset: letter.redriven.offset }),
  headers: (letter.headers ?? []).map(([name, value]) => ({ name, ...bytesJson('value', value) })),
  ...bytesJson('key', letter.key),
  ...bytesJson('value', letter.value),
})

/** A producer may write any number. */
function timeText(at: Instant | undefined): string | undefined {
  if (at === undefined) return undefined
  return Math.abs(at) <= 8_640_000_000_000_000 ? formatInstant(at) : `${at} ms since the epoch`
}

/** As text where it is one, and always as base64. */
const bytesJson = (name: string, bytes: Uint8Array | null) => ({
  [name]: bytes !== null && isUtf8(bytes) ? textOf(bytes) : null,
  [`${name}_base64`]: bytes === null ? null : bufferOf(bytes).toString('base64'),
})

/** Whether it can be shown on a terminal: a producer's bytes could hold what moves the cursor, or worse. */
const isText = (bytes: Uint8Array): boolean => isUtf8(bytes) && !/[^\P{Cc}\t\n\r]/u.test(textOf(bytes))

/** A line that quotes a record. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, '\uFFFD')

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength)

const textOf = (bytes: Uint8Array): string => bufferOf(bytes).toString('utf8')

function inOneLine(bytes: Uint8Array | null): string {
  if (bytes === null) return 'none'
  const shortened = bytes.subarray(0, 256)
  const more = bytes.byteLength > shortened.byteLength ? ` … ${bytes.byteLength} bytes` : ''
  return `${isText(bytes) ? JSON.stringify(textOf(shortened)) : `0x${bufferOf(shortened).toString('hex')}`}${more}`
}

function shown(bytes: Uint8Array, hex: boolean): string {
  const first = bytes.subarray(0, SHOWN_BYTES)
  const text = hex || !isText(bytes) ? hexLines(first) : `${textOf(first)}\n`
  const left = bytes.byteLength - first.byteLength
  return left === 0 ? text : `${text}… ${left} more bytes; --json has all of them\n`
}

function hexLines(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let from = 0; from < bytes.byteLength; from += HEX_BYTES_A_LINE) {
    const line = bufferOf(bytes.subarray(from, from + HEX_BYTES_A_LINE))
    const pairs = line
      .toString('hex')
      .replace(/../g, '$& ')
      .padEnd(3 * HEX_BYTES_A_LINE)
    const letters = line.toString('latin1').replace(/[^\x20-\x7e]/g, '.')
    lines.push(`${from.toString(16).padStart(8, '0')}  ${pairs} ${letters}\n`)
  }
  return lines.join('')
}
