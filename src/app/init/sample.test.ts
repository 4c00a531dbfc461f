import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { instant } from '../../event/instant.ts'
import { openFileSource } from '../../source/file.ts'
import { takeSample } from './sample.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-sample-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test.each([
  [2, 2, false],
  [3, 3, false],
  [4, 3, true],
])('of %i records a sample of three has %i, and says whether there are more: %s', async (records, taken, hasMore) => {
  const file = join(folder, 'orders.ndjson')
  writeFileSync(file, '{}\n'.repeat(records))
  const sample = await takeSample(openFileSource({ files: [file], topic: 'orders', notAfter: instant(0) }), 3)
  expect(sample.batches.flatMap(batch => batch.records).length).toBe(taken)
  expect(sample.hasMore).toBe(hasMore)
})
