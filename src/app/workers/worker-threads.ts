import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import type { EvaluationLoop, Fold } from '../../engine/evaluation-loop.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import type { DeadLetterTopicHealth } from '../../source/kafka/dead-letter-topic.ts'
import { type AssignedPartition, partitionKey } from '../../source/source.ts'
import type { Store } from '../../store/store.ts'
import type { StoreHealth } from '../../store/writing/writer.ts'
import type { SavedState } from '../saved-state.ts'
import type { Passed } from '../shard-saves.ts'
import { type Callable, errorFrom, ThreadLine, type ThreadPort } from './calls.ts'
import type { AskedPartition, FromWorker, StartsAnswer, ToWorker, WorkerStart } from './messages.ts'
import type { StartsTogether } from './starts-together.ts'

export type WorkerThreadsParts = {
  readonly count: number
  readonly start: Omit<WorkerStart, 'share'>
  readonly processes: readonly ProcessDefinition[]
  /** By process. */
  readonly loops: ReadonlyMap<string, EvaluationLoop>
  readonly store: Pick<Store, 'connection' | 'flush'>
  readonly saved: SavedState
  readonly starts: StartsTogether
  /** Makes it durable that a record was found to lie in the future. */
  readonly decided: (letter: Extract<FromWorker, { kind: 'future' }>['letter']) => void
  /** Default: a thread of Node's. */
  readonly openThread?: OpenThread | undefined
  readonly logger: Logger
  readonly fail: (error: Error) => void
}

/** Starts a thread that does as `foldAsWorker`. */
export type OpenThread = (start: WorkerStart, failed: (error: Error) => void) => StartedThread

export type StartedThread = ThreadPort & { terminate(): Promise<unknown> }

type Thread = {
  readonly worker: StartedThread
  readonly line: ThreadLine<ToWorker, FromWorker>
  health: StoreHealth | undefined
  deadLetters: DeadLetterTopicHealth | undefined
}

/** The threads that fold, seen from the main one. */
export class WorkerThreads {
  readonly #parts: WorkerThreadsParts
  readonly #threads: readonly Thread[]

  constructor(parts: WorkerThreadsParts) {
    this.#parts = parts
    this.#threads = Array.from({ length: parts.count }, (_, index) => this.#begin(index))
  }

  /** How the rows of all threads fare, and those of the store itself. */
  storeHealth(own: StoreHealth): StoreHealth {
    const all = [own, ...this.#threads.flatMap(({ health }) => health ?? [])]
    const failing = all.find(({ ok }) => !ok)
    return {
      ok: failing === undefined,
      ...(failing?.lastError === undefined ? {} : { lastError: failing.lastError }),
      waitingRows: all.reduce((sum, { waitingRows }) => sum + waitingRows, 0),
      writtenRows: all.reduce((sum, { writtenRows }) => sum + writtenRows, 0),
    }
  }

  /** Of the topic that dead letters go to; undefined: there is none. */
  deadLetterHealth(): DeadLetterTopicHealth | undefined {
    const all = this.#threads.flatMap(({ deadLetters }) => deadLetters ?? [])
    const [first] = all
    if (first === undefined) return undefined
    const sum = (count: (one: DeadLetterTopicHealth) => number) => all.reduce((total, one) => total + count(one), 0)
    return {
      topic: first.topic,
      problem: all.find(({ problem }) => problem !== undefined)?.problem,
      waiting: sum(({ waiting }) => waiting),
      written: sum(({ written }) => written),
      refused: sum(({ refused }) => refused),
    }
  }

  /** Ends reading and folding; what the evaluation has by then is saved. */
  async stop(): Promise<void> {
    await Promise.all(this.#threads.map(({ line }) => line.call('stop')))
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()))
  }

  #begin(index: number): Thread {
    const { start, count, loops, openThread = openWorker, fail } = this.#parts
    const worker = openThread({ ...start, share: { index, of: count } }, fail)
    const folds = new Map<string, Fold>()
    const line: ThreadLine<ToWorker, FromWorker> = new ThreadLine(
      worker,
      this.#callable(index, () => line),
      message => this.#hear(thread, folds, message),
    )
    const thread: Thread = { worker, line, health: undefined, deadLetters: undefined }
    for (const [process, loop] of loops) {
      const fold: Fold = { tell: message => line.send({ kind: 'fold', process, message }) }
      folds.set(process, fold)
      loop.join(fold)
    }
    return thread
  }

  #hear(thread: Thread, folds: ReadonlyMap<string, Fold>, message: FromWorker): void {
    const { loops, logger, decided, fail } = this.#parts
    switch (message.kind) {
      case 'fold': {
        const fold = folds.get(message.process)
        if (fold !== undefined) loops.get(message.process)?.hear(fold, message.message)
        break
      }
      case 'failed': {
        const error = errorFrom(message.problem)
        logger.fatal({ process: message.process, err: error }, 'the process cannot go on')
        fail(error)
        break
      }
      case 'future':
        decided(message.letter)
        break
      case 'health':
        thread.health = message.store
        thread.deadLetters = message.deadLetters
    }
  }

  #callable(index: number, lineOf: () => ThreadLine<ToWorker, FromWorker>): Callable {
    const { store, saved, starts } = this.#parts
    const { connection } = store
    return {
      'store.command': (...given: Parameters<typeof connection.command>) => connection.command(...given),
      'store.rows': (...given: Parameters<typeof connection.rows>) => connection.rows(...given),
      'store.insert': (table: string, columns: readonly string[], lines: Uint8Array) =>
        connection.insert(table, columns, Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength)),
      'store.flush': () => store.flush(),
      loadShards: (process: string, asked: readonly AskedPartition[]): Promise<StartsAnswer> =>
        starts.of(
          index,
          process,
          asked.map(partition => withOffsets(partition, lineOf())),
        ),
      passed: (passed: Passed) => saved.passed(passed),
    }
  }
}

const openWorker: OpenThread = (start, failed) => {
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: start,
    resourceLimits: { maxYoungGenerationSizeMb: 192 },
  })
  worker.on('error', failed)
  return worker
}

/** Where the log stands at an instant is asked of the thread that reads it. */
const withOffsets = ({ log, ...id }: AskedPartition, line: ThreadLine<ToWorker, FromWorker>): AssignedPartition =>
  log === undefined ? id : { ...id, log: { ...log, offsetAt: at => line.call('offsetAt', partitionKey(id), at) } }
