import { type CaseKey, textOfWords } from './case-key.ts'
import { NO_ID } from './kept-event.ts'
import { offsetOf, type WordArena } from './word-arena.ts'

/** The producers' ids of kept events, a block each: length in bytes, then the bytes. */
export class IdBlocks {
  readonly #arena: WordArena

  constructor(arena: WordArena) {
    this.#arena = arena
  }

  /** @returns the reference of the id's block. */
  keep(id: CaseKey): number {
    const reference = this.#arena.allocate(2 + ((id.bytes + 3) >> 2))
    const page = this.#arena.pageOf(reference)
    const at = offsetOf(reference)
    page[at + 1] = id.bytes
    id.copyTo(page, at + 2)
    return reference
  }

  free(block: number): void {
    if (block !== NO_ID) this.#arena.free(block)
  }

  equals(block: number, id: CaseKey): boolean {
    const page = this.#arena.pageOf(block)
    const at = offsetOf(block)
    return page[at + 1] === id.bytes && id.equals(page, at + 2)
  }

  textOf(block: number): string {
    const page = this.#arena.pageOf(block)
    const at = offsetOf(block)
    return textOfWords(page, at + 2, page[at + 1] as number)
  }
}
