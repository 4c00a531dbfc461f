import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { holderOf, lockDirectory } from './lock.ts'

let directory: string
let file: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-lock-'))
  file = join(directory, 'stagewatch.lock')
})

afterEach(() => rmSync(directory, { recursive: true }))

/** What the lock of this process would say, changed as told. */
async function leaveLock(change: object): Promise<void> {
  const lock = await lockDirectory(directory)
  const text = readFileSync(file, 'utf8')
  await lock.release()
  writeFileSync(file, JSON.stringify({ ...JSON.parse(text), ...change }))
}

const startTicksOf = (pid: number) => {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19]
}

test('a directory is locked once, and free again when released', async () => {
  const nested = join(directory, 'a', 'b')
  const lock = await lockDirectory(nested)
  await expect(lockDirectory(nested)).rejects.toThrow(`is already in use by this process (${process.pid})`)
  await lock.release()
  await (await lockDirectory(nested)).release()
  expect(existsSync(join(nested, 'stagewatch.lock'))).toBe(false)
})

test.runIf(process.platform === 'linux')('a living process keeps others out, a dead one does not', async () => {
  const other = spawn('sleep', ['60'])
  const pid = other.pid as number
  await leaveLock({ pid, startTicks: startTicksOf(pid) })
  await expect(lockDirectory(directory)).rejects.toThrow(
    new RegExp(`is in use by process ${pid} on .*Stop that process, or name another data directory`),
  )
  other.kill('SIGKILL')
  await once(other, 'exit')
  await (await lockDirectory(directory)).release()
})

test.runIf(process.platform === 'linux')(
  'a process that was given the id of the former holder does not count',
  async () => {
    await leaveLock({ pid: process.ppid, startTicks: '1' })
    await (await lockDirectory(directory)).release()
  },
)

test('where the start of a process is unknown its id alone decides', async () => {
  await leaveLock({ pid: process.ppid, startTicks: null })
  await expect(lockDirectory(directory)).rejects.toThrow(`process ${process.ppid}`)
})

test('after a reboot of this machine the former lock does not count', async () => {
  await leaveLock({ boot: 'before' })
  await (await lockDirectory(directory)).release()
})

test('a holder out of sight keeps others out for as long as it gives a sign of life', async () => {
  await leaveLock({ host: 'elsewhere', boot: 'other' })
  const beat = setInterval(() => utimesSync(file, new Date(), new Date()), 50)
  try {
    await expect(lockDirectory(directory, 2_000)).rejects.toThrow('on elsewhere')
  } finally {
    clearInterval(beat)
  }
  const before = readFileSync(file, 'utf8')
  const lock = await lockDirectory(directory, 200)
  expect(readFileSync(file, 'utf8')).not.toBe(before)
  await lock.release()
})

test('a lock that was left half written does not count', async () => {
  writeFileSync(file, '{"pid":1')
  await (await lockDirectory(directory, 200)).release()
})

test('of many that find a stale lock one gets the directory', async () => {
  await leaveLock({ boot: 'before' })
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(directory)))
  const won = tries.filter(result => result.status === 'fulfilled')
  expect(won.length).toBe(1)
  await won[0]?.value.release()
  expect(readdirSync(directory)).toEqual([])
})

test('however often many find a stale lock, one gets the directory', async () => {
  for (let round = 0; round < 30; round++) {
    await leaveLock({ boot: `before ${round}` })
    const tries = await Promise.allSettled(Array.from({ length: 12 }, () => lockDirectory(directory)))
    expect(tries.filter(({ status }) => status === 'fulfilled').length).toBe(1)
    for (const one of tries) if (one.status === 'fulfilled') await one.value.release()
  }
})

test('one that was killed while it took a stale lock over does not keep others out', async () => {
  await leaveLock({ boot: 'before' })
  const stale = readFileSync(file, 'utf8')
  const mark = `${file}.${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`
  writeFileSync(mark, stale)
  await (await lockDirectory(directory)).release()
  expect(readdirSync(directory)).toEqual([])
})

test('a lock that was taken over is not removed by its former holder', async () => {
  const lock = await lockDirectory(directory)
  writeFileSync(file, 'of another')
  await lock.release()
  expect(readFileSync(file, 'utf8')).toBe('of another')
})

test('a directory that cannot be made is reported with what to do', async () => {
  writeFileSync(join(directory, 'file'), '')
  await expect(lockDirectory(join(directory, 'file'))).rejects.toThrow(/cannot be used: .*Name a directory that/)
})

test('the lock tells where its holder serves, and is still that of its holder', async () => {
  expect(await holderOf(directory)).toBe(undefined)
  const lock = await lockDirectory(directory)
  expect(await holderOf(directory)).toMatchObject({ pid: process.pid })
  await lock.tellAddress('http://127.0.0.1:8080')
  expect(await holderOf(directory)).toMatchObject({ pid: process.pid, address: 'http://127.0.0.1:8080' })
  await expect(lockDirectory(directory)).rejects.toThrow(`is already in use by this process (${process.pid})`)
  await lock.release()
  expect(readdirSync(directory)).toEqual([])
})

test('a lock that somebody else has by now is left to him', async () => {
  const lock = await lockDirectory(directory)
  writeFileSync(file, JSON.stringify({ pid: 1, host: 'elsewhere' }))
  await lock.tellAddress('http://127.0.0.1:8080')
  expect(readFileSync(file, 'utf8')).toBe('{"pid":1,"host":"elsewhere"}')
  await lock.release()
})

test.runIf(process.platform === 'linux')('a killed holder has nothing any more', async () => {
  await leaveLock({ startTicks: '1', address: 'http://127.0.0.1:8080' })
  expect(await holderOf(directory)).toBe(undefined)
})
