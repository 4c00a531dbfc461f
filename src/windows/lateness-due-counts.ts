import type { DueLine } from './lateness-count.ts'

/** Open cases of one stage and segment, counted by the panes of their entry and of their due instant. */
export class DueCounts {
  readonly #byEntry = new Map<number, Line>()
  /** By rising pane of entry, as they were last read; undefined: one has come or gone since. */
  #rising: readonly Line[] | undefined
  #read: DueLine[] | undefined
  #total = 0
  readonly #lineChanged: ((entryPane: number) => void) | undefined

  /** @param lineChanged is told of a line when it changes for the first time since `lineTaken`. */
  constructor(lineChanged?: (entryPane: number) => void) {
    this.#lineChanged = lineChanged
  }

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
    let line = this.#byEntry.get(entryPane)
    if (line === undefined) {
      line = { entryPane, dues: new Map(), read: undefined, isNoted: false }
      this.#byEntry.set(entryPane, line)
      this.#rising = undefined
    }
    if (this.#lineChanged !== undefined && !line.isNoted) {
      line.isNoted = true
      this.#lineChanged(entryPane)
    }
    const { dues } = line
    const count = (dues.get(duePane) ?? 0) + by
    if (count === 0) dues.delete(duePane)
    else dues.set(duePane, count)
    line.read = undefined
    this.#read = undefined
    if (dues.size > 0) return
    this.#byEntry.delete(entryPane)
    this.#rising = undefined
  }

  /** What is counted of one pane of entry; it holds until the next change. From now on its next change is told. */
  lineTaken(entryPane: number): DueLine {
    const line = this.#byEntry.get(entryPane)
    if (line === undefined) return { entryPane, duePanes: [], counts: [] }
    line.isNoted = false
    line.read ??= lineOf(line)
    return line.read
  }

  /** The line of a pane of entry as it is; undefined: nothing is counted of it. */
  lineAt(entryPane: number): ReadonlyMap<number, number> | undefined {
    return this.#byEntry.get(entryPane)?.dues
  }

  /** By rising pane of entry: what they hold does not depend on the order of adding. They hold until the next change. */
  lines(): readonly DueLine[] {
    this.#rising ??= [...this.#byEntry.values()].sort((left, right) => left.entryPane - right.entryPane)
    // Most lines have not changed since the tick before.
    this.#read ??= this.#rising.map(line => {
      line.read ??= lineOf(line)
      return line.read
    })
    return this.#read
  }
}

type Line = {
  readonly entryPane: number
  readonly dues: Map<number, number>
  read: DueLine | undefined
  /** Its change has been told. */
  isNoted: boolean
}

function lineOf({ entryPane, dues }: Pick<Line, 'entryPane' | 'dues'>): DueLine {
  const rising = [...dues].sort(([left], [right]) => left - right)
  return { entryPane, duePanes: rising.map(([pane]) => pane), counts: rising.map(([, count]) => count) }
}
