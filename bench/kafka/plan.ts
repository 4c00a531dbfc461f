/* What `npm run bench:kafka` shall measure; the environment may say otherwise. */

/** One way to run the product: which client reads, how many workers fold, and of which share of the cases visits are stored. */
export type Setup = { readonly client: string; readonly workers: number; readonly visits: 'all' | number }

const listOf = (name: string, otherwise: string): string[] => (process.env[name] ?? otherwise).split(',')
const numberOf = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise)

/** Records in the topic. */
export const records = numberOf('BENCH_RECORDS', 3_000_000)
export const partitions = numberOf('BENCH_PARTITIONS', 4)
/** Of the load under which alerts are timed; by default half of what was read a second. */
export const liveRate = process.env.BENCH_LIVE_RATE === undefined ? undefined : numberOf('BENCH_LIVE_RATE', 0)
/** How many alerts are timed. */
export const probes = numberOf('BENCH_PROBES', 200)

export const setups: readonly Setup[] = listOf('BENCH_CLIENTS', 'kafkajs').flatMap(client =>
  listOf('BENCH_WORKERS', '1').flatMap(workers =>
    // All is the default of the product; a row for each visit costs the store more than all else costs.
    listOf('BENCH_VISITS', 'all,0.01').map(visits => ({
      client,
      workers: Number(workers),
      visits: visits === 'all' ? visits : Number(visits),
    })),
  ),
)

export const nameOf = ({ client, workers, visits }: Setup): string =>
  `${client}, ${workers} worker${workers === 1 ? '' : 's'}, visits: ${visits}`
