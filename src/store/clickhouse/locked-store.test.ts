import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openStore } from '../store.ts'

const directory = mkdtempSync(join(tmpdir(), 'stagewatch-locked-'))

afterAll(() => rmSync(directory, { recursive: true }))

test('a store that another process has open is refused, naming that process, and opens once it is gone', async () => {
  const path = join(directory, 'clickhouse')
  const script = `
    const { createChdbConnection } = require('chdb/connection')
    const connection = createChdbConnection({ path: process.argv[1] })
    console.log('open')
    setInterval(() => connection, 1000)`
  const holder = spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  await expect(openStore({ kind: 'embedded', path })).rejects.toThrow(
    new RegExp(
      `cannot open ${path}; process ${holder.pid} used it last .*stop that one, or name another data directory`,
    ),
  )
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  const store = await openStore({ kind: 'embedded', path })
  expect(await store.close()).toEqual({ unwrittenRows: 0 })
})
