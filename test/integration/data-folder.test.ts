import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openEmbedded } from '../../src/store/clickhouse/embedded.ts'
import { freePort } from '../support/kafka/broker.ts'
import { until, WillNotCome } from '../support/until.ts'
import { type Ended, RunningCommand } from './support/command.ts'

/* What a person is told of a data folder that cannot be used as it is. */

let data: string

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'stagewatch-folder-'))
})

afterEach(() => rmSync(data, { recursive: true, force: true }))

const newDemo = async () => new RunningCommand(['start', '--port', String(await freePort()), '--data', data])

const startOnce = async (): Promise<Ended> => (await newDemo()).end()

/** Starts and stops, so that the folder is one that was in use. */
async function used(): Promise<void> {
  const demo = await newDemo()
  await untilUp(demo)
  demo.tell('SIGINT')
  expect(await demo.end()).toMatchObject({ code: 0 })
}

const untilUp = (demo: RunningCommand) =>
  until(
    () => `the demo is up; it has said:\n${demo.said}`,
    60_000,
    () => {
      if (!demo.isRunning) throw new WillNotCome('the demo has ended')
      return demo.stdout.includes('Ctrl-C ends it') || undefined
    },
  )

test('a second process on the folder is told who has it, and the first one goes on', async () => {
  const first = await newDemo()
  try {
    await untilUp(first)
    expect(await startOnce()).toEqual({
      code: 2,
      signal: null,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(
          `^stagewatch: The data directory ${data} is in use by process \\d+ on \\S+\n {2}remedy: Stop that process, or name another data directory\\..*\n$`,
        ),
      ),
    })
    expect(first.isRunning).toBe(true)
    first.tell('SIGINT')
    expect(await first.end()).toMatchObject({ code: 0, stderr: '' })
  } finally {
    first.tell('SIGKILL')
    await first.ended
  }
})

test('a folder of a newer release is refused with what to do, whether the tables or the engine are newer', async () => {
  await used()
  const note = join(data, 'clickhouse', 'engine-version')
  const { writing, reading } = await openEmbedded(join(data, 'clickhouse'))
  await writing.insert('stagewatch_migrations', ['number', 'name', 'checksum'], Buffer.from('[1000, "later", "x"]\n'))
  await reading.close()
  await writing.close()
  expect(await startOnce()).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^stagewatch: The store has schema 1000, this release knows up to \d+\n {2}remedy: Use the release that wrote it or a newer one, or start with an empty store\.\n$/,
    ),
  })
  writeFileSync(note, '99.1.1.1\n')
  expect(await startOnce()).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^stagewatch: The data in \S+ were written by ClickHouse 99\.1\.1\.1, this release of Stagewatch has \S+ inside, which is older\n {2}remedy: Use the release of Stagewatch that wrote them.*\n$/,
    ),
  })
})
