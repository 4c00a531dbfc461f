/**
 * Files of newline-delimited JSON as a source that ends.
 *
 * Each file is one partition, its line numbers are the offsets. Bytes are read as a stream and handed over as views
 * into the chunks, so memory does not depend on the size of a file, nor on the length of a line. What cannot be read
 * ends the source with an error that says where and what to do; the lines before it have been handed over.
 */
import { createReadStream, type ReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Instant } from '../event/instant.ts'
import type { RecordBatch, SourceRecord, TopicPartition } from '../event/record.ts'
import { Completion } from './completion.ts'
import { type Line, LineSplitter } from './line-splitter.ts'
import { offsetIn, type Source, SourceError, type SourceListener } from './source.ts'

const CHUNK_BYTES = 256 * 1024

export type FileSourceSettings = {
  /** Paths of plain or gzip-compressed files, one for each partition, in the order of their numbers. */
  readonly files: readonly string[]
  /** The topic that the records shall count as. */
  readonly topic: string
  /** Events after it are in the future: the start of the run. */
  readonly notAfter: Instant
}

/** A source that can be asked how far it is. */
export type FileSource = Source & {
  /** Of all files together, as they lie on disk. */
  readonly bytesRead: () => number
}

/**
 * The offset of a record is its line number from 0; empty lines have a number and no record. A UTF-8 byte order mark
 * at the beginning is left out. Lines over 16 MiB are cut (see `MAX_LINE_BYTES`).
 */
export function openFileSource({ files, topic, notAfter }: FileSourceSettings): FileSource {
  const completion = new Completion()
  const streams: Readable[] = []
  const onDisk: ReadStream[] = []
  let stopped = false

  async function read(
    path: string,
    bytes: Readable,
    partition: TopicPartition,
    from: number,
    listener: SourceListener,
  ) {
    const splitter = new LineSplitter()
    const handOver = async (lines: readonly Line[]) => {
      const records = recordsFrom(lines, from, notAfter)
      if (records.length > 0 && !stopped) await listener.batch({ ...partition, records } satisfies RecordBatch)
    }
    let first = true
    const chunks = bytes[Symbol.asyncIterator]()
    for (;;) {
      const step = await chunks.next().catch(cause => {
        // Stopping destroys the stream under the reader's feet; that is no failure to read.
        if (stopped) return { done: true, value: undefined }
        throw unreadable(path, splitter.lines, cause)
      })
      if (step.done || stopped) break
      const chunk: Buffer = step.value
      await handOver(splitter.push(first ? withoutByteOrderMark(chunk) : chunk))
      first = false
    }
    if (stopped) return
    await handOver(splitter.end())
    if (!stopped) listener.end(partition, splitter.lines, splitter.lines)
  }

  return {
    finished: completion.promise,
    bytesRead: () => onDisk.reduce((sum, file) => sum + file.bytesRead, 0),
    async start(listener) {
      const to = files.join(', ')
      listener.state({ kind: 'connecting', to })
      const encodings = await Promise.all(files.map(encodingOf))
      const partitions = files.map((_, partition) => ({ topic, partition }))
      const offsets = await listener.assigned(partitions)
      listener.state({ kind: 'connected', to })
      const reading = partitions.map((partition, index) => {
        const path = files[index]!
        const file = createReadStream(path, { highWaterMark: CHUNK_BYTES })
        onDisk.push(file)
        const bytes = unpacked(file, encodings[index]!)
        streams.push(bytes)
        return read(path, bytes, partition, offsetIn(offsets, partition) ?? 0, listener)
      })
      Promise.all(reading).then(
        () => completion.resolve(),
        cause => {
          stopped = true
          for (const stream of streams) stream.destroy()
          completion.reject(cause)
        },
      )
    },
    async stop() {
      stopped = true
      for (const stream of streams) stream.destroy()
      completion.resolve()
    },
  }
}

function recordsFrom(lines: readonly Line[], from: number, notAfter: Instant): SourceRecord[] {
  const records: SourceRecord[] = []
  for (const { number, bytes } of lines) {
    if (number < from) continue
    records.push({ offset: number, key: null, value: bytes, timestamp: undefined, notAfter })
  }
  return records
}

const withoutByteOrderMark = (chunk: Buffer): Buffer =>
  chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? chunk.subarray(3) : chunk

function unpacked(file: ReadStream, encoding: 'plain' | 'gzip'): Readable {
  if (encoding === 'plain') return file
  // The error of either stream surfaces where the gunzipped bytes are read.
  return pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => {})
}

/** Compressions that people use for exports and that we do not read, by their first bytes. */
const foreignEncodings: readonly (readonly [name: string, remedy: string, magic: readonly number[]])[] = [
  ['zstd', 'unpack it first (zstd -d)', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', 'unpack it first (xz -d)', [0xfd, 0x37, 0x7a, 0x58]],
  ['bzip2', 'unpack it first (bzip2 -d)', [0x42, 0x5a, 0x68]],
  ['zip', 'unpack it first (unzip)', [0x50, 0x4b, 0x03, 0x04]],
]

/** Looks at the first bytes: a name may lie, and a missing file shall be known before anything is read. */
async function encodingOf(path: string): Promise<'plain' | 'gzip'> {
  let file: FileHandle | undefined
  try {
    file = await open(path)
    if ((await file.stat()).isDirectory()) {
      throw new SourceError({ problem: `input ${path} is a directory`, remedy: 'name the files in it' })
    }
    const head = Buffer.alloc(4)
    const { bytesRead } = await file.read(head, 0, head.length, 0)
    const startsWith = (magic: readonly number[]) =>
      magic.every((byte, index) => index < bytesRead && head[index] === byte)
    for (const [name, remedy, magic] of foreignEncodings) {
      if (startsWith(magic)) throw new SourceError({ problem: `input ${path} is ${name}-compressed`, remedy })
    }
    // A gzip file is never empty: a `.gz` without any byte is what a broken transfer leaves.
    return startsWith([0x1f, 0x8b]) || (bytesRead === 0 && path.endsWith('.gz')) ? 'gzip' : 'plain'
  } catch (cause) {
    throw cause instanceof SourceError ? cause : unopenable(path, cause)
  } finally {
    await file?.close()
  }
}

function unopenable(path: string, cause: unknown): SourceError {
  const code = codeOf(cause)
  if (code === 'ENOENT') {
    return new SourceError({ problem: `input ${path} does not exist`, remedy: 'check the path', cause })
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new SourceError({ problem: `input ${path} may not be read`, remedy: 'check its permissions', cause })
  }
  return new SourceError({
    problem: `input ${path} cannot be opened: ${textOf(cause)}`,
    remedy: 'check the path',
    cause,
  })
}

function unreadable(path: string, lines: number, cause: unknown): SourceError {
  const after = `after ${lines} complete lines`
  const code = codeOf(cause)
  if (code === 'Z_BUF_ERROR') {
    return new SourceError({
      problem: `input ${path} is cut off: its gzip data ends early, ${after}`,
      remedy: 'copy it again',
      cause,
    })
  }
  if (code === 'Z_DATA_ERROR') {
    return new SourceError({
      problem: `input ${path} is damaged: its gzip data cannot be unpacked ${after} (${textOf(cause)})`,
      remedy: 'copy it again',
      cause,
    })
  }
  return new SourceError({
    problem: `input ${path} cannot be read on ${after}: ${textOf(cause)}`,
    remedy: 'check the disk and the file',
    cause,
  })
}

const codeOf = (cause: unknown): unknown => (cause instanceof Error && 'code' in cause ? cause.code : undefined)

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
