import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ingestAnswerSchema } from '../../src/protocol/ingest.ts'
import { RandomDraws } from '../../src/source/random-draws.ts'
import { openStore } from '../../src/store/store.ts'
import { seed } from '../support/seed.ts'
import { ConfiguredRun, storeOf } from './support/configured-run.ts'
import { event, process, writeRules } from './support/orders.ts'

/*
 * Programs send batches over several connections to a run without Kafka, which is killed again and again. They do what a
 * sender has to do: whatever is not answered with 202 is sent again, under the same id.
 */

const isLong = globalThis.process.env.TESTS === 'long'
const KILLS = isLong ? 30 : 1
/** Acknowledged between two kills. */
const BATCHES = isLong ? 20 : 12
const SENDERS = 3
/** Long enough for several segments of the log, so that those that snapshots cover leave. */
const PADDING = isLong ? 'x'.repeat(2_000) : ''
const TIME_LIMIT_MS = isLong ? 900_000 : 90_000

const folder = mkdtempSync(join(tmpdir(), 'stagewatch-ingest-kill-'))
let last: ConfiguredRun | undefined
afterAll(async () => {
  await last?.kill()
  rmSync(folder, { recursive: true, force: true })
})

type Sent = { readonly id: string; readonly lines: readonly string[] }
type Acknowledged = { readonly firstOffset: number; readonly count: number }

const firstSegment = (): number => {
  const [first = ''] = readdirSync(join(folder, 'data', 'ingest', 'parcels.events')).sort()
  return Number(first.match(/\d+/)?.[0])
}

class Scene {
  readonly #draws = new RandomDraws(seed, 0)
  readonly #start = Date.now() - 600_000
  readonly #sent = new Map<string, Sent>()
  /** By id. */
  readonly acknowledged = new Map<string, Acknowledged>()
  parcels = 0
  repeated = 0
  run: ConfiguredRun | undefined

  async start(): Promise<ConfiguredRun> {
    this.run = await ConfiguredRun.start(folder, {
      rules: writeRules(folder),
      settings: { snapshots: { every: '1s' } },
    })
    last = this.run
    await this.run.get('/livez')
    return this.run
  }

  /** Every parcel is received and sorted, a second apart. */
  nextBatch(): Sent {
    const count = 1 + (this.#draws.next() % 200)
    const lines = Array.from({ length: count }, () => {
      const nth = this.parcels++
      const at = this.#start + nth
      return [event(`p${nth}`, 'received', at), event(`p${nth}`, 'sorted', at + 1_000)].map(
        text => `${text.slice(0, -1)},"padding":"${PADDING}"}`,
      )
    }).flat()
    const batch = { id: `batch-${this.#sent.size}`, lines }
    this.#sent.set(batch.id, batch)
    return batch
  }

  /** @returns false where it was not answered, so that it has to be sent again. */
  async send({ id, lines }: Sent): Promise<boolean> {
    const response = await fetch(`${this.run?.url}/api/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': id },
      body: lines.join('\n'),
    }).catch(() => undefined)
    if (response?.status !== 202) return false
    const answer = await response.json().catch(() => undefined)
    if (answer === undefined) return false
    const { first_offset: firstOffset = -1, accepted, repeated } = ingestAnswerSchema.parse(answer)
    const former = this.acknowledged.get(id)
    if (former !== undefined) expect([id, firstOffset, accepted]).toEqual([id, former.firstOffset, former.count])
    this.acknowledged.set(id, { firstOffset, count: accepted })
    if (repeated) this.repeated++
    return true
  }

  /** Sends until so many more are acknowledged, and each one that was begun; some of them once more although they were answered. */
  async sendAll(more: number, isOver = () => false): Promise<void> {
    const enough = this.acknowledged.size + more
    const sender = async () => {
      while (this.acknowledged.size < enough && !isOver()) {
        const batch = this.nextBatch()
        while (!(await this.send(batch))) if (isOver()) return
        if (this.#draws.next() % 4 === 0) await this.send(batch)
      }
    }
    await Promise.all(Array.from({ length: SENDERS }, sender))
  }

  /** What was begun and never answered. */
  async sendTheRest(): Promise<void> {
    for (const [id, batch] of this.#sent) {
      if (!this.acknowledged.has(id)) await this.run?.until(`${id} is taken`, 60_000, () => this.send(batch))
    }
  }

  batchOf(id: string): Sent | undefined {
    return this.#sent.get(id)
  }
}

test(
  'every record that was acknowledged is counted exactly once, and offsets have no holes, however often the run is killed',
  async () => {
    const scene = new Scene()
    for (let kill = 0; kill < KILLS; kill++) {
      const run = await scene.start()
      let isKilled = false
      const sending = scene.sendAll(1_000_000, () => isKilled)
      const enough = scene.acknowledged.size + BATCHES
      await run.until('batches are acknowledged', 60_000, () => scene.acknowledged.size >= enough)
      await run.kill()
      isKilled = true
      await sending
    }
    const run = await scene.start()
    // The last one before the kill is known for what it is.
    const [before = ''] = [...scene.acknowledged.keys()].slice(-1)
    const { repeated } = scene
    expect(await scene.send(scene.batchOf(before) as Sent)).toBe(true)
    expect(scene.repeated).toBe(repeated + 1)
    await scene.sendTheRest()
    await scene.sendAll(BATCHES)

    const places = [...scene.acknowledged.values()].sort((left, right) => left.firstOffset - right.firstOffset)
    let next = 0
    for (const { firstOffset, count } of places) {
      expect(firstOffset).toBe(next)
      next += count
    }
    expect(next).toBe(2 * scene.parcels)
    await run.untilRead(next, 120_000)
    await run.untilStored(60_000)
    const [partition] = (await run.status()).processes[0]?.partitions ?? []
    expect(partition).toMatchObject({ offset: next - 1, at_end: true })
    expect(partition?.counts).toMatchObject({
      consumed: next,
      counted: next,
      duplicate: 0,
      rejected: 0,
      lost_offsets: 0,
    })
    if (isLong) await run.until('what snapshots cover leaves the log', 60_000, () => firstSegment() > 0)
    expect((await run.stop()).code).toBe(0)

    const store = await openStore(storeOf(folder))
    try {
      const visits = new Set<string>()
      for await (const { stage, case: parcel, outcome } of store.allVisits(process)) {
        if (stage === 'sorting' && outcome === 'completed') visits.add(parcel)
      }
      expect(visits.size).toBe(scene.parcels)
    } finally {
      await store.close()
    }
  },
  TIME_LIMIT_MS,
)
