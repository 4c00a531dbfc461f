import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Engine, engines } from '../../test/support/clickhouse/engines.ts'
import { transitionRow } from '../../test/support/store/transition-row.ts'
import type { AlertAction, AlertDeed } from '../alerts/alert-action.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { instant } from '../event/instant.ts'
import { openStore, type Store, type StoreOptions } from './store.ts'

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
      transitionRow('alerts', { state: 'pending', from: 'inactive', firedAt: undefined, value: undefined }),
      transitionRow('alerts'),
      transitionRow('alerts', { state: 'recovering', from: 'firing', at: instant(2_000) }),
      transitionRow('alerts', { state: 'resolved', from: 'recovering', at: instant(2_000) }),
    ]
    store.write({ transitions: [...life].reverse() })
    store.write({ transitions: life })
    await store.flush()
    expect(await store.transitions('alerts', instant(0), 10)).toEqual(life)
    expect(await store.transitions('alerts', instant(2_000), 10)).toEqual(life.slice(2))
    expect(await store.transitions('alerts', instant(0), 3)).toEqual(life.slice(1))
  })

  test('a transition of a rule over a measure names the measure and no stage', async () => {
    const { stage: _, ...rest } = transitionRow('measured')
    const ofMeasure: AlertTransition = { ...rest, measure: 'revenue' }
    store.write({ transitions: [ofMeasure] })
    await store.flush()
    expect(await store.transitions('measured', instant(0), 10)).toEqual([ofMeasure])
  })

  test('what people did to an alert comes back in its order, once, and of that alert only', async () => {
    const action = (id: string, at: number, deed: AlertDeed, alert = 'a'): AlertAction => {
      return { ...deed, id, process: 'acted', alert, by: 'li.wei', at: instant(at) }
    }
    const actions = [
      action('2', 1_000, { kind: 'snooze', fields: { until: instant(5_000) } }),
      action('1', 2_000, { kind: 'comment', fields: { text: "line\n已处理 'so'" } }),
      action('3', 3_000, { kind: 'assign', fields: { to: null } }),
    ]
    store.write({ actions: [...actions].reverse() })
    await store.flush()
    store.write({ actions: [...actions, action('4', 1_500, { kind: 'acknowledge', fields: {} }, 'b')] })
    await store.flush()
    expect(await store.actionsOfAlert('acted', 'a', 10)).toEqual(actions)
    expect(await store.actionsOfAlert('acted', 'a', 2)).toEqual(actions.slice(1))
    expect(await store.actionsOfAlert('other', 'a', 10)).toEqual([])
  })

  test('transitions outlive the process that wrote them', async () => {
    store.write({ transitions: [transitionRow('kept', { at: instant(-1) })] })
    await store.close()
    store = await openStore(options)
    expect(await store.transitions('kept', instant(-1), 1)).toEqual([transitionRow('kept', { at: instant(-1) })])
    expect((await store.counts('kept')).transitions).toBe(1)
  })
})
