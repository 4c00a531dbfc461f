import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { instant } from '../event/instant.ts'
import { openIngestLog } from './ingest-log.ts'
import { openJournal } from './journal.ts'
import { futureKey } from './journal-state.ts'

const directory = mkdtempSync(join(tmpdir(), 'stagewatch-kill-'))

const pathOf = (module: string) => JSON.stringify(fileURLToPath(new URL(module, import.meta.url)))

/** Appends for ever, several at once, and says which entries were acknowledged. */
const journalProgram = `
import { openJournal } from ${pathOf('./journal.ts')}
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

/** The same with batches of one to three records; each record holds the batch's number. */
const ingestProgram = `
import { openIngestLog } from ${pathOf('./ingest-log.ts')}
const [, , path, first] = process.argv
const log = await openIngestLog(path, { segmentBytes: 40_000, mostBytes: 1e9 })
let number = Number(first)
const append = async () => {
  for (;;) {
    const mine = number++
    const record = { key: null, value: Buffer.from(mine + ' ' + 'x'.repeat(mine % 977)) }
    const { firstOffset } = await log.append({ id: String(mine), at: mine, records: Array(1 + (mine % 3)).fill(record) })
    process.stdout.write(mine + ' ' + firstOffset + '\\n')
  }
}
await Promise.all([append(), append(), append(), append()])
`

const programs: { readonly [name: string]: string } = { journal: journalProgram, ingest: ingestProgram }

beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: 'warn',
    plugins: [
      {
        name: 'program',
        resolveId: id => (id.startsWith('virtual:') ? id : null),
        load: id => programs[id.replace('virtual:', '')] ?? null,
      },
    ],
    build: {
      ssr: true,
      outDir: directory,
      emptyOutDir: false,
      rolldownOptions: {
        input: { journal: 'virtual:journal', ingest: 'virtual:ingest' },
        output: { entryFileNames: '[name].mjs' },
      },
    },
  })
})

afterAll(() => rmSync(directory, { recursive: true }))

/** Runs a program until it has acknowledged so many, and kills it. @returns what it acknowledged. */
async function lifeOf(program: string, path: string, first: number, untilKilled: number): Promise<string[]> {
  const child = spawn(process.execPath, [join(directory, `${program}.mjs`), path, String(first)])
  const errors: Buffer[] = []
  child.stderr.on('data', data => errors.push(data))
  const ended = once(child, 'exit')
  const acknowledged: string[] = []
  for await (const line of createInterface(child.stdout)) {
    if (acknowledged.push(line) === untilKilled) child.kill('SIGKILL')
  }
  expect(await ended, Buffer.concat(errors).toString()).toEqual([null, 'SIGKILL'])
  return acknowledged
}

/** Each life ends after another number of acknowledgements, at no chosen point of its work. */
const lives = [1, 37, 400, 1_100]

test('whatever the journal acknowledged is there after kill -9, through several lives and new segments', async () => {
  const path = join(directory, 'kept-journal')
  const acknowledged: number[] = []
  for (const untilKilled of lives) {
    acknowledged.push(...(await lifeOf('journal', path, (acknowledged.at(-1) ?? 0) + 1_000, untilKilled)).map(Number))
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

test('whatever the ingest log acknowledged is there after kill -9, once, at the offset that was told', async () => {
  const path = join(directory, 'kept-ingest')
  const acknowledged: (readonly [number: number, offset: number])[] = []
  for (const untilKilled of lives) {
    const lines = await lifeOf('ingest', path, (acknowledged.at(-1)?.[0] ?? 0) + 1_000, untilKilled)
    acknowledged.push(...lines.map(line => line.split(' ').map(Number) as [number, number]))
    const log = await openIngestLog(path)
    const values = new Map<number, string>()
    for (let at = 0; at < log.endOffset; ) {
      for (const { offset, value } of await log.read(at)) {
        values.set(offset, Buffer.from(value!).toString())
        at = offset + 1
      }
    }
    expect(log.missing).toEqual([])
    expect(values.size).toBe(log.endOffset)
    for (const [number, first] of acknowledged) {
      const value = `${number} ${'x'.repeat(number % 977)}`
      for (let index = 0; index <= number % 3; index++) expect(values.get(first + index)).toBe(value)
      const record = { key: null, value: Buffer.from(value) }
      const again = { id: String(number), at: instant(0), records: Array<typeof record>(1 + (number % 3)).fill(record) }
      expect(await log.append(again)).toEqual({ outcome: 'repeated', firstOffset: first })
      expect(await log.append({ ...again, records: [{ key: null, value: null }] })).toEqual({ outcome: 'id-taken' })
    }
    // A batch is there wholly or not at all.
    const counts = new Map<string, number>()
    for (const value of values.values()) counts.set(value, (counts.get(value) ?? 0) + 1)
    for (const [value, count] of counts) expect(count).toBe(1 + (Number.parseInt(value, 10) % 3))
    await log.close()
  }
})
