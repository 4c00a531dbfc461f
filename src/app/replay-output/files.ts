import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const chunkBytes = 65_536

/** Writes the lines as fast as the disk takes them, at most two chunks ahead of it. @returns how many they were. */
export async function writeLines(file: string, lines: Iterable<string>): Promise<number> {
  let count = 0
  function* chunks() {
    let chunk = ''
    for (const line of lines) {
      count++
      chunk += line
      if (chunk.length >= chunkBytes) {
        yield chunk
        chunk = ''
      }
    }
    if (chunk !== '') yield chunk
  }
  await pipeline(Readable.from(chunks(), { highWaterMark: 1 }), createWriteStream(file))
  return count
}
