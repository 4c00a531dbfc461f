import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Engine, engines } from '../../test/support/clickhouse/engines.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { instant } from '../event/instant.ts'
import { openStore, type Store, type StoreOptions } from './store.ts'

const transition = (
  process: string,
  change: Partial<Omit<AlertTransition, 'stage' | 'measure'>> = {},
): AlertTransition => ({
  id: 'a1',
  process,
  rule: 'picking_slow',
  stage: 'picking',
  segment: { warehouse: 'WH-1' },
  state: 'firing',
  from: 'pending',
  because: 'breach-held',
  at: instant(1_000),
  since: instant(0),
  firedAt: instant(1_000),
  value: 12_345.678,
  owner: 'warehouse-ops',
  severity: 'critical',
  summary: { en: 'slow', zh: '慢' },
  explanation: {
    expression: 'age_p90 > duration("3m")',
    terms: [{ text: 'age_p90 > duration("3m")', values: { age_p90: 200_000.5 }, result: true }],
    result: true,
    window: { start: instant(0), end: instant(1_000) },
    watermark: instant(999),
    samples: 20,
    minSamples: 0,
    owner: 'warehouse-ops',
    action: undefined,
    runbook: 'docs/runbooks/picking.md',
  },
  ...change,
})

describe.each(engines)('$name', ({ start }) => {
  let engine: Engine
  let options: StoreOptions
  let store: Store

  beforeAll(async () => {
    engine = await start()
    options = engine.newStore()
    store = await openStore(options)
  })

  afterAll(async () => {
    await store.close()
    await engine.close()
  })

  test("transitions come back in the order of an alert's life, the newest where not all are wanted", async () => {
    const life = [
      transition('alerts', { state: 'pending', from: 'inactive', firedAt: undefined, value: undefined }),
      transition('alerts'),
      transition('alerts', { state: 'recovering', from: 'firing', at: instant(2_000) }),
      transition('alerts', { state: 'resolved', from: 'recovering', at: instant(2_000) }),
    ]
    store.write({ transitions: [...life].reverse() })
    store.write({ transitions: life })
    await store.flush()
    expect(await store.transitions('alerts', instant(0), 10)).toEqual(life)
    expect(await store.transitions('alerts', instant(2_000), 10)).toEqual(life.slice(2))
    expect(await store.transitions('alerts', instant(0), 3)).toEqual(life.slice(1))
  })

  test('a transition of a rule over a measure names the measure and no stage', async () => {
    const { stage: _, ...rest } = transition('measured')
    const ofMeasure: AlertTransition = { ...rest, measure: 'revenue' }
    store.write({ transitions: [ofMeasure] })
    await store.flush()
    expect(await store.transitions('measured', instant(0), 10)).toEqual([ofMeasure])
  })

  test('transitions outlive the process that wrote them', async () => {
    store.write({ transitions: [transition('kept', { at: instant(-1) })] })
    await store.close()
    store = await openStore(options)
    expect(await store.transitions('kept', instant(-1), 1)).toEqual([transition('kept', { at: instant(-1) })])
    expect((await store.counts('kept')).transitions).toBe(1)
  })
})
