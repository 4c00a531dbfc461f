import { createHash } from 'node:crypto'
import { deserialize, serialize } from 'node:v8'

/*
 * A snapshot is one object, wherever it is kept:
 *
 *      0  magic (8 bytes), version of the format (4), length of all parts (8), their SHA-256 (32)
 *     52  parts, each of them its length (8 bytes) and its bytes: its name, the payload, then the pages
 *
 * The name is in it so that a snapshot that lies under another's name is known for what it is. The payload is in V8's own
 * serialization, which keeps Maps, typed arrays and BigInts. Pages are large typed arrays of it that nobody writes to any
 * more: they are hashed and written one by one, so a state of gigabytes holds up nobody.
 */
const magic = Buffer.from('SWSNAPSH', 'latin1')
const formatVersion = 4
export const HEADER_BYTES = 52
const LENGTH_BYTES = 8

/** What a snapshot is made of, taken as it is at the call. @param pages to be left alone from now on. */
export const partsOf = (name: string, payload: unknown, pages: readonly Int32Array[]): readonly Buffer[] => [
  Buffer.from(name, 'utf8'),
  serialize(payload),
  ...pages.map(bytesOf),
]

/** Takes the parts one after the other and says what stands before them in the file, and what above. */
export class SnapshotHash {
  readonly #hash = createHash('sha256')
  #length = 0

  /** @returns the bytes that stand before the part. */
  add(part: Buffer): Buffer {
    const head = Buffer.alloc(LENGTH_BYTES)
    head.writeBigUInt64LE(BigInt(part.length))
    this.#hash.update(head).update(part)
    this.#length += head.length + part.length
    return head
  }

  /** Once, after the last part. */
  header(): Buffer {
    const header = Buffer.alloc(HEADER_BYTES)
    magic.copy(header)
    header.writeUInt32LE(formatVersion, 8)
    header.writeBigUInt64LE(BigInt(this.#length), 12)
    this.#hash.digest().copy(header, 20)
    return header
  }
}

export type SnapshotContent = { readonly payload: unknown; readonly pages: readonly Int32Array[] }

/** @throws Error that says what is wrong where the bytes are not those that were written under this name. */
export function contentOf(name: string, bytes: Buffer): SnapshotContent {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(magic)) throw new Error('it is no snapshot')
  const version = bytes.readUInt32LE(8)
  if (version !== formatVersion) throw new Error(`its format is ${version}, this release reads ${formatVersion}`)
  const body = bytes.subarray(HEADER_BYTES)
  if (bytes.readBigUInt64LE(12) !== BigInt(body.length))
    throw new Error('its length is not the one it was written with')
  if (!createHash('sha256').update(body).digest().equals(bytes.subarray(20, HEADER_BYTES))) {
    throw new Error('it does not match its checksum')
  }
  const [own, payload, ...pages] = split(body)
  if (own === undefined || payload === undefined) throw new Error('it is empty')
  if (own.toString('utf8') !== name) throw new Error(`it is the snapshot of ${own.toString('utf8')}`)
  // Typed arrays that are read from a buffer may lie in it: in a copy, so that they do not keep all of the bytes.
  return { payload: deserialize(Buffer.from(payload)), pages: pages.map(wordsOf) }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Int32Array): Buffer => Buffer.from(buffer, byteOffset, byteLength)

function split(body: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; ) {
    const end = at + LENGTH_BYTES + Number(body.readBigUInt64LE(at))
    parts.push(body.subarray(at + LENGTH_BYTES, end))
    at = end
  }
  return parts
}

/** Copied: words are written to, and lie where words may lie. */
function wordsOf(bytes: Buffer): Int32Array {
  const words = new Int32Array(bytes.length / 4)
  bytes.copy(Buffer.from(words.buffer))
  return words
}
