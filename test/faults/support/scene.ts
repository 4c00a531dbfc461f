import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { ProcessDefinition } from '../../../src/model/definitions.ts'
import type { StoreOptions } from '../../../src/store/store.ts'
import { storeOf } from '../../integration/support/configured-run.ts'
import { createTopics, newTopicName } from '../../kafka/topics.ts'
import { type Difference, differenceOf } from './difference.ts'
import { type Cells, expectedCells, type ReadRecord } from './expected-cells.ts'
import { replayCommand, seed } from './extent.ts'
import { ParcelStream, type StreamOptions } from './parcel-stream.ts'
import { PARTITIONS, parcelProcess, writeParcelRules } from './parcels.ts'
import { countsIn, type Stored, storedCells } from './stored-cells.ts'
import { endsOf, readTopic, type TopicRecord } from './topic.ts'
import { Watched, type WatchedOptions } from './watched.ts'

const CAUGHT_UP_WITHIN_MS = 120_000

export type TopicSettings = Readonly<Record<string, string>>

/** A topic with parcels, and who watches it. */
export class Scene {
  readonly folder = mkdtempSync(join(tmpdir(), 'stagewatch-faults-'))
  readonly brokers: string
  readonly topic: string
  readonly rules: string
  readonly process: ProcessDefinition
  /** Of the test, for the command that repeats it. */
  readonly #file: string
  readonly #watched: Watched[] = []
  #stream: ParcelStream | undefined

  private constructor(brokers: string, topic: string, file: string) {
    this.brokers = brokers
    this.topic = topic
    this.#file = file
    this.rules = writeParcelRules(this.folder, topic)
    this.process = parcelProcess(this.rules)
  }

  /** @param file of the test, from the top of the project. */
  static async open(brokers: string, file: string, topicSettings: TopicSettings = {}): Promise<Scene> {
    const configEntries = Object.entries(topicSettings).map(([name, value]) => ({ name, value }))
    const topic = newTopicName('parcels')
    await createTopics(brokers, { topic, numPartitions: PARTITIONS, configEntries })
    return new Scene(brokers, topic, file)
  }

  async stream(options: Omit<StreamOptions, 'seed'>): Promise<ParcelStream> {
    this.#stream = new ParcelStream(this.brokers, this.topic, { seed, ...options })
    await this.#stream.start()
    return this.#stream
  }

  /** One more who watches; not started yet. */
  watched(name: string, options: Partial<WatchedOptions> = {}): Watched {
    const watched = new Watched(join(this.folder, name), { brokers: this.brokers, rules: this.rules, ...options })
    this.#watched.push(watched)
    return watched
  }

  /** Waits until all that the topic holds is folded, evaluated and stored. */
  async untilCaughtUp(watched: Watched): Promise<void> {
    await watched.untilBeyond(await endsOf(this.brokers, this.topic), CAUGHT_UP_WITHIN_MS)
    await watched.run.untilStored(CAUGHT_UP_WITHIN_MS)
  }

  /** What the topic asks for. */
  async expected(read?: ReadRecord): Promise<{ readonly records: TopicRecord[][]; readonly cells: Cells }> {
    const records = await readTopic(this.brokers, this.topic)
    return { records, cells: expectedCells(this.process, this.topic, records, read) }
  }

  /**
   * Waits until it has caught up, ends it, and reads its store.
   *
   * @param store where it is not the embedded one.
   */
  async stored(watched: Watched, store?: StoreOptions): Promise<Stored & Cells> {
    await this.untilCaughtUp(watched)
    const counts = countsIn(await watched.run.status())
    expect(await watched.terminate()).toMatchObject({ code: 0, signal: null })
    return { ...(await storedCells(this.process, store ?? storeOf(watched.folder))), counts }
  }

  /** @throws where a cell differs, with the cells, the seed and the command that repeats it. */
  expectSame(stored: Cells, expected: Cells): Difference {
    const difference = differenceOf(stored, expected)
    if (difference.differing > 0) {
      throw new Error(
        [
          `${difference.differing} of ${difference.cells} cells differ; seed ${seed}, again: ${replayCommand(this.#file)}`,
          ...difference.told,
        ].join('\n'),
      )
    }
    return difference
  }

  async close(): Promise<void> {
    await this.#stream?.stop().catch(() => {})
    for (const watched of this.#watched) if (watched.lives > 0) await watched.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
