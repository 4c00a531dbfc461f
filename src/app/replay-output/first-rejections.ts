import { compareUtf8 } from '../../cases/event-order.ts'
import type { DeadLetter, RejectReason } from '../../event/record.ts'

/** So many records of each reason are kept. */
const KEPT = 3

/** A record that was rejected, without its bytes. */
export type RejectedRecord = Pick<DeadLetter, 'process' | 'topic' | 'partition' | 'offset' | 'reason' | 'detail'>

/**
 * The first rejected records of each reason, by process, topic, partition and offset: the same ones in whatever order the
 * files are read. An event that is late is none of them: its record was decoded.
 */
export class FirstRejections {
  readonly #ofReason = new Map<RejectReason, RejectedRecord[]>()

  add(deadLetters: readonly DeadLetter[]): void {
    for (const { process, topic, partition, offset, reason, detail } of deadLetters) {
      if (reason === 'late') continue
      const kept = this.#ofReason.get(reason) ?? []
      this.#ofReason.set(reason, kept)
      kept.push({ process, topic, partition, offset, reason, detail })
      kept.sort(byPosition)
      kept.length = Math.min(kept.length, KEPT)
    }
  }

  /** By reason, then position. */
  all(): readonly RejectedRecord[] {
    return [...this.#ofReason.keys()].sort().flatMap(reason => this.#ofReason.get(reason) ?? [])
  }
}

const byPosition = (a: RejectedRecord, b: RejectedRecord): number =>
  compareUtf8(a.process, b.process) || compareUtf8(a.topic, b.topic) || a.partition - b.partition || a.offset - b.offset
