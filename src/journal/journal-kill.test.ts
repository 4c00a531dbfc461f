import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openJournal } from './journal.ts'
import { futureKey } from './journal-state.ts'

const directory = mkdtempSync(join(tmpdir(), 'stagewatch-kill-'))
const program = join(directory, 'appends.mjs')

/** Appends for ever, several at once, and says which entries were acknowledged. */
const source = `
import { openJournal } from ${JSON.stringify(fileURLToPath(new URL('./journal.ts', import.meta.url)))}
const [, , path, first] = process.argv
const journal = await openJournal(path, 40_000)
let offset = Number(first)
const append = async () => {
  for (;;) {
    const mine = offset++
    if (mine % 10 === 0) await journal.append({ kind: 'evaluation', process: 'p', at: mine, transitions: [], state: 'x'.repeat(mine % 977) })
    else await journal.append({ kind: 'future', process: 'p', topic: 't', partition: 0, offset: mine })
    process.stdout.write(mine + '\\n')
  }
}
await Promise.all([append(), append(), append(), append()])
`

beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: 'warn',
    plugins: [
      {
        name: 'program',
        resolveId: id => (id === 'virtual:program' ? id : null),
        load: id => (id === 'virtual:program' ? source : null),
      },
    ],
    build: {
      ssr: true,
      outDir: directory,
      emptyOutDir: false,
      rolldownOptions: { input: { appends: 'virtual:program' }, output: { entryFileNames: '[name].mjs' } },
    },
  })
})

afterAll(() => rmSync(directory, { recursive: true }))

test('whatever was acknowledged is there after kill -9, through several lives and new segments', async () => {
  const path = join(directory, 'journal')
  const acknowledged: number[] = []
  // Each life ends after another number of acknowledgements, at no chosen point of its work.
  for (const untilKilled of [1, 37, 400, 1_100]) {
    const child = spawn(process.execPath, [program, path, String((acknowledged.at(-1) ?? 0) + 1_000)])
    const errors: Buffer[] = []
    child.stderr.on('data', data => errors.push(data))
    const ended = once(child, 'exit')
    let heard = 0
    for await (const line of createInterface(child.stdout)) {
      acknowledged.push(Number(line))
      if (++heard === untilKilled) child.kill('SIGKILL')
    }
    expect(await ended, Buffer.concat(errors).toString()).toEqual([null, 'SIGKILL'])

    const journal = await openJournal(path)
    await journal.close()
    const { futures, evaluations } = journal.recover()
    const missing = acknowledged.filter(
      offset => offset % 10 !== 0 && !futures.has(futureKey({ process: 'p', topic: 't', partition: 0, offset })),
    )
    expect(missing).toEqual([])
    const newest = Math.max(...acknowledged.filter(offset => offset % 10 === 0), 0)
    const last = evaluations.get('p')
    expect(last?.at ?? 0).toBeGreaterThanOrEqual(newest)
    expect(last?.state ?? '').toBe('x'.repeat((last?.at ?? 0) % 977))
  }
})
