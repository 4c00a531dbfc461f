import { expect, test } from 'vitest'
import { runBuilt } from '../built.ts'

/*
 * One question: what does it cost to get from the bytes of a fetch to records that the engine can take?
 *
 * Workload: fetches of four partitions, of each five batches of 500 records of 200 bytes with a key of 12, as they come
 * and compressed with gzip. kafkajs's own decoder and ours read the same bytes, one after the other, from the payload of
 * the response to the records of the engine.
 */
test('fetched bytes to records, one core', () => {
  const figures = runBuilt('kafka/decoders')
  process.stdout.write(figures)
  expect(figures).toContain('times as fast')
})
