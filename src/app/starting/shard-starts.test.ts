import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeProcess } from '../../../test/model/process.ts'
import type { CaseId } from '../../event/event.ts'
import { type Instant, instant } from '../../event/instant.ts'
import { type Journal, openJournal } from '../../journal/journal.ts'
import { openSnapshots } from '../../journal/snapshots.ts'
import type { ProcessDefinition } from '../../model/definitions.ts'
import type { ShardOutput } from '../../shard/output.ts'
import { Shard } from '../../shard/shard.ts'
import type { ShardState } from '../../shard/shard-state.ts'
import type { LogFound } from '../../source/log.ts'
import type { Refusal } from '../../source/source.ts'
import { SavedState } from '../saved-state.ts'
import { type PositionPolicy, strictPolicy } from './position-policy.ts'
import { ShardStarts } from './shard-starts.ts'

const TOPIC = 'orders.events'
const nothing: ShardOutput = { visits: [], panes: [], measurePanes: [], deadLetters: [], records: [], settled: [] }

const definition = (settle: number): ProcessDefinition => ({
  ...makeProcess({
    activities: ['paid', 'picked'],
    stages: { picking: { from: ['paid'], to: ['picked'] } },
    settle,
    pane: 10,
    timeout: 1_000_000,
  }),
  name: 'orders',
})
const former = definition(1_000)
const changed = definition(2_000)

let directory: string
let opened: { readonly saved: SavedState; readonly journal: Journal } | undefined

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stagewatch-starts-'))
})

afterEach(async () => {
  await opened?.journal.close()
  opened = undefined
  rmSync(directory, { recursive: true })
})

/** The state after `records` records from `first` on, each of another case. */
function stateAfter(process: ProcessDefinition, epoch: number, first: number, records: number): ShardState {
  const shard = new Shard({ process, partition: 0, topics: [TOPIC], epoch })
  const decoded = shard.newRecord()
  for (let offset = first; offset < first + records; offset++) {
    const event = { case: `order-${offset}` as CaseId, activity: 0, at: instant(offset), id: undefined, attributes: [] }
    decoded.fill({ kind: 'events', events: [event] })
    shard.fold(0, { offset, key: null, value: null, timestamp: undefined, notAfter: instant(Infinity) }, decoded)
  }
  return shard.snapshot()
}

type Found = { readonly low: number; readonly high: number; readonly topicId?: string | undefined }

const log = ({ low, high, ...named }: Found, offsetAt = (_: Instant) => low): LogFound => ({
  low,
  high,
  topicId: 'topicId' in named ? named.topicId : 'id-1',
  offsetAt: async at => offsetAt(at),
})

type Life = {
  readonly policy?: Partial<PositionPolicy>
  /** How many records of the span the store has. */
  readonly stored?: number
  readonly now?: number
}

/** A start of the program, as far as it is about this: definitions, what is saved, and how the logs are found. */
async function start(process: ProcessDefinition, logs: readonly LogFound[], life: Life = {}) {
  await opened?.journal.close()
  const journal = await openJournal(join(directory, 'journal'))
  const snapshots = await openSnapshots(join(directory, 'snapshots'))
  const saved = new SavedState({ journal, local: snapshots, snapshots, onDamaged: () => {} })
  opened = { saved, journal }
  await saved.epochOf(process, undefined)
  const anew: string[] = []
  const starts = new ShardStarts({
    saved,
    policy: { ...strictPolicy, ...life.policy },
    write: () => {},
    countStored: async () => life.stored ?? 0,
    beganAnew: name => anew.push(name),
    now: () => life.now ?? 0,
    logger: pino({ level: 'silent' }),
  })
  const partitions = logs.map((found, partition) => ({ topic: TOPIC, partition, log: found }))
  const all = await starts.start(process, partitions)
  return {
    saved,
    anew,
    of: (partition: number) => all.get(partition)!,
    position: (partition = 0) => all.get(partition)?.positions.get(`${TOPIC}:${partition}`),
    refusal: (partition = 0) => all.get(partition)?.positions.get(`${TOPIC}:${partition}`) as Refusal,
    since: (partition = 0) => saved.shards.originOf('orders', partition)?.since,
    save: (states: Readonly<Record<number, ShardState>>) =>
      saved.shards.save(
        'orders',
        new Map(Object.entries(states).map(([partition, state]) => [Number(partition), state])),
        () => nothing,
        Promise.resolve(),
      ),
  }
}

/** Started on a log from `first` on, folded up to `next`, saved. */
async function folded(process: ProcessDefinition, first: number, next: number, found: Partial<Found> = {}) {
  const run = await start(process, [log({ low: first, high: next, ...found })])
  await run.save({ 0: stateAfter(process, run.of(0).epoch ?? 0, first, next - first) })
}

test('without a state a partition begins at the earliest record that there is', async () => {
  const run = await start(former, [log({ low: 40, high: 90 }), log({ low: 0, high: 0 })])
  expect([run.position(0), run.position(1)]).toEqual([40, 0])
  expect(run.of(0)).toMatchObject({ state: undefined, epoch: 0, otherLogs: [] })
})

test('a state goes on where it was left, also where its topic has had no record yet', async () => {
  await folded(former, 40, 90)
  const run = await start(former, [log({ low: 60, high: 120 })])
  expect(run.position()).toBe(90)
  expect(run.of(0)).toMatchObject({ epoch: 0, state: { nextOffsets: [90] } })

  await run.save({ 0: stateAfter(former, 0, 0, 0) })
  expect((await start(former, [log({ low: 60, high: 120 })], { policy: { onGap: 'skip' } })).position()).toBe(60)
})

test('records that are gone are refused, or passed over and counted', async () => {
  await folded(former, 0, 90)
  const refused = await start(former, [log({ low: 100, high: 120 })])
  expect(refused.refusal().reason).toContain('the records from offset 90 to 99 are no longer in its log')
  expect(refused.refusal().remedy).toContain('kafka.on_gap: skip')
  expect(refused.of(0).state?.nextOffsets).toEqual([90])

  const skipped = await start(former, [log({ low: 100, high: 120 })], { policy: { onGap: 'skip' } })
  expect(skipped.position()).toBe(100)
  expect(skipped.of(0)).toMatchObject({ epoch: 0, otherLogs: [] })
  expect(skipped.of(0).state).toMatchObject({ nextOffsets: [100], counts: [{ lostOffsets: 10, consumed: 90 }] })
})

test('a log that has lost its end is refused, or gone on at its end under a higher epoch', async () => {
  await folded(former, 0, 90)
  const refused = await start(former, [log({ low: 0, high: 80 })])
  expect(refused.refusal().reason).toContain('the log ends at offset 80, before offset 90')
  const skipped = await start(former, [log({ low: 0, high: 80 })], { policy: { onGap: 'skip' } })
  expect(skipped.position()).toBe(80)
  expect(skipped.of(0)).toMatchObject({ epoch: 1, otherLogs: [`${TOPIC}:0`], state: { nextOffsets: [80] } })
  expect(skipped.since()).toBe(0)
})

const recreated = () => log({ low: 0, high: 500, topicId: 'id-2' })

test('a topic that was created anew is refused, even where its log reaches beyond what was read', async () => {
  await folded(former, 0, 90)
  const refused = await start(former, [recreated()])
  expect(refused.refusal().reason).toBe(
    `topic "${TOPIC}" was deleted and created anew (its id is id-2, that of the one that was read was id-1)`,
  )
  // What is saved meanwhile is still of the former topic.
  await refused.save({ 0: refused.of(0).state! })
  expect((await start(former, [recreated()])).refusal().reason).toContain('created anew')
  expect((await start(former, [log({ low: 0, high: 500 })])).position()).toBe(90)
})

test('open cases go on in a new topic where that is configured; its rows come under a higher epoch', async () => {
  await folded(former, 0, 90)
  const run = await start(former, [recreated()], { policy: { onNewTopic: 'continue' } })
  expect(run.position()).toBe(0)
  expect(run.of(0)).toMatchObject({ epoch: 1, otherLogs: [`${TOPIC}:0`] })
  expect(run.of(0).state).toMatchObject({ nextOffsets: [0], counts: [{ consumed: 90, lostOffsets: 0 }] })
  expect([run.since(), run.anew]).toEqual([0, []])

  // Saved, it is the state of the new topic; a part of what it holds can never be read again.
  await run.save({ 0: { ...run.of(0).state!, epoch: 1, nextOffsets: [30] } })
  const next = await start(former, [recreated()])
  expect(next.position()).toBe(30)
  expect(next.of(0).epoch).toBe(1)
  expect((await start(changed, [recreated()])).refusal().reason).toContain('came from elsewhere')
})

test('a new topic is counted anew where that is configured', async () => {
  await folded(former, 0, 90)
  const run = await start(former, [recreated()], { policy: { onNewTopic: 'start_anew' } })
  expect(run.position()).toBe(0)
  expect(run.of(0)).toMatchObject({ state: undefined, epoch: 1, otherLogs: [`${TOPIC}:0`] })
  expect([run.since(), run.anew]).toEqual([1, ['orders']])
})

test('changed definitions fold history anew where Kafka has all of it', async () => {
  await folded(former, 40, 90)
  const run = await start(changed, [log({ low: 40, high: 120 })])
  expect(run.position()).toBe(40)
  expect(run.of(0)).toMatchObject({ state: undefined, epoch: 1, otherLogs: [] })
  expect([run.since(), run.anew]).toEqual([1, ['orders']])
})

test('changed definitions are refused where a part is gone, with the cases at stake, and nothing saved is touched', async () => {
  await folded(former, 40, 90)
  const files = readdirSync(join(directory, 'snapshots'))
  const run = await start(changed, [log({ low: 60, high: 120 })], { stored: 49 })
  expect(run.refusal().reason).toBe(
    `the definitions of process "orders" have changed, and its history cannot be folded anew: topic "${TOPIC}", partition 0: ` +
      'its log has it from offset 60 on, it was folded from 40 on, and the store has 49 of the 50 records of it. ' +
      '50 cases in memory are at stake (open ones, and ended ones that may still be corrected)',
  )
  expect(run.refusal().remedy).toContain('stagewatch run --rebuild')
  await run.save({ 0: stateAfter(changed, 1, 0, 0) })
  expect(readdirSync(join(directory, 'snapshots'))).toEqual(files)

  const back = await start(former, [log({ low: 60, high: 120 })])
  expect(back.position()).toBe(90)
  expect(back.of(0)).toMatchObject({ epoch: 0, state: { nextOffsets: [90] } })
})

test('one partition that cannot be folded anew holds back all of them', async () => {
  const first = await start(former, [log({ low: 0, high: 9 }), log({ low: 0, high: 9 })])
  await first.save({ 0: stateAfter(former, 0, 0, 9), 1: stateAfter(former, 0, 0, 5) })
  const run = await start(changed, [log({ low: 0, high: 9 }), log({ low: 3, high: 9 })])
  expect(run.refusal(0)).toEqual(run.refusal(1))
  expect(run.refusal(0).reason).toContain('partition 1: its log has it from offset 3 on')
  expect(run.refusal(0).reason).toContain('14 cases')
})

test('what is there is folded anew where somebody asks for it', async () => {
  await folded(former, 40, 90)
  const run = await start(changed, [log({ low: 60, high: 120 })], { policy: { rebuilds: true } })
  expect(run.position()).toBe(60)
  expect(run.of(0)).toMatchObject({ state: undefined, epoch: 1 })
})

test('records that the store has kept take the place of those that Kafka has not, also after a restart in between', async () => {
  await folded(former, 40, 90)
  const run = await start(changed, [log({ low: 60, high: 120 })], { stored: 50 })
  expect(run.position()).toBe(40)
  await run.save({ 0: stateAfter(changed, 1, 40, 10) })

  const next = await start(changed, [log({ low: 70, high: 120 })])
  expect(next.position()).toBe(50)
  // Beyond what the former fold had read nobody knows what the store has.
  expect((await start(changed, [log({ low: 95, high: 120 })])).refusal().reason).toContain('from offset 50 to 94')
})

test('definitions that were left and taken back fold anew: the rows in the store are of the others', async () => {
  await folded(former, 0, 90)
  await start(changed, [log({ low: 0, high: 120 })])
  const back = await start(former, [log({ low: 0, high: 120 })])
  expect(back.position()).toBe(0)
  expect(back.of(0)).toMatchObject({ state: undefined, epoch: 2 })
  expect(back.since()).toBe(2)
})

const week = 7 * 86_400_000
/** A record every ms since the epoch. */
const byTime = (high: number) => log({ low: 0, high }, at => Math.min(high, at))

test('-7d is counted from the first start, for partitions too that have saved nothing when it ends', async () => {
  const policy = { startFrom: { kind: 'before', ms: week }, startFromText: '-7d' } as Partial<PositionPolicy>
  const first = await start(former, [byTime(9 * week), byTime(9 * week)], { policy, now: 8 * week })
  expect([first.position(0), first.position(1)]).toEqual([7 * week, 7 * week])
  await first.save({ 0: stateAfter(former, 0, 7 * week, 3) })

  const logs = [byTime(9 * week), byTime(9 * week), byTime(9 * week)]
  const next = await start(former, logs, { policy, now: 9 * week })
  expect([next.position(0), next.position(1), next.position(2)]).toEqual([7 * week + 3, 7 * week, 7 * week])
})

test('latest is the end at the first start', async () => {
  const policy = { startFrom: { kind: 'latest' }, startFromText: 'latest' } as Partial<PositionPolicy>
  const never = (high: number) => log({ low: 0, high }, () => high)
  expect((await start(former, [never(500)], { policy, now: 1 })).position()).toBe(500)
  expect((await start(former, [never(800)], { policy, now: 2 })).position()).toBe(500)
  // What was said otherwise since, holds for partitions that have not begun.
  const other = { startFrom: { kind: 'instant', at: instant(700) }, startFromText: 'x' } as Partial<PositionPolicy>
  expect((await start(former, [byTime(800)], { policy: other, now: 3 })).position()).toBe(700)
})

test('a source whose logs are always whole folds from their beginning, and goes on where it was', async () => {
  await folded(former, 0, 90)
  const { saved } = opened!
  const starts = (process: ProcessDefinition) =>
    new ShardStarts({
      saved,
      policy: strictPolicy,
      write: () => {},
      countStored: async () => 0,
      beganAnew: () => {},
      now: () => 0,
      logger: pino({ level: 'silent' }),
    }).start(process, [{ topic: TOPIC, partition: 0 }])
  expect((await starts(former)).get(0)?.positions.get(`${TOPIC}:0`)).toBe(90)
  await saved.epochOf(changed, undefined)
  expect((await starts(changed)).get(0)).toMatchObject({ state: undefined, epoch: 1, positions: new Map() })
})
