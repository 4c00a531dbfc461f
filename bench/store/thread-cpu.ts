import { readFileSync } from 'node:fs'

type Process = typeof process & { threadCpuUsage?: () => NodeJS.CpuUsage }

/**
 * CPU time that this thread has taken so far, in ms: not that of the engine's threads, nor of those that collect garbage
 * beside it.
 *
 * Node tells it from release 23.9 on; before, the kernel does (Linux).
 */
export function threadCpuMs(): number {
  const usage = (process as Process).threadCpuUsage?.()
  if (usage !== undefined) return (usage.user + usage.system) / 1_000
  const [nanoseconds] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')
  return Number(nanoseconds) / 1e6
}

/** CPU time of the whole process so far, in ms. */
export function processCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
