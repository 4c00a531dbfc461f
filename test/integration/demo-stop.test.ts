import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DetailedStatus } from '../../src/protocol/status.ts'
import { freePort } from '../support/kafka/broker.ts'
import { until } from '../support/until.ts'
import { RunningCommand } from './support/command.ts'

/* A person who starts the demo and thinks better of it in the first seconds. */

let data: string

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'stagewatch-demo-'))
})

afterEach(() => rmSync(data, { recursive: true, force: true }))

test('a stop while history is read leaves nothing on the terminal but what is meant for people', async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const demo = new RunningCommand(['start', '--port', String(port), '--data', data], { STAGEWATCH_LOG: 'info' })
  try {
    await until('rows wait for the store while history is read', 60_000, async () => {
      const status = (await (await fetch(`${url}/api/v1/status`)).json()) as DetailedStatus
      return status.store.rows_waiting > 1_000 && status.processes[0]?.catching_up ? true : undefined
    })
    demo.tell('SIGINT')
    const { code, signal, stdout, stderr } = await demo.ended
    expect({ code, signal }).toEqual({ code: 0, signal: null })
    expect(stdout).toBe(`\n  Stagewatch is watching a simulated company: ${url}\n  Ctrl-C ends it.\n\n`)
    expect(stderr).toMatch(/^(stagewatch: \w[^\n]*\n)+$/)
    expect(stderr).toContain(`stagewatch: listening (url ${url}, host 127.0.0.1)\n`)
  } finally {
    demo.tell('SIGKILL')
    await demo.ended
  }
})
