import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seed } from '../../test/support/seed.ts'
import { batchOf, paneOf, visitOf } from '../../test/support/store-batches.ts'
import { openStore, type Store } from './store.ts'

const KILLS = 20
/** A batch is written in some 50 ms on a quiet machine; later than this it is mostly over. */
const KILLED_WITHIN_MS = 50
const ENOUGH_UNDER_WAY = 10

const directory = mkdtempSync(join(tmpdir(), 'stagewatch-store-kill-'))
const program = join(directory, 'writes.mjs')

const builtStore = new URL('../../dist/store/store.js', import.meta.url)
const batches = fileURLToPath(new URL('../../test/support/store-batches.ts', import.meta.url))

/** Writes batches for ever, from the given one on, and says of each when it is begun and when it is acknowledged. */
const source = `
import { openStore } from ${JSON.stringify(builtStore.href)}
import { batchOf } from ${JSON.stringify(batches)}
const [, , path, first] = process.argv
const from = performance.now()
const store = await openStore({ kind: 'embedded', path })
process.stdout.write('opened ' + Math.round(performance.now() - from) + '\\n')
for (let batch = Number(first); ; batch++) {
  process.stdout.write('begun ' + batch + '\\n')
  store.write(batchOf(batch))
  await store.flush()
  process.stdout.write('acknowledged ' + batch + '\\n')
}
`

beforeAll(async () => {
  if (!existsSync(builtStore)) throw new Error('the project is not built: npm run build')
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
      rolldownOptions: {
        input: { writes: 'virtual:program' },
        external: id => id.startsWith('file:'),
        output: { entryFileNames: '[name].mjs' },
      },
    },
  })
})

afterAll(() => rmSync(directory, { recursive: true }))

/** Numbers in [0, 1), the same for the same seed. */
function draws(start: number): () => number {
  let state = start
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

type Life = { openedMs: number; begun: number; acknowledged: number }

/** One life of a writing process, ended by kill -9 `afterMs` after batch `during` was begun. */
async function live(path: string, first: number, during: number, afterMs: number): Promise<Life> {
  const child = spawn(process.execPath, [program, path, String(first)])
  const errors: Buffer[] = []
  child.stderr.on('data', data => errors.push(data))
  const ended = once(child, 'exit')
  const life: Life = { openedMs: Number.NaN, begun: first - 1, acknowledged: first - 1 }
  for await (const line of createInterface(child.stdout)) {
    const [what, number] = line.split(' ')
    if (what === 'opened') life.openedMs = Number(number)
    if (what === 'begun') life.begun = Number(number)
    if (what === 'acknowledged') life.acknowledged = Number(number)
    if (what === 'begun' && life.begun === during) setTimeout(() => child.kill('SIGKILL'), afterMs)
  }
  expect(await ended, Buffer.concat(errors).toString()).toEqual([null, 'SIGKILL'])
  return life
}

async function contentsOf(store: Store) {
  const visits = []
  for await (const row of store.allVisits('p')) visits.push(row)
  const panes = []
  for await (const row of store.allPanes('p')) panes.push(row)
  const deadLetters = await store.deadLetters('p', 1_000_000)
  return { visits, panes, deadLetters }
}

/** The keys whose row is missing, older than acknowledged, or none that was ever written. */
function wrongIn({ visits, panes, deadLetters }: Awaited<ReturnType<typeof contentsOf>>, acknowledged: number) {
  const rows = new Map<string, { position: number; isWhole: boolean }>()
  const textOf = (row: object) => JSON.stringify(Object.entries(row).sort(([left], [right]) => (left < right ? -1 : 1)))
  const note = (key: string, position: number, row: object, written: object) =>
    rows.set(key, { position, isWhole: textOf(row) === textOf(written) })
  for (const row of visits) note(row.case, row.position, row, visitOf(Number(row.case.slice(2)), row.position))
  for (const pane of panes) {
    const {
      source: _,
      partition: __,
      epoch: ___,
      position: ____,
      ...written
    } = paneOf(pane.start / 10_000, pane.entered)
    note(`pane ${pane.start}`, pane.entered, pane, written)
  }
  const wrong: string[] = []
  for (const [key, { isWhole }] of rows) if (!isWhole) wrong.push(`${key} is none that was written`)
  const offsets = new Set(deadLetters.map(({ offset }) => offset))
  for (let batch = 1; batch <= acknowledged; batch++) {
    const output = batchOf(batch)
    const expected = [...output.visits.map(row => row.case), ...output.panes.map(({ start }) => `pane ${start}`)]
    for (const key of expected) {
      const { position } = rows.get(key) ?? { position: 0 }
      if (position < batch) wrong.push(`${key} is of batch ${position}, not ${batch}`)
    }
    for (const { offset } of output.deadLetters) if (!offsets.has(offset)) wrong.push(`no dead letter ${offset}`)
  }
  return wrong
}

test(`nothing acknowledged is ever missing after ${KILLS} times kill -9, and in the end all is as without them`, async () => {
  const path = join(directory, 'killed')
  const draw = draws(seed)
  const openedMs: number[] = []
  let acknowledged = 0
  let underWay = 0
  for (let life = 0; life < KILLS; life++) {
    const during = acknowledged + 1 + Math.floor(draw() * 3)
    const lived = await live(path, acknowledged + 1, during, draw() * KILLED_WITHIN_MS)
    openedMs.push(lived.openedMs)
    if (lived.begun > lived.acknowledged) underWay++
    acknowledged = lived.acknowledged
    const store = await openStore({ kind: 'embedded', path })
    const wrong = wrongIn(await contentsOf(store), acknowledged)
    expect(wrong.slice(0, 10), `life ${life} of FC_SEED=${seed}`).toEqual([])
    await store.close()
  }
  const sorted = openedMs.slice(1).sort((a, b) => a - b)
  console.info(
    `FC_SEED=${seed}: reopened in ${sorted[0]} to ${sorted.at(-1)} ms, mostly ${sorted[sorted.length >> 1]} ms; ` +
      `${underWay} of ${KILLS} kills while a batch was under way, ${acknowledged} batches acknowledged`,
  )
  expect(underWay).toBeGreaterThanOrEqual(ENOUGH_UNDER_WAY)

  const last = acknowledged + 2
  const written = async (at: string, first: number) => {
    const store = await openStore({ kind: 'embedded', path: at })
    for (let batch = first; batch <= last; batch++) {
      store.write(batchOf(batch))
      await store.flush()
    }
    const contents = await contentsOf(store)
    expect(await store.close()).toEqual({ unwrittenRows: 0 })
    return contents
  }
  const whole = await written(join(directory, 'whole'), 1)
  expect(wrongIn(whole, last)).toEqual([])
  expect(await written(path, acknowledged + 1)).toEqual(whole)
})
