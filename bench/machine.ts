import { execSync } from 'node:child_process'
import { cpus } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What a figure belongs to. */
export function machine(): string {
  const commit = execSync('git rev-parse --short HEAD', { encoding: 'utf8' }).trim()
  return `commit ${commit}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`
}

export const print = (...lines: readonly string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n`)
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en')

/** Median and span: `412,000 [390,100 … 430,500]`. */
export function spread(values: readonly number[], format: (value: number) => string = whole): string {
  return `${format(median(values))} [${format(Math.min(...values))} … ${format(Math.max(...values))}]`
}

/** Resident memory after the garbage is gone, in bytes. */
export function residentBytes(): number {
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().rss
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Wall clock and CPU time of some work, in ms. */
export function timed(work: () => void): { readonly wallMs: number; readonly cpuMs: number } {
  const cpu = process.cpuUsage()
  const from = performance.now()
  work()
  const wallMs = performance.now() - from
  const { user, system } = process.cpuUsage(cpu)
  return { wallMs, cpuMs: (user + system) / 1_000 }
}
