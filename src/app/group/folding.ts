import type { ProcessDefinition } from '../../model/definitions.ts'
import { clientOf } from '../../source/kafka/client.ts'
import { describeFailure, KafkaProblem } from '../../source/kafka/failure.ts'
import { preparePublishedTopic } from '../../source/kafka/published/published-topic.ts'
import { readTopicFacts } from '../../source/kafka/topics.ts'
import type { SourceState } from '../../source/source.ts'
import type { Passed } from '../shard-saves.ts'
import { GroupFold, type GroupFoldParts } from './fold.ts'
import { type Group, publishedTopic } from './group.ts'
import { Ending, pause } from './waiting.ts'

const PREPARE_AGAIN_MS = 1_000
/** What made a process lose a shard is mostly a change of the group that it has not heard of yet. */
const TAKE_OVER_AGAIN_MS = 1_000

export type GroupFoldingParts = Omit<GroupFoldParts, 'partitions' | 'state' | 'lost'>

/**
 * Folds a process's share of the partitions for as long as the program runs: waits for the topics, and joins the group
 * anew where another one was given a shard behind its back.
 */
export class GroupFolding {
  readonly #parts: GroupFoldingParts
  readonly #running: Promise<void>
  readonly #stop = new AbortController()
  #fold: GroupFold | undefined
  #state: SourceState

  constructor(parts: GroupFoldingParts) {
    this.#parts = parts
    this.#state = { kind: 'connecting', to: parts.group.connection.brokers.join(', ') }
    this.#running = this.#run().catch(error => parts.fail(error as Error))
  }

  /** How reading stands, for people. */
  get state(): SourceState {
    return this.#state
  }

  passed({ topic, partition, offset }: Passed): void {
    this.#fold?.passed({ topic, partition }, offset)
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const partitions = await this.#prepared()
    while (partitions !== undefined && !this.#stop.signal.aborted) {
      const ended = new Ending(this.#stop.signal)
      const fold = new GroupFold({
        ...this.#parts,
        partitions,
        state: state => this.#tell(state),
        lost: error => {
          this.#parts.logger.warn(
            { process: this.#parts.process.name },
            `taking partitions over anew: ${error.message}`,
          )
          ended.end()
        },
      })
      this.#fold = fold
      await fold.start()
      await ended.promise
      await fold.stop()
      this.#fold = undefined
      await pause(TAKE_OVER_AGAIN_MS, this.#stop.signal)
    }
  }

  /** @returns how many partitions there are, once the topic is there that shards publish to; undefined: it was stopped. */
  async #prepared(): Promise<number | undefined> {
    const { group, process } = this.#parts
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        const partitions = await partitionsOf(group, process)
        await preparePublishedTopic({ connection: group.connection, topic: publishedTopic(group, process), partitions })
        return partitions
      } catch (error) {
        const problem = error instanceof KafkaProblem ? error.failure : describeFailure(error, group.connection.brokers)
        this.#tell({ kind: 'failed', ...problem, retrying: true })
        await pause(PREPARE_AGAIN_MS, signal)
      }
    }
    return undefined
  }

  #tell(state: SourceState): void {
    const { process, logger } = this.#parts
    const isNew = JSON.stringify(state) !== JSON.stringify(this.#state)
    this.#state = state
    if (isNew) {
      if (state.kind === 'failed') logger.error({ process: process.name, remedy: state.remedy }, state.reason)
      else logger.info({ process: process.name, to: state.to }, state.kind)
    }
  }
}

async function partitionsOf({ connection }: Group, { sources }: ProcessDefinition): Promise<number> {
  const admin = clientOf(connection, { retries: 1, initialRetryTime: 50 }).admin()
  try {
    await admin.connect()
    const topics = [...new Set(sources.flatMap(({ topics }) => topics))]
    return (await readTopicFacts(admin, topics, connection.brokers)).partitions
  } finally {
    await admin.disconnect()
  }
}
