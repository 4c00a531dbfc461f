import { expect, test } from 'vitest'
import { runBuilt } from './built.ts'

/*
 * One question: what does it cost to get from a record's bytes to its event?
 *
 * Workload: the records of the demo, about 190 bytes each, of the last 15 minutes before a start of the simulated
 * company, about 180,000, seed 1. The same records are parsed (which decides nothing yet), decoded into objects,
 * decoded and copied into columns, and read into columns from their bytes. A digest of what was found is the same for
 * all of them, so that none is fast by doing less. Factors are how many times faster than JSON.parse.
 */
test('bytes to event, one core', () => {
  const figures = runBuilt('decode-ways')
  process.stdout.write(figures)
  expect(figures).toContain('reader, to columns')
})
