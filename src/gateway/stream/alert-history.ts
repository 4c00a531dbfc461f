import { randomUUID } from 'node:crypto'
import type { Edition } from './edition.ts'

/** Up to where somebody has heard all alerts. */
export type Position = {
  /** undefined: of whichever run of the server. */
  readonly epoch: string | undefined
  readonly offset: number
}

/**
 * The newest alerts that were pushed, so that whoever was away for a while gets what he missed. It is a cache and no
 * source of truth: where it does not reach back far enough it says so, and never gives a part.
 */
export class AlertHistory {
  /** Names this run of the server: offsets of another one mean nothing here. */
  readonly epoch = randomUUID()
  readonly #mostAlerts: number
  readonly #mostBytes: number
  #editions: Edition[] = []
  #bytes = 0
  #offset = 0

  constructor({ historyAlerts, historyBytes }: { readonly historyAlerts: number; readonly historyBytes: number }) {
    this.#mostAlerts = historyAlerts
    this.#mostBytes = historyBytes
  }

  /** Of the newest; 0: there was none. */
  get offset(): number {
    return this.#offset
  }

  /** @param editionAt makes it, given its offset. */
  add(editionAt: (offset: number) => Edition): Edition {
    this.#offset += 1
    const edition = editionAt(this.#offset)
    this.#editions.push(edition)
    this.#bytes += edition.body.length
    while (this.#editions.length > this.#mostAlerts || this.#bytes > this.#mostBytes) {
      this.#bytes -= (this.#editions.shift() as Edition).body.length
    }
    return edition
  }

  /** All alerts after a position; undefined: they are not all known here. */
  since({ epoch, offset }: Position): readonly Edition[] | undefined {
    if (epoch !== undefined && epoch !== this.epoch) return undefined
    const missed = this.#offset - offset
    if (missed < 0 || missed > this.#editions.length) return undefined
    return this.#editions.slice(this.#editions.length - missed)
  }
}
