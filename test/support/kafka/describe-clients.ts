import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe } from 'vitest'
import type { KafkaClient } from '../../../src/source/kafka/kafka-source.ts'
import { describeKafka } from './describe-kafka.ts'

const installed = existsSync(fileURLToPath(new URL('../../../node_modules/node-rdkafka', import.meta.url)))
const whySkipped = 'node-rdkafka is not installed; npm run kafka:install-rdkafka installs it'

/** Where both take minutes: kafkajs in every run, the other one by `npm run test:long`. */
export const oneInShortRuns: readonly KafkaClient[] =
  process.env.TESTS === 'long' ? ['kafkajs', 'node-rdkafka'] : ['kafkajs']

/**
 * `describeKafka` once for each client: what one of them does, the other has to do as well. Skipped, with the reason in
 * its name, for node-rdkafka where it is not installed.
 *
 * @throws Error with `CI=true` instead of skipping.
 */
export function describeClients(
  name: string,
  which: 'any' | 'ours',
  tests: (client: KafkaClient) => void,
  clients: readonly KafkaClient[] = ['kafkajs', 'node-rdkafka'],
): void {
  if (clients.includes('kafkajs')) describeKafka(`${name} through kafkajs`, which, () => tests('kafkajs'))
  if (!clients.includes('node-rdkafka')) return
  const ofOther = `${name} through node-rdkafka`
  if (installed) describeKafka(ofOther, which, () => tests('node-rdkafka'))
  else if (process.env.CI === 'true') throw new Error(whySkipped)
  else describe.skip(`${ofOther} (skipped: ${whySkipped})`, () => tests('node-rdkafka'))
}
