import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { canMount, SmallDisk } from '../../../test/support/small-disk.ts'
import { Spill, type SpillReport } from './spill.ts'

const visits = { name: 'visits', columns: ['case_id', 'version'] }
const letters = { name: 'dead_letters', columns: ['record_offset'] }

let directory: string
let folder: string
let told: string[]

const report: SpillReport = {
  began: () => void told.push('began'),
  ended: () => void told.push('ended'),
  failed: error => void told.push(`failed: ${error.message}`),
  damaged: ({ file, problem }) => void told.push(`damaged: ${file.slice(directory.length)}: ${problem}`),
  torn: ({ tornBytes }) => void told.push(`torn: ${tornBytes}`),
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-spill-'))
  folder = join(directory, 'spill')
  told = []
})

afterEach(() => rmSync(directory, { recursive: true }))

const open = (change: { folder?: string; maxBytes?: number; takesOver?: boolean } = {}) =>
  Spill.open({ folder, maxBytes: 1_000_000, takesOver: true, report, ...change }, [visits, letters])

const linesOf = (nth: number) => Buffer.from(`["C-${nth}", ${nth}]\n`)

/** Everything that is sent, as `table lines`. */
async function sent(spill: Spill): Promise<string[]> {
  const all: string[] = []
  const insert = async ({ table, lines }: { table: { name: string }; lines: Buffer }) => {
    all.push(`${table.name} ${lines.toString().trim()}`)
    return true
  }
  expect(await spill.sendAll(insert, async () => {})).toBe(true)
  return all
}

const filesIn = (path = folder) => readdirSync(path).sort()

/** A spill as a process left it that was killed: three frames of visits in one file. */
async function leftOver(): Promise<string> {
  const spill = await open()
  for (const nth of [1, 2, 3]) expect(await spill.append(visits, 10, linesOf(nth))).toBe(true)
  await spill.close()
  told = []
  return join(folder, filesIn()[0] as string)
}

test('rows are handed out as they came, those of each table with its name, and leave nothing behind', async () => {
  const spill = await open()
  expect(spill.isEmpty).toBe(true)
  await spill.append(visits, 2, linesOf(1))
  await spill.append(letters, 1, Buffer.from('[7]\n'))
  await spill.append(visits, 3, linesOf(2))
  expect(spill.rows).toBe(6)
  expect(filesIn()).toEqual(['00000001.visits.spill', '00000002.dead_letters.spill'])
  expect(await sent(spill)).toEqual(['visits ["C-1", 1]', 'visits ["C-2", 2]', 'dead_letters [7]'])
  expect([spill.rows, spill.isEmpty, filesIn(), told]).toEqual([0, true, [], ['began', 'ended']])
  await spill.append(visits, 1, linesOf(3))
  expect(filesIn()).toEqual(['00000003.visits.spill'])
  await spill.close()
})

test('what is not acknowledged stays, and comes again from the beginning of its file', async () => {
  const spill = await open()
  for (const nth of [1, 2]) await spill.append(visits, 10, linesOf(nth))
  let nth = 0
  expect(
    await spill.sendAll(
      async () => ++nth === 1,
      async () => {},
    ),
  ).toBe(false)
  expect(spill.rows).toBe(10)
  await spill.append(visits, 10, linesOf(3))
  expect(await sent(spill)).toEqual(['visits ["C-1", 1]', 'visits ["C-2", 2]', 'visits ["C-3", 3]'])
  await spill.close()
})

test('a later life sends what was left, also in the folders of threads that there are no longer', async () => {
  await leftOver()
  const thread = await open({ folder: join(folder, 'worker-1') })
  await thread.append(visits, 5, linesOf(4))
  await thread.close()
  const next = await open()
  expect(next.rows).toBe(35)
  // A thread begins its own files beside those that are being sent.
  const sameThread = await open({ folder: join(folder, 'worker-1'), takesOver: false })
  expect(sameThread.isEmpty).toBe(true)
  await sameThread.append(visits, 1, linesOf(5))
  expect(await sent(next)).toEqual([1, 2, 3, 4].map(nth => `visits ["C-${nth}", ${nth}]`))
  expect(await sent(sameThread)).toEqual(['visits ["C-5", 5]'])
  expect([filesIn(), filesIn(join(folder, 'worker-1'))]).toEqual([['worker-1'], []])
})

describe('damage', () => {
  const first = 'visits ["C-1", 1]'
  const last = 'visits ["C-3", 3]'

  /** Where the content of the nth frame begins, the opening being the 0th. */
  const contentAt = (bytes: Buffer, nth: number) => bytes.indexOf(`["C-${nth}"`)

  test('of some rows: the others are sent, the file is told and set aside', async () => {
    const file = await leftOver()
    const bytes = readFileSync(file)
    bytes[contentAt(bytes, 2) + 3]! ^= 4
    writeFileSync(file, bytes)
    const spill = await open()
    expect(await sent(spill)).toEqual([first, last])
    expect(told[0]).toMatch(/^damaged: .*00000001\.visits\.spill\.damaged: 10 rows at byte \d+ do not match/)
    expect([spill.isEmpty, filesIn()]).toEqual([true, ['00000001.visits.spill.damaged']])
    // It is no file to be sent any more, nor is its number given to another one.
    const next = await open()
    expect(next.isEmpty).toBe(true)
    await next.append(visits, 1, linesOf(4))
    expect(filesIn()).toEqual(['00000001.visits.spill.damaged', '00000002.visits.spill'])
    await next.close()
  })

  test('of where a frame ends: what lies behind cannot be read', async () => {
    const file = await leftOver()
    const bytes = readFileSync(file)
    bytes[contentAt(bytes, 2) - 32]! ^= 1
    writeFileSync(file, bytes)
    expect(await sent(await open())).toEqual([first])
    expect(told[0]).toMatch(/nothing can be read from byte \d+ on/)
  })

  test.each([
    ['the beginning', (bytes: Buffer) => bytes.fill(1, 0, 8), /nothing can be read from byte 0 on/],
    ['what the file is', (bytes: Buffer) => bytes.fill('x', 40, 44), /rows at byte 0 do not match/],
  ])('of %s', async (_what, damage, problem) => {
    const file = await leftOver()
    writeFileSync(file, damage(readFileSync(file)))
    expect(await sent(await open())).toEqual([])
    expect(told[0]).toMatch(problem)
    expect(filesIn()).toEqual(['00000001.visits.spill.damaged'])
  })

  test('every flipped bit is found', async () => {
    const file = await leftOver()
    const good = readFileSync(file)
    for (let bit = 0; bit < good.length * 8; bit += 23) {
      const bytes = Buffer.from(good)
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      writeFileSync(file, bytes)
      told = []
      const rows = await sent(await open())
      expect(rows.length, `bit ${bit}`).toBeLessThan(3)
      for (const row of rows) expect([1, 2, 3].map(nth => `visits ["C-${nth}", ${nth}]`)).toContain(row)
      expect(told[0], `bit ${bit}`).toMatch(/^damaged: /)
      rmSync(`${file}.damaged`)
    }
  })

  test('a file of a table or a column that this release does not know is set aside', async () => {
    await leftOver()
    const spill = await Spill.open({ folder, maxBytes: 1, takesOver: true, report }, [
      { ...visits, columns: ['version'] },
    ])
    expect(await sent(spill)).toEqual([])
    expect(told[0]).toContain('this release does not know case_id of visits')
  })

  test('a frame that was not written as a whole is torn, which nobody had relied on', async () => {
    const file = await leftOver()
    truncateSync(file, readFileSync(file).length - 3)
    expect(await sent(await open())).toEqual([first, 'visits ["C-2", 2]'])
    expect(told[0]).toMatch(/^torn: \d+$/)
    expect(filesIn()).toEqual([])
  })

  test('so is room that was never filled, whether it had a head or not', async () => {
    const file = await leftOver()
    appendFileSync(file, Buffer.alloc(600))
    expect(await sent(await open())).toHaveLength(3)
    expect(told).toEqual(['torn: 600', 'ended'])
    const long = Buffer.alloc(2_000, 'x')
    const spill = await open()
    await spill.append(visits, 1, linesOf(4))
    await spill.append(visits, 1, long)
    const grown = join(folder, filesIn().at(-1) as string)
    const whole = readFileSync(grown)
    writeFileSync(grown, whole.fill(0, whole.indexOf(long) + 700))
    await spill.close()
    told = []
    expect(await sent(await open())).toEqual(['visits ["C-4", 4]'])
    expect(told).toEqual([`torn: ${long.length + 32}`, 'ended'])
  })
})

test('past its bound nothing more is kept, which is told once, until there is room again', async () => {
  const spill = await open({ maxBytes: 1_000 })
  const many = Buffer.alloc(400, 'x')
  expect(await spill.append(visits, 1, many)).toBe(true)
  expect(await spill.append(visits, 1, Buffer.alloc(600))).toBe(false)
  expect(await spill.append(visits, 1, Buffer.alloc(600))).toBe(false)
  expect(told).toEqual(['began', expect.stringMatching(/^failed: .*spill holds the 0 MiB of rows that may wait there/)])
  expect(spill.rows).toBe(1)
  expect(await sent(spill)).toHaveLength(1)
  expect(await spill.append(visits, 1, Buffer.alloc(600))).toBe(true)
  await spill.close()
})

test.runIf(canMount)('a full disk is told, and what could be kept before is sent', async () => {
  const disk = new SmallDisk(join(directory, 'disk'), 8)
  try {
    const spill = await open({ folder: join(disk.path, 'spill'), maxBytes: 1_000_000_000 })
    expect(await spill.append(visits, 1, linesOf(1))).toBe(true)
    // An eighth of a small disk is kept free: the journal and the snapshots go on there.
    disk.fill(900_000)
    expect(await spill.append(visits, 1, linesOf(2))).toBe(false)
    expect(told).toEqual(['began', expect.stringMatching(/^failed: The disk of .* is full/)])
    disk.makeRoom()
    // More than there is: part of it is written, and cut off again.
    expect(await spill.append(visits, 1, Buffer.alloc(9_000_000, 'x'))).toBe(false)
    expect(await spill.append(visits, 1, linesOf(3))).toBe(true)
    expect(await sent(spill)).toEqual(['visits ["C-1", 1]', 'visits ["C-3", 3]'])
    await spill.close()
  } finally {
    disk.remove()
  }
})
