import { Buffer } from 'node:buffer'
import { deserialize, serialize } from 'node:v8'
import { compileRecordReader } from '../src/decode/record-reader.ts'
import { instant } from '../src/event/instant.ts'
import { Shard } from '../src/shard/shard.ts'
import { attachPages, detachPages } from '../src/shard/state-pages.ts'
import { print, residentBytes, spread, timed, whole } from './machine.ts'
import { activities, ordersProcess } from './orders.ts'

/*
 * What an open case takes, and how long anything stands still: four events a case within settle, every case open.
 */
const startAt = Date.UTC(2026, 0, 15)
/** All events lie within this. */
const SPAN_MS = 50 * 60_000

const orderProcess = ordersProcess({ windowsMs: [900_000, 900_000, 900_000] })

function newShard(): Shard {
  return new Shard({
    process: orderProcess,
    partition: 0,
    topics: ['orders.events'],
    epoch: 0,
    visits: { keep: 'none' },
  })
}

/** Four events of each case, three cases apart from each other in time; the longest time that 1,000 of them took. */
function grow(shard: Shard, cases: number, idOf: (number: number) => string): number {
  const record = shard.newRecord()
  const read = compileRecordReader(orderProcess, orderProcess.sources[0]!, record.table)
  const lag = Math.floor(cases / 100)
  const total = cases + 3 * lag
  const buffer = Buffer.alloc(400)
  let longestMs = 0
  let sinceMs = performance.now()
  let offset = 0
  for (let at = 0; at < total; at++) {
    for (let step = 0; step < 4; step++) {
      const number = at - step * lag
      if (number < 0 || number >= cases) continue
      const ts = new Date(startAt + Math.floor((at / total) * SPAN_MS)).toISOString()
      const warehouse = `WH-EU-${10 + (number % 20)}`
      const text = `{"order_id":"${idOf(number)}","activity":"${activities[step]}","ts":"${ts}","warehouse":"${warehouse}","carrier":"GLS","customer":{"region":"north"},"amount":${number % 1_000}.5}`
      const value = buffer.subarray(0, buffer.write(text, 'latin1'))
      read({ offset, key: null, value, timestamp: undefined, notAfter: instant(Infinity) }, record)
      shard.fold(0, { offset: offset++, key: null, value, timestamp: undefined, notAfter: instant(Infinity) }, record)
    }
    if (at % 250 !== 0) continue
    const nowMs = performance.now()
    longestMs = Math.max(longestMs, nowMs - sinceMs)
    sinceMs = nowMs
  }
  return longestMs
}

const one = (value: number) => value.toFixed(1)

const short = (number: number) => `ORD-${String(number).padStart(10, '0')}`
const uuid = (number: number) => `0f8fad5b-d9cb-469f-a165-${String(number).padStart(12, '0')}`

function measure(cases: number, idOf: (number: number) => string, name: string): void {
  const before = residentBytes()
  const grown = newShard()
  const longestMs = grow(grown, cases, idOf)
  grown.takeOutput()
  const bytes = residentBytes() - before
  print(
    `${whole(cases).padStart(10)} open cases, ${name}: ${(bytes / cases).toFixed(1)} B a case, ${(grown.caseBytes / cases).toFixed(1)} of them in blocks; longest 1,000 events ${longestMs.toFixed(1)} ms`,
  )
  if (cases > 1_000_000) return
  // As a snapshot is saved: its pages beside the rest, which is all that is written out at once.
  let rest: Buffer = Buffer.alloc(0)
  let shared: readonly Int32Array[] = []
  const taken = Array.from({ length: 5 }, () =>
    timed(() => {
      const { pages, ...others } = detachPages(grown.snapshot())
      shared = pages
      rest = serialize(others)
    }),
  )
  const after = grow(grown, 100_000, number => idOf(cases + number))
  const restored = newShard()
  const restoring = timed(() => {
    restored.restore(
      attachPages(
        deserialize(rest),
        shared.map(page => page.slice()),
      ),
    )
  })
  const bytesOfAll = rest.length + shared.reduce((sum, page) => sum + page.byteLength, 0)
  print(
    `           snapshot: ${whole(bytesOfAll / 1e6)} MB, standing still ${spread(
      taken.map(({ wallMs }) => wallMs),
      one,
    )} ms, longest 1,000 events after it ${one(after)} ms; restored in ${whole(restoring.wallMs)} ms`,
  )
}

// A process of its own for each: memory that one measurement has given back would be the next one's for nothing.
const [count = '1000000', ids = 'short'] = process.argv.slice(2)
grow(newShard(), 200_000, short)
measure(Number(count), ids === 'uuid' ? uuid : short, ids === 'uuid' ? 'UUIDs' : 'ids of 14 bytes')
