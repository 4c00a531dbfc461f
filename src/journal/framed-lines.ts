import { createHash } from 'node:crypto'
import { JournalError } from './journal-error.ts'

/*
 * Files of this station are lines:
 *
 *     <length of the JSON in bytes> <check of the length> <check of the JSON> <JSON>
 *
 * the first three as hex digits, the checks being the beginnings of SHA-256. The first line names the format; each other
 * holds what was synced together. One line is under way at a time, so only the last one can be torn. It is, where it is
 * shorter than its own length says (the process was killed while it wrote), or where a whole sector of it is zeros (the
 * power failed before every sector was on disk; text has no zeros). A line that is all there and does not match its
 * checks was changed after it had been acknowledged, the last one as much as any other: guessing what it held, or taking
 * it for torn, would lose in silence what somebody relies on, so that is refused.
 *
 * The length has a check of its own because a damaged length would make a whole line look like a torn one.
 */
const LENGTH_DIGITS = 8
const HEAD_BYTES = 35
const SECTOR_BYTES = 512
const NEW_LINE = 0x0a

export type FileFormat = { readonly name: string; readonly version: number }

const hashOf = (text: string | Uint8Array, digits: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, digits)

/** @param json one value, without a line break of its own. */
export function lineOf(json: string): Buffer {
  const bytes = Buffer.from(json)
  const length = bytes.length.toString(16).padStart(LENGTH_DIGITS, '0')
  const head = `${length} ${hashOf(length, 8)} ${hashOf(bytes, 16)} `
  return Buffer.concat([Buffer.from(head), bytes, Buffer.of(NEW_LINE)])
}

/** The first line of a file; `more` may say what the file is about. */
export const headerLine = ({ name, version }: FileFormat, more: object = {}): Buffer =>
  lineOf(JSON.stringify({ format: name, version, ...more }))

/** One line of a file: its value, and where it lies. */
export type FramedLine = { readonly value: unknown; readonly start: number; readonly end: number }

export type Lines = {
  /** What the first line says. */
  readonly header: { readonly [name: string]: unknown }
  /** All after the first. */
  readonly lines: readonly FramedLine[]
  /** Length of the whole lines; what lies behind is a torn one. */
  readonly goodBytes: number
  readonly tornBytes: number
}

/** How a damaged file is spoken of. */
export type FileWords = {
  readonly path: string
  /** What cutting the file at the damage means: `alerts after that instant are then evaluated again`. */
  readonly ifCut: string
}

/** @throws JournalError where a line was changed after it had been written, or the file is of another format. */
export function readLines(bytes: Buffer, format: FileFormat, words: FileWords): Lines {
  const lines: FramedLine[] = []
  let start = 0
  while (start < bytes.length) {
    const line = lineAt(bytes, start)
    if (line === undefined) {
      if (start === 0) refuseFirstFormat(bytes, format, words.path)
      // A file gets its name only when its first line is on disk.
      if (start === 0 || !isTorn(bytes, start)) throw damaged(words, lines.length + 1, start)
      break
    }
    if (start === 0) checkFormat(line.value, format, words.path)
    lines.push(line)
    start = line.end
  }
  const [header, ...rest] = lines
  if (header === undefined) throw damaged(words, 1, 0)
  return {
    header: header.value as Lines['header'],
    lines: rest,
    goodBytes: start,
    tornBytes: bytes.length - start,
  }
}

/** @returns undefined where no whole line with its checks begins there. */
export function lineAt(bytes: Buffer, start: number): FramedLine | undefined {
  const length = lengthAt(bytes, start)
  if (length === undefined) return undefined
  const from = start + HEAD_BYTES
  const end = from + length + 1
  if (end > bytes.length || bytes[end - 1] !== NEW_LINE) return undefined
  const json = bytes.subarray(from, end - 1)
  if (bytes.toString('latin1', from - 17, from - 1) !== hashOf(json, 16)) return undefined
  return { value: JSON.parse(json.toString()), start, end }
}

/** @returns undefined where the head is not whole, or does not match its own check. */
function lengthAt(bytes: Buffer, start: number): number | undefined {
  if (bytes.length - start < HEAD_BYTES) return undefined
  const [length = '', check, , rest] = bytes.toString('latin1', start, start + HEAD_BYTES).split(' ')
  return rest === '' && check === hashOf(length, 8) ? Number.parseInt(length, 16) : undefined
}

function isTorn(bytes: Buffer, start: number): boolean {
  const length = lengthAt(bytes, start)
  const end = start + HEAD_BYTES + (length ?? 0) + (length === undefined ? 0 : 1)
  if (end > bytes.length) return true
  if (length !== undefined && end < bytes.length) return false
  return hasEmptySector(bytes, start) && !hasWholeLine(bytes, start)
}

function hasEmptySector(bytes: Buffer, start: number): boolean {
  for (let sector = start - (start % SECTOR_BYTES); sector < bytes.length; sector += SECTOR_BYTES) {
    if (bytes.subarray(Math.max(start, sector), sector + SECTOR_BYTES).every(byte => byte === 0)) return true
  }
  return false
}

function hasWholeLine(bytes: Buffer, after: number): boolean {
  for (let at = bytes.indexOf(NEW_LINE, after); at !== -1; at = bytes.indexOf(NEW_LINE, at + 1)) {
    if (lineAt(bytes, at + 1) !== undefined) return true
  }
  return false
}

function checkFormat(header: unknown, { name, version }: FileFormat, path: string): void {
  const found = header as { format?: unknown; version?: unknown }
  if (found.format === name && found.version === version) return
  throw new JournalError(
    `${path} is of format ${String(found.format)} ${String(found.version)}, this release reads ${name} ${version}`,
    'Use the release that wrote it or a newer one.',
  )
}

/** Lines of the first format had one check; nothing of it was ever released. */
function refuseFirstFormat(bytes: Buffer, { name, version }: FileFormat, path: string): void {
  if (!bytes.toString('latin1', 16, 80).startsWith(` {"format":"${name}","version":1}\n`)) return
  throw new JournalError(
    `${path} is of format ${name} 1, this release reads ${name} ${version}`,
    'Use the release that wrote it, or remove the file: alerts under way then begin anew.',
  )
}

export function damaged({ path, ifCut }: FileWords, line: number, byte: number): JournalError {
  const cut = byte === 0 ? 'remove it' : `cut it with "truncate -s ${byte} ${path}"`
  return new JournalError(
    `${path} is damaged: line ${line} (byte ${byte}) does not match its checksum`,
    `Restore the file from a backup. To go on without what it held from there on, move a copy away and ${cut}: ${ifCut}.`,
  )
}
