import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { instant } from '../event/instant.ts'
import { RandomDraws } from '../source/random-draws.ts'
import { openIngestLog } from './ingest-log.ts'
import { openJournal } from './journal.ts'

/*
 * What is done to the file of a log, and what has to come of it: whatever was acknowledged is there, or the log says that
 * it is not.
 */
const SECTOR_BYTES = 512

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-damage-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

type Log = {
  /** Resolves when the item of this number is acknowledged. */
  add(number: number): Promise<void>
  /** The numbers that are there, rising. */
  numbers(): Promise<readonly number[]>
  readonly tornBytes: number
  close(): Promise<void>
}

const text = (number: number) => `${'慢'.repeat(number % 7)}"\\${'x'.repeat((number * 37) % 211)}`

async function journal(): Promise<Log> {
  const log = await openJournal(directory)
  const { futures, tornBytes } = log.recover()
  return {
    add: number => log.append({ kind: 'future', process: text(number), topic: 't', partition: 0, offset: number }),
    numbers: async () => [...futures].map(key => JSON.parse(key)[3]),
    tornBytes,
    close: () => log.close(),
  }
}

async function ingestLog(): Promise<Log> {
  const log = await openIngestLog(directory)
  return {
    add: async number => {
      const record = { key: null, value: Buffer.from(JSON.stringify([number, text(number)])) }
      await log.append({ id: `batch ${number}`, at: instant(number), records: [record] })
    },
    numbers: async () => (await log.read(0)).map(({ value }) => JSON.parse(Buffer.from(value!).toString())[0]),
    tornBytes: log.tornBytes,
    close: () => log.close(),
  }
}

const file = () => join(directory, readdirSync(directory).sort().at(-1) ?? '')

/** Writes items one after the other. @returns the length of the file after each. */
async function written(open: () => Promise<Log>, count: number): Promise<number[]> {
  const log = await open()
  const lengths: number[] = []
  for (let number = 0; number < count; number++) {
    await log.add(number)
    lengths.push(statSync(file()).size)
  }
  await log.close()
  return lengths
}

async function contents(open: () => Promise<Log>) {
  const log = await open()
  const numbers = await log.numbers()
  await log.close()
  return { numbers, tornBytes: log.tornBytes }
}

const upTo = (count: number) => Array.from({ length: count }, (_, number) => number)
const logs = [
  ['the journal', journal],
  ['the ingest log', ingestLog],
] as const

test.each(logs)('%s, cut at every byte of its last line, has all before it and goes on', async (_what, open) => {
  const lengths = await written(open, 12)
  const whole = readFileSync(file())
  const before = lengths.at(-2)!
  for (let length = before; length < whole.length; length++) {
    writeFileSync(file(), whole.subarray(0, length))
    const log = await open()
    expect(log.tornBytes).toBe(length - before)
    expect(await log.numbers()).toEqual(upTo(11))
    await log.add(11)
    await log.close()
    expect(await contents(open)).toEqual({ numbers: upTo(12), tornBytes: 0 })
  }
  expect(whole.length - before).toBeGreaterThan(100)
})

test.each(logs)(
  '%s refuses 200 flipped bits, wherever they are, and says where and what to do',
  async (_what, open) => {
    await written(open, 40)
    const whole = readFileSync(file())
    const draws = new RandomDraws(1, 0)
    for (let drawn = 0; drawn < 200; drawn++) {
      const at = draws.next() % whole.length
      const bit = draws.next() % 8
      const broken = Buffer.from(whole)
      broken[at] = broken[at]! ^ (1 << bit)
      writeFileSync(file(), broken)
      const line = whole.subarray(0, at).filter(byte => byte === 0x0a).length
      const start = line === 0 ? 0 : whole.lastIndexOf(0x0a, at - 1) + 1
      await expect(open(), `bit ${bit} of byte ${at}`).rejects.toThrow(
        `${file()} is damaged: line ${line + 1} (byte ${start}) does not match its checksum. Restore the file from a backup.`,
      )
    }
  },
)

test.each(logs)('%s, cut as its message says, opens with what lay before', async (_what, open) => {
  const lengths = await written(open, 10)
  const whole = readFileSync(file())
  whole[lengths[5]! + 60]! ^= 1
  writeFileSync(file(), whole)
  const message = await open().catch(error => String(error))
  const [, bytes] = /cut it with "truncate -s (\d+) /.exec(message as string) ?? []
  expect(Number(bytes)).toBe(lengths[5])
  writeFileSync(file(), whole.subarray(0, Number(bytes)))
  expect(await contents(open)).toEqual({ numbers: upTo(6), tornBytes: 0 })
})

test.each(logs)('%s, whose last line lost a sector when the power failed, has all before it', async (_what, open) => {
  const log = await open()
  await log.add(1)
  const before = statSync(file()).size
  // Together they are one line of several sectors.
  await Promise.all(upTo(40).map(log.add))
  await log.close()
  const whole = readFileSync(file())
  const sectors = upTo(Math.ceil(whole.length / SECTOR_BYTES)).filter(sector => (sector + 1) * SECTOR_BYTES > before)
  for (const sector of sectors) {
    const holed = Buffer.from(whole)
    holed.fill(0, Math.max(before, sector * SECTOR_BYTES), Math.min(holed.length, (sector + 1) * SECTOR_BYTES))
    writeFileSync(file(), holed)
    expect(await contents(open), `sector ${sector}`).toEqual({ numbers: [1], tornBytes: whole.length - before })
    expect(statSync(file()).size).toBe(before)
  }
  expect(sectors.length).toBeGreaterThan(5)
  writeFileSync(file(), whole)
  appendFileSync(file(), Buffer.alloc(10_000))
  expect((await contents(open)).tornBytes).toBe(10_000)
})

test.each(logs)('%s refuses a lost sector that others were acknowledged after', async (_what, open) => {
  const lengths = await written(open, 40)
  const whole = readFileSync(file())
  const sector = Math.ceil(lengths[3]! / SECTOR_BYTES)
  whole.fill(0, sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES)
  writeFileSync(file(), whole)
  await expect(open()).rejects.toThrow(/is damaged: line \d+ .* does not match its checksum/)
})
