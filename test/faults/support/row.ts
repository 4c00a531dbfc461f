import { afterAll, beforeAll } from 'vitest'
import { deleteTopics } from '../../kafka/topics.ts'
import { type Broker, startBroker } from '../../support/kafka/broker.ts'
import { describeKafka } from '../../support/kafka/describe-kafka.ts'
import { sharedBroker } from '../../support/kafka/shared-broker.ts'
import { extent, seed } from './extent.ts'
import { Scene, type TopicSettings } from './scene.ts'

/** Finds what hangs, not what is slow. */
export const ROW_WITHIN_MS = extent(2_400_000, 240_000)

/** What a row's tests have: scenes that are cleared away behind them. */
export type Row = { readonly openScene: (topicSettings?: TopicSettings) => Promise<Scene> }

/**
 * The tests of a row of docs/faults.md, on the broker that the test files share.
 *
 * @param file of the test, from the top of the project.
 */
export function describeRow(name: string, file: string, tests: (row: Row) => void): void {
  describeKafka(name, 'any', () => {
    let brokers = ''
    const scenes: Scene[] = []
    beforeAll(async () => {
      brokers = await sharedBroker()
    }, 200_000)
    afterAll(async () => {
      for (const scene of scenes) await scene.close()
      await deleteTopics(brokers)
    })
    tests({
      openScene: async topicSettings => {
        const scene = await Scene.open(brokers, file, topicSettings)
        scenes.push(scene)
        return scene
      },
    })
  })
}

/** The same on a broker of the row's own, to which anything may be done. */
export function describeRowWithBroker(name: string, file: string, tests: (row: Row, broker: () => Broker) => void) {
  describeKafka(name, 'ours', () => {
    let broker: Broker | undefined
    const scenes: Scene[] = []
    beforeAll(async () => {
      broker = await startBroker()
    }, 200_000)
    afterAll(async () => {
      for (const scene of scenes) await scene.close()
      await broker?.stop()
    })
    const running = () => {
      if (broker === undefined) throw new Error('the broker was not started')
      return broker
    }
    const openScene = async (topicSettings?: TopicSettings) => {
      const scene = await Scene.open(running().brokers, file, topicSettings)
      scenes.push(scene)
      return scene
    }
    tests({ openScene }, running)
  })
}

/** Prints what a row has come to, for the table in docs/faults.md. */
export function report(row: string, figures: Readonly<Record<string, number | string>>): void {
  const text = Object.entries(figures).map(([name, figure]) => `${name}: ${figure}`)
  console.log(`${row} (seed ${seed}): ${text.join('; ')}`)
}
