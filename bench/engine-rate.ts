import { createHash } from 'node:crypto'
import { ProcessEngine } from '../src/engine/process-engine.ts'
import type { SourceRecord } from '../src/event/record.ts'
import { allVisits } from '../src/shard/visit-policy.ts'
import { machine, median, print, spread, timed, whole } from './machine.ts'
import { Orders, ordersProcess } from './orders.ts'

/*
 * How many events a second does one core take from bytes to windows, with a million orders open?
 *
 * Orders of six events, one partition, over history: everything that the engine does with a record is in the figure
 * (decoding, order, duplicates, windows, rules at every pane), rows of panes included; rows of visits are a line of
 * their own. Beside it, in the same run, JSON.parse of the same records.
 *
 * A million open orders can come about in many ways, and what is done once a pane (rules, panes that settle, rows)
 * weighs the more, the fewer events a pane has. So there are two companies: one that delivers within a quarter of an
 * hour, with settle and pane of the shipped demo, and one whose orders take four hours, with the defaults.
 */
const RUNS = 7
const CHUNK = 100_000
const BATCH = 2_000
const minute = 60_000
const startAt = Date.UTC(2026, 0, 15)

type Company = {
  readonly name: string
  readonly ordersPerSecond: number
  readonly meansMs: readonly number[]
  /** Further lines of the process file. */
  readonly extra: string
  /** Of all rows of panes: speed cannot come from doing less. A change of what is computed changes it. */
  readonly digest: string
}

const orderOfFourHours = [10, 60, 40, 50, 80].map(minutes => minutes * minute)

const quickCommerce: Company = {
  name: 'quick commerce',
  ordersPerSecond: 1_120,
  meansMs: orderOfFourHours.map(ms => ms / 16),
  extra: 'settle: 5m\npane: 5s\n',
  digest: '3180cbe224b4c88c',
}

const parcels: Company = {
  name: 'parcels',
  ordersPerSecond: 70,
  meansMs: orderOfFourHours,
  extra: '',
  digest: '1869081b09db3fa7',
}

/** Until a million orders are open and as many as settle asks for have ended: 27 minutes or 7.2 hours of event time. */
const WARM_UP = 10_000_000

type Figures = {
  readonly perSecond: readonly number[]
  readonly cpuUs: readonly number[]
  readonly parsePerSecond: readonly number[]
  readonly digest: string
  readonly engine: ProcessEngine
}

function measure(options: {
  readonly company?: Company
  readonly windowsMs: readonly number[]
  readonly warmUp: number
  readonly outOfOrder?: number
  readonly withVisits?: boolean
}): Figures {
  const { company = parcels, windowsMs, warmUp, outOfOrder = 0, withVisits = false } = options
  const { ordersPerSecond, meansMs, extra } = company
  const orders = new Orders({ seed: 1, ordersPerSecond, meansMs, startAt, outOfOrder, delayMs: 10 * minute })
  const process = ordersProcess({ windowsMs, extra })
  const engine = new ProcessEngine({
    process,
    mode: 'replay',
    epoch: 0,
    now: () => startAt,
    visits: withVisits ? allVisits : { keep: 'none' },
  })
  const partition = { topic: engine.topics[0] as string, partition: 0 }
  engine.assign(partition, undefined)
  const digest = createHash('sha256')
  const fold = (records: readonly SourceRecord[]) => {
    void engine.add({ ...partition, records })
    while (engine.step(1_000).hasMore);
  }
  const takeRows = () => {
    for (const { visits, panes } of engine.takeOutput()) {
      digest.update(`${visits.length} ${panes.reduce((all, pane) => all + pane.sumMs + pane.entered, 0)}\n`)
    }
  }
  // Records are made a few at a time, outside of the clock: many at once would be work for the garbage collector.
  for (let done = 0; done < warmUp; done += BATCH) fold(orders.take(BATCH))
  takeRows()
  const perSecond: number[] = []
  const cpuUs: number[] = []
  const parsePerSecond: number[] = []
  for (let run = 0; run < RUNS; run++) {
    let folding = { wallMs: 0, cpuMs: 0 }
    for (let done = 0; done < CHUNK - BATCH; done += BATCH) {
      const records = orders.take(BATCH)
      folding = sum(
        folding,
        timed(() => fold(records)),
      )
    }
    const last = orders.take(BATCH)
    folding = sum(
      folding,
      timed(() => fold(last)),
    )
    folding = sum(folding, timed(takeRows))
    // Afterwards, and not in between: what it leaves behind would be swept up at the expense of the fold.
    const { wallMs: parsingMs } = timed(() => {
      for (let round = 0; round < CHUNK / BATCH; round++)
        for (const { value } of last) JSON.parse((value as Buffer).toString('utf8'))
    })
    perSecond.push((CHUNK * 1_000) / folding.wallMs)
    cpuUs.push((folding.cpuMs * 1_000) / CHUNK)
    parsePerSecond.push((CHUNK * 1_000) / parsingMs)
  }
  return { perSecond, cpuUs, parsePerSecond, digest: digest.digest('hex').slice(0, 16), engine }
}

const sum = (left: { wallMs: number; cpuMs: number }, right: { wallMs: number; cpuMs: number }) => ({
  wallMs: left.wallMs + right.wallMs,
  cpuMs: left.cpuMs + right.cpuMs,
})

const fixed = (value: number) => value.toFixed(2)

function openOrders(company: Company): void {
  const { name, ordersPerSecond } = company
  const figures = measure({ company, windowsMs: [15, 15, 15].map(minutes => minutes * minute), warmUp: WARM_UP })
  const [shard] = figures.engine.shards
  const open = shard?.stages.reduce((sum, stage) => sum + stage.total.open.total, 0) ?? 0
  const counts = shard?.countsOf(0)
  if (counts?.counted !== WARM_UP + RUNS * CHUNK) throw new Error('some events were not counted')
  if (figures.digest !== company.digest)
    throw new Error(`the rows are others than they were: digest ${figures.digest} instead of ${company.digest}`)
  print(
    '',
    `${name}: ${whole(ordersPerSecond)} orders/s, ${whole(ordersPerSecond * 6)} events/s of event time; ${whole(open)} open, ${whole((shard?.casesInMemory ?? 0) - open)} ended in memory`,
    `bytes → windows → rules → panes   ${spread(figures.perSecond)} events/s, ${spread(figures.cpuUs, fixed)} µs CPU an event`,
    `JSON.parse of the same records    ${spread(figures.parsePerSecond)} records/s`,
    `ratio                             ${(median(figures.perSecond) / median(figures.parsePerSecond)).toFixed(3)}`,
    `digest                            ${figures.digest}`,
  )
}

function withRows(): void {
  const figures = measure({ windowsMs: [15 * minute], warmUp: 1_000_000, withVisits: true })
  print('', `with rows of all visits           ${spread(figures.perSecond)} events/s`)
}

function windowLengths(): void {
  const rates = [10, 100, 1_000].map(panes => {
    const { perSecond, cpuUs } = measure({ windowsMs: [panes * 10_000], warmUp: 1_000_000 })
    print(
      `window of ${String(panes).padStart(5)} panes             ${spread(perSecond)} events/s, ${spread(cpuUs, fixed)} µs CPU`,
    )
    return median(cpuUs)
  })
  print(`slowest to fastest                ${(Math.max(...rates) / Math.min(...rates)).toFixed(3)}`)
}

function disorder(): void {
  const windowsMs = [15, 15, 15].map(minutes => minutes * minute)
  const inOrder = measure({ windowsMs, warmUp: 1_000_000 })
  const outOfOrder = measure({ windowsMs, warmUp: 1_000_000, outOfOrder: 0.2 })
  print(
    `in order                          ${spread(inOrder.cpuUs, fixed)} µs CPU an event`,
    `20 % up to 10 min late            ${spread(outOfOrder.cpuUs, fixed)} µs CPU an event`,
    `share of the rate in order        ${(median(inOrder.cpuUs) / median(outOfOrder.cpuUs)).toFixed(2)}`,
  )
}

print('', machine())
openOrders(quickCommerce)
openOrders(parcels)
withRows()
windowLengths()
disorder()
