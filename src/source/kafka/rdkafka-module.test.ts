import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { loadRdkafka } from './rdkafka-module.ts'

const folder = fileURLToPath(new URL('../../../node_modules/node-rdkafka', import.meta.url))

const whyNot = async (...where: Parameters<typeof loadRdkafka>) =>
  loadRdkafka(...where).then(
    () => 'it was loaded',
    ({ failure }) => failure,
  )

test('where it is not installed, that and the remedy are told', async () => {
  expect(await whyNot('node-rdkafka-that-nobody-has')).toEqual({
    reason: '`kafka.client` is node-rdkafka, which is not installed',
    remedy:
      'install it with its compiler and headers as docs/operations.md says ("The other Kafka client"), or set `kafka.client: kafkajs`',
    retrying: false,
  })
})

test('in a thread beside the main one it is refused, since it would call back in the wrong one', async () => {
  expect(await whyNot('node-rdkafka', false)).toMatchObject({
    reason: 'node-rdkafka works only in the main thread of a process, and this is another',
    retrying: false,
  })
})

test.runIf(existsSync(folder))('where npm did not let it compile, that is told', async () => {
  const copy = mkdtempSync(join(tmpdir(), 'stagewatch-rdkafka-'))
  try {
    cpSync(folder, copy, { recursive: true })
    rmSync(join(copy, 'build'), { recursive: true })
    expect(await whyNot(pathToFileURL(join(copy, 'lib', 'index.js')).href)).toMatchObject({
      reason:
        'node-rdkafka is installed, but was not compiled: npm runs the install script of a package only where that is allowed',
    })
  } finally {
    rmSync(copy, { recursive: true })
  }
})
