import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where CPU time goes, by the file of the function that was running. */
const parts: readonly (readonly [name: string, files: RegExp])[] = [
  [
    'client',
    /node_modules\/(kafkajs|node-rdkafka|snappy|lz4-napi|fzstd)|dist\/source|node:(net|tls|zlib|internal\/(stream|net|js_stream|tls|zlib))/,
  ],
  ['decode', /dist\/decode/],
  ['fold', /dist\/(cases|windows|shard|event)/],
  ['rules', /dist\/(rules|alerts|engine|model)|cel-js/],
  ['store', /dist\/store|clickhouse|chdb/],
  ['page', /dist\/(gateway|protocol|exporter|journal)|node_modules\/(ws|fastify|zod)/],
]

export type CpuParts = ReadonlyMap<string, number>

type Profile = {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Of a profile, in seconds from its beginning, and what the main thread took of a core meanwhile. */
export type Span = { readonly from: number; readonly to: number; readonly mainSeconds: number }

/**
 * CPU seconds that the JavaScript threads of a run took, by part, `garbage`, `native` (the system, and code that is no
 * JavaScript) and `rest` among them; not those of idle threads.
 *
 * A profile tells how long a function was under way, also while its thread had to wait for a core. So shares are taken
 * from it, and how much they are shares of from the kernel.
 *
 * @param folder where Node has written a profile of each thread.
 */
export function cpuParts(folder: string, span: Span): CpuParts {
  const files = readdirSync(folder)
  const isMain = (file: string) => file.split('.')[4] === '0'
  const under = files.map(file => underWay(JSON.parse(readFileSync(join(folder, file), 'utf8')), span))
  const main = under[files.findIndex(isMain)]
  if (main === undefined) throw new Error(`no profile of the main thread in ${files.join(', ')}`)
  const share = span.mainSeconds / [...main.values()].reduce((sum, seconds) => sum + seconds, 0)
  const seconds = new Map<string, number>()
  for (const [part, taken] of under.flatMap(parts => [...parts])) {
    seconds.set(part, (seconds.get(part) ?? 0) + taken * share)
  }
  return seconds
}

function underWay({ nodes, samples, timeDeltas }: Profile, { from, to }: Span): CpuParts {
  const partOf = new Map(nodes.map(({ id, callFrame }) => [id, partOfFrame(callFrame)]))
  const seconds = new Map<string, number>()
  let at = 0
  samples.forEach((sample, index) => {
    at += (timeDeltas[index] ?? 0) / 1e6
    const part = partOf.get(sample)
    if (part === undefined || at < from || at > to) return
    seconds.set(part, (seconds.get(part) ?? 0) + (timeDeltas[index + 1] ?? 0) / 1e6)
  })
  return seconds
}

function partOfFrame({ functionName, url }: Profile['nodes'][number]['callFrame']): string | undefined {
  if (functionName === '(idle)') return undefined
  if (functionName === '(garbage collector)') return 'garbage'
  if (functionName === '(program)') return 'native'
  return parts.find(([, files]) => files.test(url))?.[0] ?? 'rest'
}
