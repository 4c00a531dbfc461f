import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { instant } from '../../event/instant.ts'
import { openFileSource } from '../../source/file.ts'
import type { Source } from '../../source/source.ts'
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

test('a source that goes on trying is given its time, and no more', async () => {
  const failed = { kind: 'failed', reason: 'no coordinator yet', remedy: 'wait', retrying: true } as const
  const source = (comesBack: boolean): Source => ({
    start: async listener => {
      const partition = { topic: 'orders', partition: 0 }
      listener.state(failed)
      if (!comesBack) return
      setTimeout(async () => {
        listener.state({ kind: 'connected', to: 'kafka' })
        await listener.assigned([partition])
        listener.end(partition, 0, 0)
      }, 20)
    },
    stop: async () => {},
    finished: new Promise(() => {}),
  })
  expect(await takeSample(source(true), 3, 600_000)).toEqual({ batches: [], hasMore: false })
  await expect(takeSample(source(false), 3, 20)).rejects.toMatchObject({
    message: 'no coordinator yet',
    remedy: 'wait',
  })
})
