import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { JournalEntry } from './entry.ts'
import { JournalError } from './journal-error.ts'

/*
 * A segment is a file of lines, `<first 16 hex digits of the SHA-256 of the rest> <JSON>`. The first line names the
 * format; each other is an array of the entries that were synced together. One group is under way at a time and JSON
 * has no line break of its own, so only the last line can be torn: a broken line with another behind it was damaged
 * after it had been written, and guessing what it held would be worse than stopping.
 */
const format = 'stagewatch-journal'
const formatVersion = 1
const newLine = 0x0a

const hashOf = (json: string) => createHash('sha256').update(json).digest('hex').slice(0, 16)

const lineOf = (json: string): Buffer => Buffer.from(`${hashOf(json)} ${json}\n`)

export const headerLine = (): Buffer => lineOf(JSON.stringify({ format, version: formatVersion }))

/** @param entries as JSON texts. */
export const groupLine = (entries: readonly string[]): Buffer => lineOf(`[${entries.join(',')}]`)

export type SegmentContents = {
  readonly entries: readonly JournalEntry[]
  /** Length of the whole lines; what lies behind is a torn one. */
  readonly goodBytes: number
  readonly tornBytes: number
}

/** @throws JournalError where a line other than the last is broken, or the format is not ours. */
export async function readSegment(path: string): Promise<SegmentContents> {
  const bytes = await readFile(path)
  const entries: JournalEntry[] = []
  let start = 0
  for (let line = 1; start < bytes.length; line++) {
    const end = bytes.indexOf(newLine, start)
    const value = end === -1 ? undefined : parseLine(bytes.toString('utf8', start, end))
    if (value === undefined) {
      if (end !== -1 && end + 1 < bytes.length) throw damaged(path, line, start)
      break
    }
    if (line === 1) checkHeader(path, value.parsed)
    else entries.push(...(value.parsed as JournalEntry[]))
    start = end + 1
  }
  // A segment gets its name only when its first lines are on disk.
  if (start === 0) throw damaged(path, 1, 0)
  return { entries, goodBytes: start, tornBytes: bytes.length - start }
}

function parseLine(line: string): { readonly parsed: unknown } | undefined {
  const json = line.slice(17)
  return line[16] === ' ' && line.slice(0, 16) === hashOf(json) ? { parsed: JSON.parse(json) } : undefined
}

function checkHeader(path: string, header: unknown): void {
  const { format: name, version } = header as { format?: unknown; version?: unknown }
  if (name === format && version === formatVersion) return
  throw new JournalError(
    `${path} is a journal of format ${String(name)} ${String(version)}, this release reads ${format} ${formatVersion}`,
    'Use the release that wrote it or a newer one.',
  )
}

const damaged = (path: string, line: number, byte: number) =>
  new JournalError(
    `${path} is damaged: line ${line} (byte ${byte}) does not match its checksum and others follow it`,
    'Restore the file from a backup. To go on without what it held from there on, move a copy away and cut it with ' +
      `"truncate -s ${byte} ${path}"${byte === 0 ? ', or remove it,' : ''}: alerts after that instant are then evaluated again.`,
  )
