import { existsSync, readFileSync } from 'node:fs'

/** The kernel's own account of this thread: ns on a core, ns ready without one (Linux). */
const account = '/proc/thread-self/schedstat'
const isThere = existsSync(account)
const accounted = (): readonly number[] => readFileSync(account, 'utf8').split(' ').map(Number)

type Process = typeof process & { threadCpuUsage?: () => NodeJS.CpuUsage }

/**
 * CPU time that this thread has taken so far, in ms: not that of the engine's threads, nor of those that collect garbage
 * beside it.
 *
 * @throws where neither the kernel nor Node (from release 23.9 on) tells it.
 */
export function threadCpuMs(): number {
  if (isThere) return accounted()[0]! / 1e6
  const usage = (process as Process).threadCpuUsage?.()
  if (usage === undefined) throw new Error('the CPU time of a thread is known on Linux, and from Node 23.9 on')
  return (usage.user + usage.system) / 1_000
}

/** For how long this thread was ready to run and had no core, in ms; 0 where the kernel does not tell. */
export const threadWaitMs = (): number => (isThere ? accounted()[1]! / 1e6 : 0)

/** CPU time of the whole process so far, in ms. */
export function processCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
