import type { AlertTransition } from '../alerts/transition.ts'
import type { Instant } from '../event/instant.ts'
import type { JournalEntry } from './entry.ts'

/** How long transitions of ended alerts are kept, counted back from the process's last evaluation. */
const keptMs = 24 * 3_600_000

type FutureEntry = Extract<JournalEntry, { kind: 'future' }>

/** How a record that lies in the future is named in `Recovered.futures`. */
export const futureKey = ({ process, topic, partition, offset }: Omit<FutureEntry, 'kind'>): string =>
  JSON.stringify([process, topic, partition, offset])

/** What the entries of a journal come to, and all that a new segment has to begin with. */
export class JournalState {
  readonly #evaluations = new Map<string, { readonly at: Instant; readonly state: () => unknown }>()
  readonly futures = new Map<string, FutureEntry>()
  #transitions: AlertTransition[] = []

  /** @param stateOf gives the state of an evaluation as it was written: the evaluator may go on changing its own. */
  apply(entry: JournalEntry, stateOf: () => unknown): void {
    switch (entry.kind) {
      case 'evaluation':
        this.#evaluations.set(entry.process, { at: entry.at, state: stateOf })
        this.#transitions.push(...entry.transitions)
        break
      case 'future':
        this.futures.set(futureKey(entry), entry)
        break
      case 'passed':
        for (const [key, { process, topic, partition, offset }] of this.futures) {
          const same = process === entry.process && topic === entry.topic && partition === entry.partition
          if (same && offset < entry.offset) this.futures.delete(key)
        }
        break
    }
  }

  evaluations(): Map<string, { readonly at: Instant; readonly state: unknown }> {
    return new Map([...this.#evaluations].map(([process, { at, state }]) => [process, { at, state: state() }]))
  }

  /** Those of the last 24 h, and the latest of every alert that has not ended however old it is; in journal order. */
  transitions(): AlertTransition[] {
    const latest = new Map(this.#transitions.map(transition => [transition.id, transition]))
    this.#transitions = this.#transitions.filter(transition => {
      const now = this.#evaluations.get(transition.process)?.at ?? transition.at
      if (transition.at >= now - keptMs) return true
      return latest.get(transition.id) === transition && !hasEnded(transition)
    })
    return [...this.#transitions]
  }

  /** Entries from which another state becomes equal to this one. */
  opening(): JournalEntry[] {
    const kept = this.transitions()
    return [
      ...[...this.evaluations()].map(([process, { at, state }]): JournalEntry => {
        return { kind: 'evaluation', process, at, transitions: kept.filter(item => item.process === process), state }
      }),
      ...this.futures.values(),
    ]
  }
}

const hasEnded = ({ state }: AlertTransition): boolean => state === 'resolved' || state === 'inactive'
