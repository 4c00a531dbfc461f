import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { JournalError, messageOf } from './journal-error.ts'

/*
 * A data directory belongs to one process. The lock is a file that names its holder; it is created exclusively and
 * removed at the end. A holder that was killed leaves it behind, so the next process has to find out whether the holder
 * still lives:
 *
 * - where the holder's process id means something to us (same boot, same process namespace), by that id together with
 *   the instant at which the process started: an id alone may have been given to another process since;
 * - after a reboot of this machine nobody can hold it;
 * - where the holder is out of sight (another machine or container on a shared volume), by its sign of life: it touches
 *   the file every second, and one that has not for `patienceMs` is taken for dead.
 */
const lockName = 'stagewatch.lock'
const signOfLifeMs = 1_000
const defaultPatienceMs = 5_000

type Holder = {
  readonly pid: number
  /** Clock ticks between boot and the start of the process; null where the system does not tell. */
  readonly startTicks: string | null
  readonly boot: string | null
  readonly pidNamespace: string | null
  readonly host: string
  /** Where it serves its API, once it does. */
  readonly address?: string
}

export interface DirectoryLock {
  /** Lets commands know where the holder serves its API. */
  tellAddress(address: string): Promise<void>
  /** Lets the next process in. */
  release(): Promise<void>
}

/**
 * Keeps every other process out of a directory, made if missing.
 *
 * @param patienceMs how long a holder that cannot be seen is watched for a sign of life.
 * @throws JournalError naming the holder where the directory is in use, and where it cannot be written.
 */
export async function lockDirectory(directory: string, patienceMs: number = defaultPatienceMs): Promise<DirectoryLock> {
  const file = join(directory, lockName)
  const mine = JSON.stringify(self())
  await mkdir(directory, { recursive: true }).catch(error => {
    throw unusable(directory, error)
  })
  for (;;) {
    if (await create(directory, file, mine)) return held(file, mine)
    const text = await readIfThere(file)
    if (text === undefined) continue
    const holder = parseHolder(text)
    if (isOurs(text)) throw inUseHere(directory)
    if (await isHeld(file, holder, patienceMs)) throw inUse(directory, file, holder)
    if (await takeOver(file, text, mine, patienceMs)) return held(file, mine)
  }
}

/** Who has a directory, as far as that can be seen from here; undefined: nobody. */
export async function holderOf(directory: string): Promise<Pick<Holder, 'pid' | 'host' | 'address'> | undefined> {
  const file = join(directory, lockName)
  const text = await readIfThere(file)
  const holder = text === undefined ? undefined : parseHolder(text)
  return holder !== undefined && (await isHeld(file, holder, defaultPatienceMs)) ? holder : undefined
}

function held(file: string, written: string): DirectoryLock {
  let mine = written
  const beat = setInterval(() => {
    const now = new Date()
    // Where this fails the file is gone or the disk is; whoever uses the directory next notices that itself.
    utimes(file, now, now).catch(() => clearInterval(beat))
  }, signOfLifeMs)
  beat.unref()
  return {
    async tellAddress(address) {
      if ((await readIfThere(file)) !== mine) return
      const next = `${file}.${process.pid}.next`
      const text = JSON.stringify({ ...self(), address })
      await writeFile(next, text, { flush: true })
      // In one step: were there a moment without a lock, another process could make its own.
      await rename(next, file)
      mine = text
    },
    release: async () => {
      clearInterval(beat)
      if ((await readIfThere(file)) === mine) await rm(file)
    },
  }
}

/** Whether the lock is of this very process, whatever it tells beside. */
function isOurs(text: string): boolean {
  const { address: _told, ...holder } = parseHolder(text) ?? {}
  return JSON.stringify(holder) === JSON.stringify(self())
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function create(directory: string, file: string, text: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx')
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw unusable(directory, error)
  }
}

async function isHeld(file: string, holder: Holder | undefined, patienceMs: number): Promise<boolean> {
  const here = self()
  // Unreadable: being written this very moment, or left behind in the middle of it.
  if (holder === undefined) return givesSignOfLife(file, patienceMs)
  if (holder.boot === here.boot && holder.pidNamespace === here.pidNamespace && holder.host === here.host) {
    return holder.startTicks === null ? isRunning(holder.pid) : holder.startTicks === startTicks(holder.pid)
  }
  if (holder.boot !== here.boot && holder.host === here.host) return false
  return givesSignOfLife(file, patienceMs)
}

async function givesSignOfLife(file: string, patienceMs: number): Promise<boolean> {
  const touched = async () => (await stat(file).catch(() => undefined))?.mtimeMs
  const before = await touched()
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += 100) {
    await wait(100)
    const now = await touched()
    // Released meanwhile: whoever is first may have it.
    if (now === undefined) return false
    if (now !== before) return true
  }
  return false
}

/**
 * Puts our lock in the place of a stale one.
 *
 * Several may find the same one. Who makes the mark that is named after it, exclusively, may replace it, and does so in
 * one step: were there a moment without any lock, a third one could make its own.
 *
 * @returns false where somebody else was faster.
 */
async function takeOver(file: string, staleText: string, mine: string, patienceMs: number): Promise<boolean> {
  const mark = `${file}.${createHash('sha256').update(staleText).digest('hex').slice(0, 16)}`
  if (!(await create(file, mark, mine))) {
    const other = await readIfThere(mark)
    if (other === undefined) return false
    // Killed in the middle of taking over, it leaves its mark behind.
    if (await isHeld(mark, parseHolder(other), patienceMs)) await wait(10)
    else await rm(mark, { force: true })
    return false
  }
  try {
    if ((await readIfThere(file)) !== staleText) return false
    const next = `${mark}.next`
    await writeFile(next, mine, { flush: true })
    await rename(next, file)
    return true
  } finally {
    await rm(mark, { force: true })
  }
}

const unusable = (directory: string, error: unknown) =>
  new JournalError(
    `The data directory ${directory} cannot be used: ${messageOf(error)}`,
    'Name a directory that this user may create or write.',
    error,
  )

const inUseHere = (directory: string) =>
  new JournalError(
    `The data directory ${directory} is already in use by this process (${process.pid})`,
    'Name another directory for the second engine.',
  )

/** Another process has the directory. */
export class DirectoryInUse extends JournalError {}

function inUse(directory: string, file: string, holder: Holder | undefined): JournalError {
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`
  return new DirectoryInUse(
    `The data directory ${directory} is in use by ${who}`,
    `Stop that process, or name another data directory. If you are sure that it no longer runs, remove ${file}.`,
  )
}

let known: Holder | undefined

function self(): Holder {
  known ??= {
    pid: process.pid,
    startTicks: startTicks(process.pid),
    boot: told(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: told(() => readlinkSync('/proc/self/ns/pid')),
    host: hostname(),
  }
  return known
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null
    return Number.isInteger(holder?.pid) && typeof holder?.host === 'string' ? (holder as Holder) : undefined
  } catch {
    return undefined
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it runs, as another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The 22nd field of the process's stat; null where it is gone, or dead and not yet buried by its parent. */
const startTicks = (pid: number): string | null =>
  told(() => {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field, the name, may hold spaces and brackets.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null)
  })

/** null where the system has no such file: it is not Linux, or the process is gone. */
function told(read: () => string | null): string | null {
  try {
    return read()
  } catch {
    return null
  }
}
