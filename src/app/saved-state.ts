import type { EvaluatorState } from '../engine/evaluator-state.ts'
import type { Instant } from '../event/instant.ts'
import type { Journal } from '../journal/journal.ts'
import { futureKey } from '../journal/journal-state.ts'
import type { HourOfValues } from '../rules/hourly-values.ts'
import { SavedShards, type SavedShardsParts } from './saved-shards.ts'
import type { Passed } from './shard-saves.ts'

export type SavedStateParts = Omit<SavedShardsParts, 'passed'> & {
  readonly journal: Journal
  /** Told of each durable state, too: what lies below it is read no more. */
  readonly covered?: (passed: Passed) => Promise<void>
}

/** What a process of Stagewatch goes on from after a restart: shards in snapshots, alerts in the journal. */
export class SavedState extends SavedShards {
  readonly journal: Journal

  /** All of it is the caller's to close. */
  constructor({ journal, covered, ...parts }: SavedStateParts) {
    super({
      ...parts,
      async passed(passed) {
        await noteFutures(passed)
        await covered?.(passed)
      },
    })
    const noteFutures = (passed: Passed) => this.passed(passed)
    this.journal = journal
  }

  /** The last evaluation of the process: its instant, and what the evaluator remembers. */
  evaluationOf(process: string) {
    return evaluationIn(this.journal, process)
  }

  /** A durable state covers a partition below an offset: what was decided there is never asked again. */
  async passed(passed: Passed): Promise<void> {
    if (this.#hasFutures) await this.journal.append({ kind: 'passed', ...passed })
  }

  /** Whether a record was found to lie in the future when it was first read. */
  wasFuture(process: string, topic: string, partition: number, offset: number): boolean {
    return this.#hasFutures && this.journal.recover().futures.has(futureKey({ process, topic, partition, offset }))
  }

  get #hasFutures(): boolean {
    return this.journal.recover().futures.size > 0
  }
}

/** The last evaluation of a process that a journal has. */
export function evaluationIn(
  journal: Pick<Journal, 'recover'>,
  process: string,
): { readonly at: Instant; readonly state: EvaluatorState; readonly hours: readonly HourOfValues[] } | undefined {
  const evaluation = journal.recover().evaluations.get(process)
  return evaluation as ReturnType<typeof evaluationIn>
}
