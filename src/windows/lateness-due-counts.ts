import type { DueLine } from './lateness-count.ts'

/** Open cases of one stage and segment, counted by the panes of their entry and of their due instant. */
export class DueCounts {
  readonly #byEntry = new Map<number, Map<number, number>>()
  #total = 0

  get total(): number {
    return this.#total
  }

  /** Of no cell anything is counted. */
  get isEmpty(): boolean {
    return this.#byEntry.size === 0
  }

  /** @param by may be of either sign; what falls to 0 leaves no trace. */
  add(entryPane: number, duePane: number, by: number): void {
    this.#total += by
    const line = this.#byEntry.get(entryPane) ?? new Map<number, number>()
    const count = (line.get(duePane) ?? 0) + by
    if (count === 0) line.delete(duePane)
    else line.set(duePane, count)
    if (line.size === 0) this.#byEntry.delete(entryPane)
    else this.#byEntry.set(entryPane, line)
  }

  /** By rising pane of entry: what they hold does not depend on the order of adding. */
  lines(): DueLine[] {
    return [...this.#byEntry.entries()]
      .sort(([left], [right]) => left - right)
      .map(([entryPane, line]) => {
        const dues = [...line.entries()].sort(([left], [right]) => left - right)
        return { entryPane, duePanes: dues.map(([pane]) => pane), counts: dues.map(([, count]) => count) }
      })
  }
}
