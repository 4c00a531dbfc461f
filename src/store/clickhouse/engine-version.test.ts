import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openStore } from '../store.ts'
import { noteEngine, requireEngineFor } from './engine-version.ts'

const directory = mkdtempSync(join(tmpdir(), 'stagewatch-engine-'))
afterAll(() => rmSync(directory, { recursive: true }))

test.each([
  ['26.7.2.1', '26.7.2.1', true],
  ['26.7.2.1', '26.7.1.0', true],
  ['26.7.2.1', '26.10.1.1', true],
  ['26.7.2.1', '27.1.1.1', true],
  ['26.7.2.1', '26.6.9.9', false],
  ['26.10.1.1', '26.7.2.1', false],
  ['26.1.1.1', '25.12.1.1', false],
])('data of engine %s are opened by %s: %s', async (wrote, opens, isOpened) => {
  await noteEngine(directory, wrote)
  const opening = requireEngineFor(directory, opens)
  if (isOpened) await opening
  else {
    await expect(opening).rejects.toThrow(
      `The data in ${directory} were written by ClickHouse ${wrote}, this release of Stagewatch has ${opens} inside, which is older. Use the release`,
    )
  }
})

test('the store notes its engine, goes on under the same one, and is refused where a newer one was there', async () => {
  const path = join(directory, 'clickhouse')
  const note = join(path, 'engine-version')
  await (await openStore({ kind: 'embedded', path })).close()
  const written = readFileSync(note, 'utf8')
  expect(written).toMatch(/^\d+\.\d+\.\d+\.\d+\n$/)
  await (await openStore({ kind: 'embedded', path })).close()
  writeFileSync(note, '99.1.1.1\n')
  await expect(openStore({ kind: 'embedded', path })).rejects.toThrow(
    /were written by ClickHouse 99\.1\.1\.1, this release/,
  )
  expect(readFileSync(note, 'utf8')).toBe('99.1.1.1\n')
  writeFileSync(note, 'what?\n')
  await expect(openStore({ kind: 'embedded', path })).rejects.toThrow(
    /does not hold the version of an engine but "what\?"/,
  )
  // An older one, or data from before it was noted: the note follows.
  writeFileSync(note, '25.1.1.1\n')
  await (await openStore({ kind: 'embedded', path })).close()
  expect(readFileSync(note, 'utf8')).toBe(written)
})
