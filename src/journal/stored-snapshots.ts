import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { SnapshotRows, StoredNumber } from '../store/writing/snapshot-rows.ts'
import { JournalError, messageOf } from './journal-error.ts'
import { contentOf, partsOf, SnapshotHash } from './snapshot-format.ts'
import type { DamagedSnapshot, LoadedSnapshot, Pace, Snapshots } from './snapshots.ts'

/*
 * Snapshots in ClickHouse, for machines that share no disk. The bytes are those of a file, cut into pieces; the header,
 * which has the checksum of all, comes as the last piece, and without it there is no snapshot.
 *
 * Whoever takes a shard over has to win over the one that had it, also where that one only slept and goes on writing. So
 * a number tells first the owner's generation, which every owner takes anew and above all that are there, before it
 * reads; then which of two that took the same at the same time; then the count of its snapshots:
 *
 *     generation (24 bits) · owner (16 bits) · count (24 bits, 0: nothing but the claim)
 *
 * What a former owner writes stands below, and goes with the next clean-up. Nothing of what is right depends on it: a
 * state holds its offsets and its rows, so from an older one the same follows, only later.
 */
const PIECE_BYTES = 1_048_576
/** So many are written or read with one statement. */
const PIECES_AT_ONCE = 4
const KEPT = 3
/** Cleaning up is a mutation of the table: not with every snapshot. */
const CLEAN_UP_EVERY = 4
const COUNT_BITS = 24n
const OWNER_BITS = 16n
const FIRST_RETRY_MS = 200
const LONGEST_RETRY_MS = 10_000

/** ClickHouse could not be asked. Nothing was kept, and the same may be tried again. */
export class SnapshotsAway extends JournalError {
  constructor(cause: unknown) {
    super(`a snapshot cannot be kept in ClickHouse (${messageOf(cause)})`, 'See to ClickHouse.', cause, true)
  }
}

/** Asks ClickHouse once, or until it answers. */
type Asking = <Answer>(ask: () => Promise<Answer>) => Promise<Answer>

/** How a snapshot is written. @see Snapshots.save */
type Terms = { readonly after: Promise<void>; readonly pace: Pace | undefined; readonly asking: Asking }

/** Of a name that is ours: what stands above the count, and the count of the last snapshot. */
type Claim = { readonly above: bigint; count: number }

export type StoredSnapshotsOptions = {
  /** Told why ClickHouse cannot be asked, when that begins; and, with nothing, when it is over. */
  readonly onAway: (problem: string | undefined) => void
}

/**
 * What is loaded is waited for as long as ClickHouse is away, as are snapshots of names that nobody has taken over. A
 * snapshot of a name that was taken over fails at once: it is followed by a newer one.
 */
export class StoredSnapshots implements Snapshots {
  readonly #rows: SnapshotRows
  readonly #onAway: StoredSnapshotsOptions['onAway']
  readonly #owner = BigInt(randomInt(2 ** Number(OWNER_BITS)))
  readonly #claims = new Map<string, Claim>()
  readonly #underWay = new Map<string, Promise<void>>()
  readonly #closing = new AbortController()
  /** Rejects then. */
  readonly #closed: Promise<never>
  #isAway = false

  constructor(rows: SnapshotRows, { onAway }: StoredSnapshotsOptions) {
    this.#rows = rows
    this.#onAway = onAway
    this.#closed = new Promise((_, reject) => {
      this.#closing.signal.addEventListener('abort', () => reject(new Error('the program ends')))
    })
    this.#closed.catch(() => {})
  }

  save(
    name: string,
    payload: unknown,
    pages: readonly Int32Array[] = [],
    after: Promise<void> = Promise.resolve(),
    pace?: Pace,
  ): Promise<void> {
    const parts = partsOf(name, payload, pages)
    const former = this.#underWay.get(name) ?? Promise.resolve()
    const claim = this.#claims.get(name)
    // A failed snapshot is its caller's to handle; the next one does not depend on it.
    const saved = former
      .catch(() => undefined)
      .then(async () => {
        if (claim !== undefined)
          return this.#write(name, claim, parts, { after, pace, asking: ask => this.#asking(ask) })
        const asking: Asking = ask => this.#untilAnswered(ask)
        const own = await asking(() => this.#newClaim(name))
        return this.#write(name, own, parts, { after, pace, asking })
      })
    this.#underWay.set(name, saved)
    return saved
  }

  async load(name: string): Promise<LoadedSnapshot> {
    await this.#underWay.get(name)?.catch(() => undefined)
    return this.#untilAnswered(() => this.#load(name))
  }

  async takeOver(name: string): Promise<LoadedSnapshot> {
    await this.#underWay.get(name)?.catch(() => undefined)
    return this.#untilAnswered(async () => {
      const claim = await this.#newClaim(name)
      await this.#rows.write(name, claim.above << COUNT_BITS, 0, [new Uint8Array(0)], 0)
      this.#claims.set(name, claim)
      return this.#load(name)
    })
  }

  /** What is under way fails, and nothing is tried again. */
  close(): void {
    this.#closing.abort()
  }

  /** Above all that is there. */
  async #newClaim(name: string): Promise<Claim> {
    const [newest] = await this.#rows.numbersOf(name)
    const generation = newest === undefined ? 0n : (newest.number >> (COUNT_BITS + OWNER_BITS)) + 1n
    return { above: (generation << OWNER_BITS) | this.#owner, count: 0 }
  }

  async #write(name: string, claim: Claim, parts: readonly Buffer[], { after, pace, asking }: Terms): Promise<void> {
    const number = (claim.above << COUNT_BITS) | BigInt(++claim.count)
    const hash = new SnapshotHash()
    const pieces = new Pieces()
    let written = 0
    let since = performance.now()
    for (const part of parts) {
      pieces.add(hash.add(part))
      // A large part is not copied at once.
      for (let at = 0; at < part.length || at === 0; at += PIECE_BYTES) {
        pieces.add(part.subarray(at, at + PIECE_BYTES))
        if (pieces.whole < PIECES_AT_ONCE) continue
        const some = pieces.takeWhole()
        const first = written
        const acknowledged = asking(() => this.#rows.write(name, number, first, some, 0))
        const busyMs = performance.now() - since
        await acknowledged
        written += some.length
        await pace?.rest(busyMs)
        since = performance.now()
      }
    }
    const last = [...pieces.takeAll(), hash.header()]
    // Without its last piece it is no snapshot yet.
    await after
    await asking(() => this.#rows.write(name, number, written, last, written + last.length))
    if (claim.count % CLEAN_UP_EVERY === 1) await asking(() => this.#cleanUp(name))
  }

  async #cleanUp(name: string): Promise<void> {
    const numbers = await this.#rows.numbersOf(name)
    const oldest = numbers.filter(isWhole)[KEPT - 1]
    if (oldest === undefined || oldest === numbers.at(-1)) return
    await this.#rows.removeBelow(name, oldest.number)
  }

  async #load(name: string): Promise<LoadedSnapshot> {
    const damaged: DamagedSnapshot[] = []
    for (const stored of await this.#rows.numbersOf(name)) {
      // Without its last piece it was never written to the end.
      if (stored.pieces === 0) continue
      const bytes = await this.#bytesOf(name, stored)
      try {
        return { kind: 'loaded', ...contentOf(name, bytes), damaged }
      } catch (error) {
        damaged.push({ file: `${name} number ${stored.number} in ClickHouse`, problem: messageOf(error) })
      }
    }
    return { kind: 'none', damaged }
  }

  async #bytesOf(name: string, { number, pieces }: StoredNumber): Promise<Buffer> {
    const found: Buffer[] = []
    for (let first = 0; first < pieces; first += PIECES_AT_ONCE) {
      found.push(...(await this.#rows.read(name, number, first, PIECES_AT_ONCE)))
    }
    const header = found.pop() ?? Buffer.alloc(0)
    return Buffer.concat([header, ...found])
  }

  /** @throws SnapshotsAway */
  async #asking<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await Promise.race([ask(), this.#closed])
      if (this.#isAway) this.#onAway(undefined)
      this.#isAway = false
      return answer
    } catch (error) {
      if (!this.#isAway && !this.#closing.signal.aborted) this.#onAway(messageOf(error))
      this.#isAway = true
      throw new SnapshotsAway(error)
    }
  }

  /** @throws SnapshotsAway only once closed. */
  async #untilAnswered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS)) {
      try {
        return await this.#asking(ask)
      } catch (error) {
        // The wait fails only by the close.
        const waited = await wait(retryMs, true, { signal: this.#closing.signal }).catch(() => false)
        if (!waited) throw error
      }
    }
  }
}

const isWhole = ({ pieces, found }: StoredNumber): boolean => pieces > 0 && found === pieces

/** Cuts what is added into pieces of one size. */
class Pieces {
  #waiting: Buffer[] = []
  #bytes = 0

  /** How many whole ones there are. */
  get whole(): number {
    return Math.floor(this.#bytes / PIECE_BYTES)
  }

  add(bytes: Buffer): void {
    this.#waiting.push(bytes)
    this.#bytes += bytes.length
  }

  takeWhole(): Buffer[] {
    const all = Buffer.concat(this.#waiting, this.#bytes)
    const end = this.whole * PIECE_BYTES
    this.#waiting = [all.subarray(end)]
    this.#bytes = all.length - end
    return cut(all.subarray(0, end))
  }

  takeAll(): Buffer[] {
    return cut(Buffer.concat(this.#waiting, this.#bytes))
  }
}

function cut(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) pieces.push(bytes.subarray(at, at + PIECE_BYTES))
  return pieces
}
