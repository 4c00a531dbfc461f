import { describeFailure, KafkaProblem } from '../../source/kafka/failure.ts'
import { type Election, openElection } from '../../source/kafka/published/election.ts'
import { prepareKeptTopic } from '../../source/kafka/published/published-topic.ts'
import type { SourceState } from '../../source/source.ts'
import { evaluatorGroup, type Group, journalTopic } from './group.ts'
import { pause } from './waiting.ts'

const PREPARE_AGAIN_MS = 1_000

export type CandidacyParts = {
  readonly group: Group
  /** What others call this process. */
  readonly member: string
  readonly elected: (isElected: boolean) => void
  readonly state: (state: SourceState) => void
  readonly failed: (error: Error) => void
}

/** Stands for election as the one who evaluates, once the topic of the journal is there. */
export class Candidacy {
  readonly #parts: CandidacyParts
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #election: Election | undefined

  constructor(parts: CandidacyParts) {
    this.#parts = parts
    this.#running = this.#run().catch(error => parts.failed(error as Error))
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#election?.stop()
  }

  async #run(): Promise<void> {
    const { group, member, elected, state, failed } = this.#parts
    const { connection } = group
    const topic = journalTopic(group)
    while (!(await this.#isPrepared(topic))) await pause(PREPARE_AGAIN_MS, this.#stop.signal)
    if (this.#stop.signal.aborted) return
    const election = openElection({
      ...{ connection, topic, member, state },
      groupId: evaluatorGroup(group),
      elected: async () => elected(true),
      deposed: async () => elected(false),
    })
    this.#election = election
    election.finished.catch(failed)
    await election.start()
  }

  /** @returns true where it was stopped, too. */
  async #isPrepared(topic: string): Promise<boolean> {
    const { group, state } = this.#parts
    if (this.#stop.signal.aborted) return true
    try {
      await prepareKeptTopic({ connection: group.connection, topic })
      return true
    } catch (error) {
      const problem = error instanceof KafkaProblem ? error.failure : describeFailure(error, group.connection.brokers)
      state({ kind: 'failed', ...problem, retrying: true })
      return false
    }
  }
}
