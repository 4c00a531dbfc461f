import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Engine, engines } from '../../test/support/clickhouse/engines.ts'
import { type Front, openFront } from '../../test/support/clickhouse/open-clickhouse.ts'
import { openStore, type Store } from '../store/store.ts'
import { SnapshotsAway, StoredSnapshots } from './stored-snapshots.ts'

const opened: StoredSnapshots[] = []

afterEach(() => {
  for (const snapshots of opened.splice(0)) snapshots.close()
})

/** As another process sees the same store. */
function snapshotsOf(store: Store, onAway: (problem: string | undefined) => void = () => {}): StoredSnapshots {
  const snapshots = new StoredSnapshots(store.snapshots, { onAway })
  opened.push(snapshots)
  return snapshots
}

describe.each(engines)('snapshots in ClickHouse, $name', ({ start }) => {
  let engine: Engine
  let store: Store

  beforeAll(async () => {
    engine = await start()
    store = await openStore(engine.newStore())
  })

  afterAll(async () => {
    await store.close()
    await engine.close()
  })

  test('a snapshot comes back with its payload and its pages, however many pieces they make', async () => {
    const owner = snapshotsOf(store)
    expect(await owner.takeOver('whole')).toEqual({ kind: 'none', damaged: [] })
    const payload = { cases: new Map([['A', { at: -1, next: undefined }]]), big: 2n ** 70n }
    const pages = [new Int32Array(1_500_000).map((_, index) => index), new Int32Array(0), new Int32Array([1, -2])]
    await owner.save('whole', payload, pages)
    const [newest] = await store.snapshots.numbersOf('whole')
    expect(newest!.pieces).toBe(newest!.found)
    expect(newest!.pieces).toBeGreaterThan(6)
    const largest = Math.max(
      ...(await store.snapshots.read('whole', newest!.number, 0, 100)).map(({ length }) => length),
    )
    expect(largest).toBe(1_048_576)
    const loaded = await snapshotsOf(store).load('whole')
    expect(loaded).toMatchObject({ kind: 'loaded', payload, damaged: [] })
    // Compared as bytes: word by word it takes a quarter of a minute.
    const bytesOf = (page: Int32Array) => Buffer.from(page.buffer, page.byteOffset, page.byteLength)
    const found = loaded.kind === 'loaded' ? loaded.pages : []
    expect(found.length).toBe(pages.length)
    for (const [index, page] of pages.entries()) expect(bytesOf(found[index]!).equals(bytesOf(page))).toBe(true)
    const saved = (await store.snapshots.savedAt('whole'))!
    expect(Math.abs(Date.now() - saved)).toBeLessThan(60_000)
    expect(await store.snapshots.savedAt('another')).toBeUndefined()
    expect(await owner.load('another')).toEqual({ kind: 'none', damaged: [] })
  })

  test('the newest counts, the last three stay, and what is older leaves', async () => {
    const owner = snapshotsOf(store)
    await owner.takeOver('many')
    await Promise.all(Array.from({ length: 13 }, (_, offset) => owner.save('many', { offset })))
    expect(await owner.load('many')).toMatchObject({ payload: { offset: 12 } })
    const numbers = await store.snapshots.numbersOf('many')
    expect(numbers.length).toBe(3)
    await owner.save('many', { offset: 13 })
    expect(await owner.load('many')).toMatchObject({ payload: { offset: 13 } })
  })

  test('half a snapshot, as a killed process leaves it, is none', async () => {
    const owner = snapshotsOf(store)
    await owner.takeOver('half')
    await owner.save('half', { offset: 1 })
    const [newest] = await store.snapshots.numbersOf('half')
    await store.snapshots.write('half', newest!.number + 1n, 0, [Buffer.from('the first piece')], 0)
    expect(await snapshotsOf(store).load('half')).toMatchObject({ payload: { offset: 1 }, damaged: [] })
    await owner.save('half', { offset: 2 })
    expect(await snapshotsOf(store).load('half')).toMatchObject({ payload: { offset: 2 }, damaged: [] })
  })

  test('a snapshot counts once what it comes after has come, and never where that fails', async () => {
    const owner = snapshotsOf(store)
    await owner.takeOver('after')
    await owner.save('after', { offset: 1 })
    let come = () => {}
    const after = new Promise<void>(resolve => {
      come = resolve
    })
    const page = new Int32Array(3_000_000)
    const saved = owner.save('after', { offset: 2 }, [page], after)
    const isUnderWay = async () => {
      const [newest] = await store.snapshots.numbersOf('after')
      expect(newest).toMatchObject({ pieces: 0 })
    }
    await vi.waitFor(isUnderWay, 20_000)
    expect(await snapshotsOf(store).load('after')).toMatchObject({ payload: { offset: 1 } })
    come()
    await saved
    expect(await snapshotsOf(store).load('after')).toMatchObject({ payload: { offset: 2 } })
    const failure = new Error('the evaluator was not recorded')
    await expect(owner.save('after', { offset: 3 }, [], Promise.reject(failure))).rejects.toBe(failure)
    expect(await snapshotsOf(store).load('after')).toMatchObject({ payload: { offset: 2 }, damaged: [] })
  })

  test('a damaged one is passed over and named: a piece that is missing, another content, another name', async () => {
    const owner = snapshotsOf(store)
    for (const name of ['damaged', 'other']) {
      await owner.takeOver(name)
      await owner.save(name, { of: name })
    }
    const [whole] = await store.snapshots.numbersOf('damaged')
    const pieces = await store.snapshots.read('other', (await store.snapshots.numbersOf('other'))[0]!.number, 0, 9)
    const { number } = whole!
    await store.snapshots.write('damaged', number + 1n, 0, pieces, pieces.length)
    await store.snapshots.write('damaged', number + 2n, 0, [Buffer.from('xxx'), pieces.at(-1)!], 2)
    await store.snapshots.write('damaged', number + 3n, 1, pieces.slice(1), pieces.length)
    const loaded = await owner.load('damaged')
    expect(loaded).toMatchObject({ kind: 'loaded', payload: { of: 'damaged' } })
    expect(loaded.damaged.map(({ problem }) => problem)).toEqual([
      'its length is not the one it was written with',
      'its length is not the one it was written with',
      'it is the snapshot of other',
    ])
    expect(loaded.damaged[0]!.file).toBe(`damaged number ${number + 3n} in ClickHouse`)
  })

  test('what a former owner still saves never counts again, however late it comes and however often', async () => {
    const asleep = snapshotsOf(store)
    await asleep.takeOver('shard')
    await asleep.save('shard', { by: 'former', offset: 1 })
    const owner = snapshotsOf(store)
    expect(await owner.takeOver('shard')).toMatchObject({ payload: { offset: 1 } })
    await owner.save('shard', { by: 'owner', offset: 2 })
    for (const offset of [10, 11, 12, 13, 14, 15]) await asleep.save('shard', { by: 'former', offset })
    expect(await owner.load('shard')).toMatchObject({ payload: { by: 'owner', offset: 2 } })

    // An owner that has not saved yet wins all the same as soon as it does.
    const third = snapshotsOf(store)
    await third.takeOver('shard')
    await owner.save('shard', { by: 'owner', offset: 20 })
    await third.save('shard', { by: 'third', offset: 3 })
    await owner.save('shard', { by: 'owner', offset: 21 })
    expect(await asleep.load('shard')).toMatchObject({ payload: { by: 'third', offset: 3 } })
  })

  test('of names that nobody takes over the last saved counts, whoever saved it', async () => {
    const [one, other] = [snapshotsOf(store), snapshotsOf(store)]
    for (const [turn, snapshots] of [one, other, one, one, other].entries()) await snapshots.save('shared', { turn })
    expect(await one.load('shared')).toMatchObject({ payload: { turn: 4 } })
  })
})

describe('where ClickHouse does not answer', () => {
  let front: Front
  let store: Store

  beforeAll(async () => {
    front = await openFront()
    const { url, user, password } = front
    store = await openStore({ kind: 'server', url, user, password, database: 'away' })
  })

  afterAll(async () => {
    await store.close(0)
    await front.close()
  })

  test('states can be loaded while rows wait that it does not take', async () => {
    const owner = snapshotsOf(store)
    await owner.takeOver('loaded')
    await owner.save('loaded', { offset: 1 })
    await front.fault([{ kind: 'hang', of: 'inserts', share: 1 }])
    const records = Array.from({ length: 20_000 }, (_, offset) => ({
      ...{ process: 'p', topic: 't', partition: 0, offset, timestamp: undefined, key: null },
      value: Buffer.alloc(100),
    }))
    store.write({ records })
    expect(store.health().waitingRows).toBe(20_000)
    expect(await snapshotsOf(store).load('loaded')).toMatchObject({ payload: { offset: 1 } })
    await front.fault([])
  })

  test('a state that cannot be saved is given up and told, the next one is saved; what is loaded is waited for', async () => {
    const told: (string | undefined)[] = []
    const owner = snapshotsOf(store, problem => told.push(problem))
    await owner.takeOver('shard')
    await owner.save('shard', { offset: 1 })
    await front.kill()
    for (const offset of [2, 3]) await expect(owner.save('shard', { offset })).rejects.toThrow(SnapshotsAway)
    expect(told).toHaveLength(1)
    const loading = snapshotsOf(store).takeOver('shard')
    const saving = owner.save('definitions', { epoch: 1 })
    await front.restart()
    expect(await loading).toMatchObject({ payload: { offset: 1 } })
    await saving
    await owner.save('shard', { offset: 4 })
    expect(told).toEqual([expect.stringContaining('ECONN'), undefined])
  })

  test('whoever waits for it when the program ends is let go', async () => {
    const owner = snapshotsOf(store)
    await owner.takeOver('last')
    await front.fault([
      { kind: 'hang', of: 'inserts', share: 1 },
      { kind: 'hang', of: 'reads', share: 1 },
    ])
    const waiting = [owner.save('last', { offset: 1 }), owner.load('others'), owner.save('others', 1)]
    owner.close()
    for (const outcome of await Promise.allSettled(waiting)) expect(outcome.status).toBe('rejected')
    await front.fault([])
  })
})
