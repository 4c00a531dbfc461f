import type { Logger } from 'pino'
import { EvaluationLoop, type EvaluationLoopWorld } from '../../engine/evaluation-loop.ts'
import { ProcessEngine } from '../../engine/process-engine.ts'
import { TopicReader } from '../../engine/published-topic/topic-reader.ts'
import { instant } from '../../event/instant.ts'
import type { Journal } from '../../journal/journal.ts'
import { openTopicJournal } from '../../journal/topic-journal.ts'
import { claimIn } from '../../journal/topic-journal-records.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import { OwnedLog, TakenOver } from '../../source/kafka/published/owned-log.ts'
import { openPublishedSource } from '../../source/kafka/published/published-source.ts'
import type { DefinitionRow } from '../../store/writing/tables/definitions.ts'
import { resolveIn } from '../alert-actions.ts'
import type { Opened } from '../closing.ts'
import { definitionRowsOf } from '../definition-rows.ts'
import { evaluationWorldOf, goOn } from '../engine-world.ts'
import { FullDisk } from '../full-disk.ts'
import { evaluationIn } from '../saved-state.ts'
import { openWatching, type WatchingParts } from '../watching.ts'
import { type Group, journalTopic, publishedTopic } from './group.ts'
import { pause } from './waiting.ts'

/** What is not durable by then is concluded again by whoever comes next. */
const LAST_STATE_WITHIN_MS = 2_500

export type GroupEvaluationParts = Omit<
  WatchingParts,
  'engines' | 'changed' | 'journal' | 'installation' | 'disk' | 'startedAt' | 'askDues' | 'resolve' | 'brokers'
> & {
  readonly group: Group
  readonly data: string
  readonly epochOf: (process: ProcessDefinition) => number
  readonly brokers: readonly string[]
  /** Names this one among those who evaluate, one after the other. */
  readonly owner: string
  /** It has the journal, and is about to listen where something else has listened until now. */
  readonly beforeServing: () => Promise<void>
  /** Another process evaluates: nothing that this one concludes counts any more. */
  readonly lost: (error: TakenOver) => void
  readonly logger: Logger
}

/**
 * Evaluates what all processes of a group publish, and serves it: takes the journal over, goes on from what it has, and reads
 * the topics that shards publish to from their beginning.
 */
export class GroupEvaluation {
  readonly #parts: GroupEvaluationParts
  readonly #opened: Opened = { running: [], held: [] }
  readonly #disk: FullDisk
  readonly #log: OwnedLog
  readonly #loops = new Map<string, EvaluationLoop>()
  #isLost = false

  constructor(parts: GroupEvaluationParts) {
    this.#parts = parts
    this.#disk = new FullDisk(parts.data, parts.logger)
    const { group, owner, logger } = parts
    const topic = journalTopic(group)
    let told: string | undefined
    this.#log = new OwnedLog({
      connection: group.connection,
      topic,
      partition: 0,
      partitions: 1,
      transactionalId: topic,
      owner,
      claimIn,
      health(problem) {
        if (problem?.reason === told) return
        told = problem?.reason
        if (problem === undefined) logger.warn('what is decided is written to the journal again')
        else logger.error({ remedy: problem.remedy }, `nothing can be decided, the journal is not written: ${told}`)
      },
    })
  }

  /** Resolves when it evaluates and serves. @throws TakenOver where another process was faster; Error where it was stopped. */
  async open(): Promise<void> {
    const { group, definitions, store, replaces, epochOf, logger, beforeServing } = this.#parts
    const startedAt = instant(Date.now())
    const journal = await openTopicJournal({
      log: this.#log,
      notDeleted: err => logger.warn({ err }, 'what is superseded could not be deleted from the topic of the journal'),
      takenOver: error => this.#lose(error),
    })
    this.#opened.held.push(() => journal.close())
    const engines: ProcessEngine[] = []
    const changed: DefinitionRow[] = []
    for (const process of definitions.processes) {
      const epoch = epochOf(process)
      engines.push(new ProcessEngine({ process, mode: 'live', epoch, now: Date.now }))
      const inForce = definitionRowsOf(process, epoch, startedAt)
      changed.push(...(await store.recordDefinitions(process.name, inForce, startedAt)))
    }
    await beforeServing()
    const resolve = resolveIn(process => this.#loops.get(process))
    const own = { engines, changed, journal, disk: this.#disk, startedAt, replaces, resolve }
    const watching = await openWatching(
      { ...this.#parts, ...own, installation: group.id, askDues: async () => [], fail: error => this.#failed(error) },
      this.#opened,
    )
    const world: EvaluationLoopWorld = {
      ...evaluationWorldOf({ ...own, ...watching, store, logger, fail: error => this.#failed(error) }),
      // Nobody copies the states of a group from here.
      maySave: () => true,
    }
    for (const engine of engines) await this.#evaluate(engine, world, journal)
    logger.info({ url: watching.gateway.url, group: group.id }, 'this process evaluates for its group')
  }

  /** Ends what is under way, and gives the journal up. */
  async stop(): Promise<void> {
    const { running, held } = this.#opened
    this.#disk.stop()
    if (held.length === 0) await this.#log.close()
    const ended = Promise.allSettled(running.splice(0).map(stop => stop()))
    // Its last state may wait for brokers that are away; closing the journal ends that.
    const impatience = new AbortController()
    await Promise.race([ended, pause(LAST_STATE_WITHIN_MS, impatience.signal)])
    impatience.abort()
    for (const release of held.splice(0).reverse()) await release()
    await ended
  }

  async #evaluate(engine: ProcessEngine, world: EvaluationLoopWorld, journal: Journal): Promise<void> {
    const { group, logger } = this.#parts
    const { process } = engine
    await goOn(engine, world, journal)
    const loop = new EvaluationLoop(engine, world)
    const reader = new TopicReader({
      process,
      openSource: () => openPublishedSource({ connection: group.connection, topic: publishedTopic(group, process) }),
      from: evaluationIn(journal, process.name)?.state.offsets ?? {},
      tell: (fold, message) => loop.hear(fold, message),
      state: state => world.sourceState(process.name, state),
      otherDefinitions: partition =>
        logger.warn(
          { process: process.name, partition },
          'a partition is folded by other definitions than those of this process: it is left out until all have the same',
        ),
      failed: error => world.failed(process.name, error),
      now: Date.now,
    })
    loop.join(reader)
    this.#opened.running.push(async () => {
      await reader.stop()
      await loop.stop()
    })
    loop.start()
    this.#loops.set(process.name, loop)
    await reader.start()
  }

  #lose(error: TakenOver): void {
    this.#isLost = true
    this.#parts.lost(error)
  }

  /** What fails because the journal is another's is told as that. */
  #failed(error: Error): void {
    if (error instanceof TakenOver) this.#lose(error)
    else if (!this.#isLost) this.#parts.fail(error)
  }
}
