/** Items of the journal that have to reach ClickHouse, and whether they have; as they stand in an entry. */
export type Kept<Item> = { readonly items: readonly Item[]; readonly unfed: readonly string[] }

/**
 * Items in the order in which they came. Whatever else decides how long they are kept, one that ClickHouse has not
 * acknowledged stays: else it would be missing there for ever.
 */
export class KeptItems<Item> {
  readonly #keyOf: (item: Item) => string
  readonly #items = new Map<string, Item>()
  readonly #unfed = new Set<string>()

  /** @param keyOf by which ClickHouse tells them apart, too. */
  constructor(keyOf: (item: Item) => string) {
    this.#keyOf = keyOf
  }

  add(item: Item): void {
    const key = this.#keyOf(item)
    this.#items.set(key, item)
    this.#unfed.add(key)
  }

  restore({ items, unfed }: Kept<Item>): void {
    for (const item of items) this.#items.set(this.#keyOf(item), item)
    for (const key of unfed) this.#unfed.add(key)
  }

  /** ClickHouse has acknowledged them. Keys that are not there any more count for nothing. */
  fed(keys: readonly string[]): void {
    for (const key of keys) this.#unfed.delete(key)
  }

  /** Those that are wanted, and those that ClickHouse has not acknowledged; the others are forgotten. */
  keep(isWanted: (item: Item) => boolean): Kept<Item> {
    for (const [key, item] of this.#items) if (!this.#unfed.has(key) && !isWanted(item)) this.#items.delete(key)
    return { items: [...this.#items.values()], unfed: [...this.#unfed] }
  }

  values(): IterableIterator<Item> {
    return this.#items.values()
  }

  unfed(): Item[] {
    return [...this.#items].filter(([key]) => this.#unfed.has(key)).map(([, item]) => item)
  }
}
