import { type CaseKey, textOfKey } from './case-key.ts'
import { NO_ID } from './kept-event.ts'
import { offsetOf, type WordArena } from './word-arena.ts'

/** The producers' ids of kept events, a block each. */
export class IdBlocks {
  readonly #arena: WordArena

  constructor(arena: WordArena) {
    this.#arena = arena
  }

  /** @returns the reference of the id's block. */
  keep(id: CaseKey): number {
    const reference = this.#arena.allocate(1 + id.count)
    const page = this.#arena.pageOf(reference)
    const at = offsetOf(reference)
    id.copyTo(page, at + 1)
    return reference
  }

  free(block: number): void {
    if (block !== NO_ID) this.#arena.free(block)
  }

  equals(block: number, id: CaseKey): boolean {
    const page = this.#arena.pageOf(block)
    return id.equals(page, offsetOf(block) + 1)
  }

  textOf(block: number): string {
    const page = this.#arena.pageOf(block)
    return textOfKey(page, offsetOf(block) + 1)
  }
}
