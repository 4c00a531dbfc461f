import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'

/*
 * The Olist orders, computed a third time by hand: no definition file, no engine, no model, only what this one process
 * says. Each order is walked on its own with four clocks, and what comes out is grouped into hours. Everything here is
 * about this data set: its events are sorted and unique, so none is late or a duplicate (checked while reading).
 */

const hour = 3_600_000
const caseTimeout = 365 * 24 * hour
const settle = hour

/** In the order of the process's `activities`, which decides between equal stamps. */
const steps = ['purchased', 'approved', 'handed_to_carrier', 'delivered']

const stages = [
  { name: 'approval', from: 'purchased', to: 'approved' },
  { name: 'handling', from: 'approved', to: 'handed_to_carrier' },
  { name: 'transit', from: 'handed_to_carrier', to: 'delivered' },
  { name: 'lead_time', from: 'purchased', to: 'delivered' },
]

type Step = { step: string; at: number; state: string | null }

export type NaiveVisit = {
  stage: string
  order: string
  visit: number
  start: number
  end: number | null
  outcome: 'open' | 'completed' | 'abandoned' | 'expired'
  reason: string | null
  entryState: string | null
  state: string | null
}

/** `stage`, `state` (undefined: the total) and `start` are the key. Buckets as in `windows.ndjson`. */
export type NaivePane = {
  entered: number
  exited: number
  abandoned: number
  expired: number
  sum: number
  min: number | null
  max: number | null
  buckets: Map<string, number>
}

export type NaiveOlist = {
  orders: number
  events: number
  beforeStart: number
  afterEnd: number
  unmatchedEnd: number
  visits: NaiveVisit[]
  /** By `paneKey`. */
  panes: Map<string, NaivePane>
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const bytes = createReadStream(file)
  const input = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) if (line !== '') yield line
}

const paneKey = (stage: string, segment: Record<string, unknown>, start: number): string =>
  JSON.stringify([
    stage,
    'customer_state' in segment ? [segment.customer_state] : 'total',
    new Date(start).toISOString(),
  ])

/** Reads and computes all orders. @param input the gzipped NDJSON of the data set. */
export async function naiveOlist(input: string): Promise<NaiveOlist> {
  const orders = new Map<string, Step[]>()
  let events = 0
  let newest = Number.NEGATIVE_INFINITY
  for await (const line of linesOf(input)) {
    const row = JSON.parse(line)
    const at = Date.parse(row.ts)
    if (!steps.includes(row.activity)) throw new Error(`unknown step: ${line}`)
    if (at < newest) throw new Error(`not sorted, so this computation does not hold: ${line}`)
    newest = at
    events++
    const order = orders.get(row.order_id) ?? []
    if (order.some(other => other.at === at && other.step === row.activity)) throw new Error(`twice: ${line}`)
    orders.set(row.order_id, [...order, { step: row.activity, at, state: row.customer_state ?? null }])
  }
  const result: NaiveOlist = {
    orders: orders.size,
    events,
    beforeStart: 0,
    afterEnd: 0,
    unmatchedEnd: 0,
    visits: [],
    panes: new Map(),
  }
  for (const [order, unsorted] of orders) {
    const sorted = unsorted.sort((a, b) => a.at - b.at || steps.indexOf(a.step) - steps.indexOf(b.step))
    while (sorted.length > 0) walkRun(result, order, sorted, newest)
  }
  for (const visit of result.visits) countInPanes(result.panes, visit)
  return result
}

/** Takes one run's steps off the front and adds what they say. */
function walkRun(result: NaiveOlist, order: string, remaining: Step[], newest: number): void {
  const open = new Map<string, { visit: number; start: number; entryState: string | null }>()
  const seen = new Map<string, number>()
  let purchased = false
  let deliveredAt: number | null = null
  let state: string | null = null
  let last: number | null = null

  const close = (stage: string, outcome: NaiveVisit['outcome'], end: number | null, reason: string | null) => {
    result.visits.push({ stage, order, ...open.get(stage)!, end, outcome, reason, state })
    open.delete(stage)
  }

  while (remaining.length > 0) {
    const { step, at, state: stated } = remaining[0]!
    if (last !== null && at >= last + caseTimeout) break
    if (deliveredAt !== null && at > deliveredAt + settle) break
    remaining.shift()
    last = at
    if (step === 'purchased') purchased = true
    if (!purchased) result.beforeStart++
    else if (deliveredAt !== null) result.afterEnd++
    else {
      state = stated ?? state
      let unmatched = false
      for (const { name, from, to } of stages) {
        if (step === to && open.has(name)) close(name, 'completed', at, null)
        else if (step === to) unmatched = true
        if (step === from && !open.has(name)) {
          seen.set(name, (seen.get(name) ?? 0) + 1)
          open.set(name, { visit: seen.get(name)!, start: at, entryState: state })
        }
      }
      if (unmatched) result.unmatchedEnd++
      if (step === 'delivered') {
        deliveredAt = at
        for (const name of [...open.keys()]) close(name, 'abandoned', at, 'completed')
      }
    }
  }
  for (const name of [...open.keys()]) {
    if (last! + caseTimeout <= newest) close(name, 'expired', last! + caseTimeout, null)
    else close(name, 'open', null, null)
  }
}

const emptyPane = (): NaivePane => ({
  entered: 0,
  exited: 0,
  abandoned: 0,
  expired: 0,
  sum: 0,
  min: null,
  max: null,
  buckets: new Map(),
})

function countInPanes(panes: Map<string, NaivePane>, visit: NaiveVisit): void {
  const count = (at: number, state: string | null, add: (pane: NaivePane) => void) => {
    for (const segment of [{}, { customer_state: state }]) {
      const key = paneKey(visit.stage, segment, Math.floor(at / hour) * hour)
      const pane = panes.get(key) ?? emptyPane()
      panes.set(key, pane)
      add(pane)
    }
  }
  count(visit.start, visit.entryState, pane => pane.entered++)
  const { end, outcome } = visit
  if (end === null || outcome === 'open') return
  if (outcome !== 'completed') {
    count(end, visit.state, pane => pane[outcome]++)
    return
  }
  const duration = end - visit.start
  const bucket = duration === 0 ? 'zero' : String(bucketIndex(duration))
  count(end, visit.state, pane => {
    pane.exited++
    pane.sum += duration
    pane.min = Math.min(pane.min ?? duration, duration)
    pane.max = Math.max(pane.max ?? duration, duration)
    pane.buckets.set(bucket, (pane.buckets.get(bucket) ?? 0) + 1)
  })
}

/** Edges are powers of two or irrational and durations here multiples of 1,000 ms, so floats decide; checked all the same. */
function bucketIndex(duration: number): number {
  const index = Math.ceil(Math.log2(duration) * 32)
  if (!(duration <= 2 ** (index / 32) && duration > 2 ** ((index - 1) / 32))) throw new Error(`edge: ${duration} ms`)
  return index
}

/** What the two files of a replay should say of each key, as one line of text each. */
const visitFacts = (visit: NaiveVisit): [key: string, facts: string] => {
  const text = (at: number | null) => (at === null ? null : new Date(at).toISOString())
  return [
    JSON.stringify([visit.stage, visit.order, text(visit.start)]),
    JSON.stringify({
      visit: visit.visit,
      ended_at: text(visit.end),
      outcome: visit.outcome,
      reason: visit.reason,
      duration_ms: visit.end === null ? null : visit.end - visit.start,
      segment: visit.state,
      attribute: visit.state,
    }),
  ]
}

const paneFacts = (pane: NaivePane): string =>
  JSON.stringify({
    entered: pane.entered,
    exited: pane.exited,
    abandoned: pane.abandoned,
    expired: pane.expired,
    sum_ms: pane.sum,
    min_ms: pane.min,
    max_ms: pane.max,
    buckets: [...pane.buckets].sort(),
  })

/** What is expected, and where the files say something else. The sizes and counts are for `summary.json`. */
export type OlistComparison = {
  orders: number
  events: number
  beforeStart: number
  afterEnd: number
  unmatchedEnd: number
  visits: number
  panes: number
  /** In words, the first 100. */
  differences: string[]
}

/**
 * Compares `visits.ndjson` and `windows.ndjson` of a replay of the whole data set with this computation, each row with
 * each row. Absent and null are the same there; of the attributes only `customer_state` is looked at.
 *
 * @param outDir the replay's `--out`.
 * @param input the data set; default: `../shared/data/olist` beside the project.
 * @throws Error where a file is missing, is no NDJSON, or the data set is not as assumed.
 */
export async function compareOlist(
  outDir: string,
  input = join(import.meta.dirname, '../../../shared/data/olist/events.ndjson.gz'),
): Promise<OlistComparison> {
  const naive = await naiveOlist(input)
  const differences: string[] = []
  let more = 0
  const differ = (text: string) => {
    if (differences.length < 100) differences.push(text)
    else more++
  }
  const compareFile = async (file: string, expected: Map<string, string>, read: (row: Row) => [string, string]) => {
    const found = new Set<string>()
    for await (const line of linesOf(join(outDir, file))) {
      const [key, facts] = read(JSON.parse(line))
      const wanted = expected.get(key)
      if (found.has(key)) differ(`${file} ${key}: twice`)
      else if (wanted === undefined) differ(`${file} ${key}: not expected, is ${facts}`)
      else if (wanted !== facts) differ(`${file} ${key}: expected ${wanted}, is ${facts}`)
      found.add(key)
    }
    for (const key of expected.keys()) if (!found.has(key)) differ(`${file} ${key}: missing`)
  }
  const visits = new Map(naive.visits.map(visitFacts))
  if (visits.size !== naive.visits.length) throw new Error('two visits of one key: the key needs the ordinal too')
  const panes = new Map([...naive.panes].map(([key, pane]) => [key, paneFacts(pane)]))
  await compareFile('visits.ndjson', visits, readVisit)
  await compareFile('windows.ndjson', panes, readPane)
  if (more > 0) differences.push(`and ${more} more`)
  const { orders, events, beforeStart, afterEnd, unmatchedEnd } = naive
  return { orders, events, beforeStart, afterEnd, unmatchedEnd, visits: visits.size, panes: panes.size, differences }
}

// Rows of the files under test: their fields are compared as text, whatever they are.
type Row = Record<string, unknown> & { segment: Record<string, unknown> }

const readVisit = (row: Row): [string, string] => {
  const attributes = row.attributes as Record<string, unknown> | undefined
  return [
    JSON.stringify([row.stage, row.case, row.started_at]),
    JSON.stringify({
      visit: row.visit,
      ended_at: row.ended_at ?? null,
      outcome: row.outcome,
      reason: row.reason ?? null,
      duration_ms: row.duration_ms ?? null,
      segment: row.segment.customer_state ?? null,
      attribute: attributes?.customer_state ?? null,
    }),
  ]
}

const readPane = (row: Row): [string, string] => {
  const start = Date.parse(String(row.start))
  const facts = JSON.stringify({
    entered: row.entered,
    exited: row.exited,
    abandoned: row.abandoned,
    expired: row.expired,
    sum_ms: row.sum_ms,
    min_ms: row.min_ms ?? null,
    max_ms: row.max_ms ?? null,
    buckets: Object.entries(row.buckets as object).sort(),
  })
  const isHour = row.start === new Date(start).toISOString() && row.end === new Date(start + hour).toISOString()
  return [paneKey(String(row.stage), row.segment, start), isHour ? facts : `${facts} from ${row.start} to ${row.end}`]
}
