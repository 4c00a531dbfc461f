import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

/*
 * A spill file is a sequence of frames. The content of the first says what the file is, as JSON: format, version, table and
 * columns; that of each other one is some rows, as the lines in which they are inserted. A frame begins with
 *
 *     <length of the content, 4 bytes> <rows, 4 bytes> <check of these, 8 bytes> <check of the content, 16 bytes>
 *
 * numbers with the lowest byte first, the checks being the beginnings of SHA-256. What was synced frame by frame can be torn
 * only behind its last frame: there the file ends too early, or the system had made room that was never filled, which reads
 * as zeros. All else that does not match its check was changed after somebody had relied on it.
 */
const HEAD_BYTES = 32
const NUMBERS_BYTES = 8
const CONTENT_CHECK_FROM = 16

const FORMAT = 'stagewatch-spill'
const VERSION = 1

/** What the rows of a file are inserted into. */
export type SpilledTable = { readonly name: string; readonly columns: readonly string[] }

/** A frame to be written: its head, its content. */
export function frameOf(content: Buffer, rows: number): [head: Buffer, content: Buffer] {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32LE(content.length, 0)
  head.writeUInt32LE(rows, 4)
  checkOf(head.subarray(0, NUMBERS_BYTES)).copy(head, NUMBERS_BYTES, 0, CONTENT_CHECK_FROM - NUMBERS_BYTES)
  checkOf(content).copy(head, CONTENT_CHECK_FROM, 0, HEAD_BYTES - CONTENT_CHECK_FROM)
  return [head, content]
}

/** The first frame of a file. */
export const openingOf = ({ name, columns }: SpilledTable): [head: Buffer, content: Buffer] =>
  frameOf(Buffer.from(JSON.stringify({ format: FORMAT, version: VERSION, table: name, columns })), 0)

/** Where a frame lies, by its head. */
export type FrameAt = {
  readonly rows: number
  readonly from: number
  readonly end: number
  readonly check: Buffer
}

/**
 * What begins at a byte of a file: a frame, at least by its head; nothing more, but for what is torn; or what cannot be
 * told, so that nothing behind it can be read either.
 */
export type FrameFound = FrameAt | { readonly tornBytes: number } | 'unreadable'

/** @param size of the file. */
export async function frameAt(file: FileHandle, at: number, size: number): Promise<FrameFound> {
  if (size - at < HEAD_BYTES) return { tornBytes: size - at }
  const head = await read(file, at, HEAD_BYTES)
  const check = checkOf(head.subarray(0, NUMBERS_BYTES)).subarray(0, CONTENT_CHECK_FROM - NUMBERS_BYTES)
  if (!check.equals(head.subarray(NUMBERS_BYTES, CONTENT_CHECK_FROM))) {
    return (await isEmptyFrom(file, at, size)) ? { tornBytes: size - at } : 'unreadable'
  }
  const from = at + HEAD_BYTES
  const end = from + head.readUInt32LE(0)
  if (end > size) return { tornBytes: size - at }
  return { rows: head.readUInt32LE(4), from, end, check: head.subarray(CONTENT_CHECK_FROM) }
}

/** @returns 'torn' where it is the last one and was not written as a whole; undefined where it was changed otherwise. */
export async function contentOf(
  file: FileHandle,
  { from, end, check }: FrameAt,
  size: number,
): Promise<Buffer | 'torn' | undefined> {
  const content = await read(file, from, end - from)
  if (checkOf(content).subarray(0, check.length).equals(check)) return content
  // Text has no zeros.
  return end === size && content.includes(emptySector) ? 'torn' : undefined
}

/**
 * @param known what rows can be inserted into.
 * @throws Error where the file is none of ours, of another version, or of a table or a column that there is none of.
 */
export function tableOf(opening: Buffer, known: readonly SpilledTable[]): SpilledTable {
  const said = JSON.parse(opening.toString()) as { format: unknown; version: unknown; table: string; columns: string[] }
  if (said.format !== FORMAT || said.version !== VERSION) {
    throw new Error(`it is of format ${String(said.format)} ${String(said.version)}, not ${FORMAT} ${VERSION}`)
  }
  const table = known.find(({ name }) => name === said.table)
  const unknown = said.columns.filter(column => table?.columns.includes(column) !== true)
  if (unknown.length > 0) throw new Error(`this release does not know ${unknown.join(', ')} of ${said.table}`)
  return { name: said.table, columns: said.columns }
}

const emptySector = Buffer.alloc(512)

const checkOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

async function read(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, at + done)
    if (bytesRead === 0) throw new Error('it became shorter while it was read')
    done += bytesRead
  }
  return bytes
}

const LOOKED_AT_ONCE = 65_536

async function isEmptyFrom(file: FileHandle, at: number, size: number): Promise<boolean> {
  for (let from = at; from < size; from += LOOKED_AT_ONCE) {
    const bytes = await read(file, from, Math.min(LOOKED_AT_ONCE, size - from))
    if (bytes.some(byte => byte !== 0)) return false
  }
  return true
}
