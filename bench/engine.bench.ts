import { test } from 'vitest'
import { runBuilt } from './built.ts'

/* Events a second from bytes to windows, and what an open case takes: scripts of their own, compiled as the product is. */

test('bytes to windows, one core, a million open orders', () => {
  process.stdout.write(runBuilt('engine-rate'))
})

test('bytes of an open case, pauses, snapshots', () => {
  // A young generation that grows beside the cases would be counted as theirs.
  for (const words of [['1000000'], ['1000000', 'uuid'], ['10000000']])
    process.stdout.write(runBuilt('case-memory', words, 16))
})
