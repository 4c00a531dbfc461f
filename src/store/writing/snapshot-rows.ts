import { type Instant, instant } from '../../event/instant.ts'
import type { ReadingConnection, StoreConnection } from '../clickhouse/connection.ts'

/** One snapshot of a name, as far as it is there. */
export type StoredNumber = {
  readonly number: bigint
  /** How many pieces it has; 0: the last one, which says so, was never written. */
  readonly pieces: number
  /** How many of them are there. */
  readonly found: number
}

/**
 * The rows of the table `snapshots`: pieces of bounded size, numbered. The last piece of a snapshot says how many there
 * are; until it is there, the others are none.
 */
export class SnapshotRows {
  readonly #writing: StoreConnection
  readonly #reading: ReadingConnection

  constructor(writing: StoreConnection, reading: ReadingConnection) {
    this.#writing = writing
    this.#reading = reading
  }

  /** Highest number first. */
  async numbersOf(name: string): Promise<StoredNumber[]> {
    const rows = await this.#reading.rows<{ snapshot: string; pieces: string; found: string }>(
      `SELECT toString(number) AS snapshot, toString(max(parts)) AS pieces, toString(uniqExact(part)) AS found
      FROM snapshots WHERE name = {name:String} GROUP BY number ORDER BY number DESC`,
      { name },
    )
    return rows.map(({ snapshot, pieces, found }) => ({
      number: BigInt(snapshot),
      pieces: Number(pieces),
      found: Number(found),
    }))
  }

  /** When the newest whole snapshot of a name was written, by the store's clock; undefined: there is none. */
  async savedAt(name: string): Promise<Instant | undefined> {
    const [row] = await this.#reading.rows<{ saved: number }>(
      `SELECT toUnixTimestamp(max(stored_at)) AS saved FROM snapshots WHERE name = {name:String} AND parts > 0`,
      { name },
    )
    return row === undefined || row.saved === 0 ? undefined : instant(row.saved * 1_000)
  }

  /**
   * Resolves when the pieces are acknowledged.
   *
   * @param first number of the first of `contents` among the snapshot's pieces.
   * @param pieces how many the snapshot has, where the last of them is among these; else 0.
   */
  async write(
    name: string,
    number: bigint,
    first: number,
    contents: readonly Uint8Array[],
    pieces: number,
  ): Promise<void> {
    const lines = contents.map((content, index) => {
      const base64 = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64')
      const isLast = pieces > 0 && index === contents.length - 1
      // A number of 64 bits would lose its last ones on the way through a JSON number of ours.
      return `[${JSON.stringify(name)},"${number}",${first + index},${isLast ? pieces : 0},"${base64}"]\n`
    })
    await this.#writing.insert(
      'snapshots',
      ['name', 'number', 'part', 'parts', 'content_base64'],
      Buffer.from(lines.join('')),
    )
  }

  /** Pieces `first … first + count − 1`, as far as they are there. */
  async read(name: string, number: bigint, first: number, count: number): Promise<Buffer[]> {
    const rows = await this.#reading.rows<{ base64: string }>(
      `SELECT base64Encode(content) AS base64 FROM snapshots
      WHERE name = {name:String} AND number = {number:UInt64} AND part >= {first:UInt32} AND part < {end:UInt32}
      ORDER BY part LIMIT 1 BY part`,
      { name, number: number.toString(), first, end: first + count },
    )
    return rows.map(({ base64 }) => Buffer.from(base64, 'base64'))
  }

  async removeBelow(name: string, number: bigint): Promise<void> {
    await this.#writing.command('DELETE FROM snapshots WHERE name = {name:String} AND number < {number:UInt64}', {
      name,
      number: number.toString(),
    })
  }
}
