import { randomBytes } from 'node:crypto'
import { tokenHash } from './static-tokens.ts'
import type { Visitor } from './visitor.ts'

export type SessionLimits = {
  /** A session that is not used for so long ends. An open stream uses it. */
  readonly idleMs: number
  /** A session ends so long after its start, whatever is done with it. */
  readonly absoluteMs: number
  /** Beyond it the one that was not used for longest ends. */
  readonly most: number
  /** Likewise, of those of one visitor. */
  readonly mostOfVisitor: number
}

export const defaultSessionLimits: SessionLimits = {
  idleMs: 8 * 3_600_000,
  absoluteMs: 24 * 3_600_000,
  most: 10_000,
  mostOfVisitor: 50,
}

type Session = {
  readonly visitor: Visitor
  readonly end: () => void
  readonly endsAt: number
  usedAt: number
  streams: number
}

const LOOKS_EVERY_MS = 1_000

/**
 * Who is signed in, by random ids of 256 bits of which only the hashes are kept. They are lost with the process: people
 * sign in again then. When one ends, what was opened by it closes.
 */
export class Sessions {
  readonly #limits: SessionLimits
  readonly #now: () => number
  /** By hash of the id, the one that was not used for longest first. */
  readonly #sessions = new Map<string, Session>()
  readonly #byVisitor = new WeakMap<Visitor, Session>()

  constructor(limits: SessionLimits, now: () => number) {
    this.#limits = limits
    this.#now = now
    setInterval(() => this.endExpired(), LOOKS_EVERY_MS).unref()
  }

  /** @param shown whose right to be here ends the session where it ends itself. @returns its id, which is told nobody else. */
  open(shown: Visitor): string {
    const id = randomBytes(32).toString('base64url')
    const key = keyOf(id)
    const ending = new AbortController()
    const end = () => {
      this.#sessions.delete(key)
      shown.ended.removeEventListener('abort', end)
      ending.abort()
    }
    shown.ended.addEventListener('abort', end)
    const { name, role, owners } = shown
    const visitor = { name, role, owners, ended: ending.signal }
    const now = this.#now()
    const session = { visitor, end, endsAt: now + this.#limits.absoluteMs, usedAt: now, streams: 0 }
    this.#makeRoomFor(name)
    this.#sessions.set(key, session)
    this.#byVisitor.set(visitor, session)
    return id
  }

  visitorOf(id: string): Visitor | undefined {
    const key = keyOf(id)
    const session = this.#sessions.get(key)
    if (session === undefined) return undefined
    if (this.#isOver(session)) {
      session.end()
      return undefined
    }
    session.usedAt = this.#now()
    this.#sessions.delete(key)
    this.#sessions.set(key, session)
    return session.visitor
  }

  end(id: string): void {
    this.#sessions.get(keyOf(id))?.end()
  }

  /** Keeps a visitor's session in use while he has a stream open; nothing where he came without one. @returns what ends that. */
  hold(visitor: Visitor): () => void {
    const session = this.#byVisitor.get(visitor)
    if (session === undefined) return () => {}
    session.streams += 1
    return () => {
      session.streams -= 1
      session.usedAt = this.#now()
    }
  }

  endExpired(): void {
    for (const session of [...this.#sessions.values()]) if (this.#isOver(session)) session.end()
  }

  get size(): number {
    return this.#sessions.size
  }

  #isOver({ endsAt, usedAt, streams }: Session): boolean {
    const now = this.#now()
    return now >= endsAt || (streams === 0 && now >= usedAt + this.#limits.idleMs)
  }

  #makeRoomFor(name: string): void {
    const own = [...this.#sessions.values()].filter(({ visitor }) => visitor.name === name)
    if (own.length >= this.#limits.mostOfVisitor) own[0]?.end()
    if (this.#sessions.size < this.#limits.most) return
    const [oldest] = this.#sessions.values()
    oldest?.end()
  }
}

const keyOf = (id: string): string => tokenHash(id).toString('base64')
