import { afterEach, expect, test, vi } from 'vitest'
import { RecordingWorld } from '../../test/engine/recording-world.ts'
import { pickingFrom } from '../../test/support/picking.ts'
import type { ShardState } from '../shard/shard-state.ts'
import { LocalShards } from './local-shards.ts'
import type { SavePace } from './save-pace.ts'
import { ShardKeeper } from './shard-keeper.ts'

const TOPIC = 'orders.events'

const definitions = pickingFrom(TOPIC)

afterEach(() => {
  vi.useRealTimers()
})

function keeperOf(world: RecordingWorld, saveEveryMs: number | undefined, isCatchingUp = false): ShardKeeper {
  const shards = new LocalShards({ process: definitions!.processes[0]! })
  shards.assign({ topic: TOPIC, partition: 0 }, undefined, 0, 0)
  return new ShardKeeper({
    process: 'orders',
    shards,
    world,
    saveEveryMs,
    isCatchingUp: () => isCatchingUp,
    recordEvaluator: async () => {},
    failed: error => world.failures.push(error),
  })
}

/** How often rows are handed over in ten seconds. */
function handedOver(world: RecordingWorld, isCatchingUp: boolean): number {
  vi.useFakeTimers({ toFake: ['performance'] })
  const keeper = keeperOf(world, undefined, isCatchingUp)
  for (let tick = 0; tick < 1_000; tick++) {
    vi.advanceTimersByTime(10)
    keeper.keep()
  }
  return world.outputs.length
}

test('rows are handed over twice a second; less often over history, and while the store is away', () => {
  expect(handedOver(new RecordingWorld(), false)).toBe(19)
  expect(handedOver(new RecordingWorld(), true)).toBe(4)
  const away = new RecordingWorld()
  away.isAway = true
  expect(handedOver(away, false)).toBe(4)
})

/** Writing a state takes so long here that it has to rest. */
class RestingWorld extends RecordingWorld {
  readonly #busyMs: number
  readonly rested: number[] = []

  constructor(busyMs: number) {
    super()
    this.#busyMs = busyMs
  }

  override async saveShards(
    process: string,
    shards: ReadonlyMap<number, ShardState>,
    after: Promise<void>,
    pace?: SavePace,
  ): Promise<void> {
    const from = performance.now()
    await Promise.all([pace?.rest(this.#busyMs), pace?.rest(this.#busyMs)])
    this.rested.push(performance.now() - from)
    await super.saveShards(process, shards, after)
  }
}

const isSaved = (world: RecordingWorld) => vi.waitFor(() => expect([...world.saved.keys()]).toEqual([0]), 10_000)

test('all that is written beside the fold takes a tenth of the time', async () => {
  const world = new RestingWorld(2)
  keeperOf(world, 0).keep()
  await isSaved(world)
  // A timer may be a ms early.
  expect(world.rested[0]).toBeGreaterThan(2 * 18 - 1.5)
})

test('nobody waits for such a rest who stops or gives partitions up', async () => {
  const world = new RestingWorld(60_000)
  const keeper = keeperOf(world, 0)
  keeper.keep()
  await keeper.save()
  expect(world.rested).toHaveLength(2)
  await isSaved(world)
})

test('nor do rows that wait for the state', async () => {
  const world = new RestingWorld(60_000)
  const keeper = keeperOf(world, 0)
  keeper.keep()
  world.isUrgent = true
  keeper.keep()
  await isSaved(world)
})
