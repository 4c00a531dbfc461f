import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DetailedStatus } from '../../src/protocol/status.ts'
import { freePort } from '../support/kafka/broker.ts'
import { canMount, SmallDisk } from '../support/small-disk.ts'
import { until } from '../support/until.ts'
import { RunningCommand } from './support/command.ts'

/* What a person sees of a disk that is full, and that somebody makes room on again. */

describe.skipIf(!canMount)(`on a small disk${canMount ? '' : ' (skipped: mounting is not permitted)'}`, () => {
  let directory: string
  let disk: SmallDisk

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'stagewatch-full-'))
    disk = new SmallDisk(join(directory, 'disk'), 300)
  })

  afterEach(() => {
    disk.remove()
    rmSync(directory, { recursive: true })
  })

  test('the program lives on while the disk is full, says so, and says when it goes on', async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const demo = new RunningCommand(['start', '--port', String(port), '--data', join(disk.path, 'data')])
    const says = (what: string) =>
      until(
        () => `it says: ${what}; it has said:\n${demo.said}`,
        60_000,
        () => demo.stderr.includes(what) || undefined,
      )
    try {
      const statusOf = async () => (await (await fetch(`${url}/api/v1/status`)).json()) as DetailedStatus
      await until('rows are in the store', 60_000, async () => (await statusOf()).store.rows_written > 0 || undefined)
      disk.fill(0)
      await says('rows wait for the store, alerts and the page go on: writing')
      expect(demo.stderr).toMatch(/are needed\. Make room on that disk; what waits is written as soon as there is some/)
      const full = await statusOf()
      expect(full.store).toMatchObject({ state: 'retrying', problem: expect.stringContaining('Make room') })
      expect(full.store.rows_waiting).toBeGreaterThan(0)
      disk.makeRoom()
      await says('the store takes rows again')
      demo.tell('SIGINT')
      expect(await demo.end()).toMatchObject({ code: 0, signal: null })
    } finally {
      demo.tell('SIGKILL')
      await demo.ended
    }
  })

  test('a start on a full disk says what is missing, and leaves nothing behind', async () => {
    disk.fill(0)
    const data = join(disk.path, 'data')
    const demo = new RunningCommand(['start', '--port', String(await freePort()), '--data', data])
    const { code, stderr } = await demo.end()
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(
        /^stagewatch: The disk of \S+ is full: 0 MiB are available of the 9\.4 MiB that are needed\n {2}remedy: Make room on that disk, then start again\.\n$/,
      ),
    })
    expect(() => readFileSync(data)).toThrow('ENOENT')
  })
})
