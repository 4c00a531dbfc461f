import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { durationMs } from '../event/duration.ts'
import { instant } from '../event/instant.ts'
import type { Truth } from '../model/truth.ts'
import {
  type AlertState,
  type AlertTimes,
  advanceAlert,
  BELIEVED_FOR_MS,
  inactive,
  resolveByHand,
} from './lifecycle.ts'
import type { AlertPhase, AlertReason } from './transition.ts'

const breached = { breached: true, recovered: false }
const quiet = { breached: false, recovered: false }
const recovered = { breached: false, recovered: true }
const unknown = { breached: undefined, recovered: undefined }
const recoveredOnly = { breached: undefined, recovered: true }

const times = (forMs: number, keepFiringForMs: number, noData: AlertTimes['noData'] = undefined): AlertTimes => ({
  forMs: durationMs(forMs),
  keepFiringForMs: durationMs(keepFiringForMs),
  noData,
})

const noData = (state: 'alert' | 'ok' | 'keep') => ({ afterMs: durationMs(30), state })

const known = { unknownSince: undefined }
const pending: AlertState = { phase: 'pending', since: instant(10), ...known }
const firing: AlertState = { phase: 'firing', since: instant(10), firedAt: instant(60), ...known }
const recovering: AlertState = { ...firing, phase: 'recovering', recoveringSince: instant(80) }
const silent: AlertState = { ...firing, phase: 'no_data', hadBreached: true, unknownSince: instant(70) }
const silentFromStart: AlertState = { ...silent, hadBreached: false }
const ended = (resolvedByHandAt: number): AlertState =>
  ({ ...inactive, resolvedByHandAt: instant(resolvedByHandAt) }) as AlertState
const unheard = <State extends AlertState>(state: State) => ({ ...state, unknownSince: instant(80) })

type Row = [
  state: AlertState,
  verdict: { readonly breached: Truth; readonly recovered: Truth },
  times: AlertTimes,
  next: AlertState,
  entered: AlertPhase | undefined,
  because: AlertReason,
]

const slow = times(50, 50)
const at = instant(100)

const rows: Record<string, Row> = {
  'an inactive alert stays so without a breach': [inactive, recovered, slow, inactive, undefined, 'no-breach'],
  'an inactive alert stays so between the thresholds': [inactive, quiet, slow, inactive, undefined, 'no-breach'],
  'an inactive alert stays so when nothing is known': [inactive, unknown, slow, inactive, undefined, 'unknown'],
  'a breach that has to hold makes it pending': [
    ...([inactive, breached, slow] as const),
    ...([{ phase: 'pending', since: at, ...known }, 'pending', 'breach-too-young'] as const),
  ],
  'a breach that need not hold fires at once': [
    ...([inactive, breached, times(0, 50)] as const),
    ...([{ phase: 'firing', since: at, firedAt: at, ...known }, 'firing', 'breach-held'] as const),
  ],
  'a pending alert waits while its breach is too young': [
    ...([pending, breached, times(91, 50), pending, undefined, 'breach-too-young'] as const),
  ],
  'a pending alert fires when its breach has held long enough': [
    ...([pending, breached, times(90, 50)] as const),
    ...([{ phase: 'firing', since: instant(10), firedAt: at, ...known }, 'firing', 'breach-held'] as const),
  ],
  'a pending alert is inactive again when its breach ends': [
    ...([pending, recovered, slow, inactive, 'inactive', 'breach-ended-early'] as const),
  ],
  'a pending alert is inactive again between the thresholds': [
    ...([pending, quiet, slow, inactive, 'inactive', 'breach-ended-early'] as const),
  ],
  'a pending alert neither fires nor ends when nothing is known': [
    pending,
    unknown,
    slow,
    pending,
    undefined,
    'unknown',
  ],
  'a firing alert stays so while breached': [firing, breached, slow, firing, undefined, 'already-firing'],
  'a firing alert stays so between the thresholds': [firing, quiet, slow, firing, undefined, 'not-recovered'],
  'a firing alert stays so when nothing is known': [firing, unknown, slow, firing, undefined, 'unknown'],
  'a firing alert recovers where the recovery has to hold': [
    ...([firing, recovered, slow] as const),
    ...([{ ...firing, phase: 'recovering', recoveringSince: at }, 'recovering', 'recovery-too-young'] as const),
  ],
  'a firing alert is resolved at once where the recovery need not hold': [
    ...([firing, recovered, times(50, 0), inactive, 'resolved', 'recovery-held'] as const),
  ],
  'a firing alert recovers by its own condition while the breach is unknown': [
    ...([firing, recoveredOnly, times(50, 0), inactive, 'resolved', 'recovery-held'] as const),
  ],
  'a recovering alert fires again in the same episode': [
    ...([recovering, breached, slow, firing, 'firing', 'breached-again'] as const),
  ],
  'a recovering alert waits while its recovery is too young': [
    ...([recovering, recovered, times(50, 21), recovering, undefined, 'recovery-too-young'] as const),
  ],
  'a recovering alert is resolved when its recovery has held long enough': [
    ...([recovering, recovered, times(50, 20), inactive, 'resolved', 'recovery-held'] as const),
  ],
  'a recovering alert is not resolved between the thresholds': [
    ...([recovering, quiet, times(50, 20), recovering, undefined, 'not-recovered'] as const),
  ],
  'a recovering alert is not resolved when nothing is known': [
    ...([recovering, unknown, times(50, 20), recovering, undefined, 'unknown'] as const),
  ],
  'what was resolved by hand does not fire again while it holds': [
    ...([ended(90), breached, times(0, 0), ended(90), undefined, 'resolved-by-hand'] as const),
  ],
  'what was resolved by hand does not lack data either': [
    ...([ended(10), unknown, times(0, 0, noData('alert')), ended(10), undefined, 'resolved-by-hand'] as const),
  ],
  'what was resolved by hand begins anew once it does not hold': [
    ...([ended(90), quiet, times(0, 0), inactive, undefined, 'no-breach'] as const),
  ],
  'what was resolved by hand a day ago and still holds begins anew': [
    ...([ended(100 - BELIEVED_FOR_MS), breached, times(50, 0)] as const),
    ...([{ phase: 'pending', since: at, ...known }, 'pending', 'breach-too-young'] as const),
  ],
  'silence is remembered from its first instant': [
    ...([firing, unknown, times(0, 0, noData('alert'))] as const),
    ...([{ ...firing, unknownSince: at }, undefined, 'unknown'] as const),
  ],
  'silence is not remembered where it means nothing': [
    ...([firing, unknown, times(0, 0, noData('keep')), firing, undefined, 'unknown'] as const),
  ],
  'silence is not remembered where an inactive alert would only become inactive': [
    ...([inactive, unknown, times(0, 0, noData('ok')), inactive, undefined, 'unknown'] as const),
  ],
  'silence ends with the first known value': [
    ...([unheard(firing), breached, slow, firing, undefined, 'already-firing'] as const),
  ],
  'silence that is too young changes nothing': [
    ...([unheard(inactive), unknown, times(0, 0, noData('alert')), unheard(inactive), undefined, 'unknown'] as const),
  ],
  'long silence opens an alert without data, since the silence began': [
    ...([{ ...inactive, unknownSince: instant(70) }, unknown, times(0, 0, noData('alert'))] as const),
    {
      ...({ phase: 'no_data', since: instant(70), firedAt: at } as const),
      ...({ hadBreached: false, unknownSince: instant(70) } as const),
    },
    ...(['no_data', 'no-data'] as const),
  ],
  'long silence opens a pending alert without a breach of its own': [
    ...([{ ...pending, unknownSince: instant(70) }, unknown, times(500, 0, noData('alert'))] as const),
    {
      ...({ phase: 'no_data', since: instant(10), firedAt: at } as const),
      ...({ hadBreached: false, unknownSince: instant(70) } as const),
    },
    ...(['no_data', 'no-data'] as const),
  ],
  'long silence of a firing alert leaves its episode as it is': [
    ...([{ ...firing, unknownSince: instant(70) }, unknown, times(0, 0, noData('alert')), silent] as const),
    ...(['no_data', 'no-data'] as const),
  ],
  'long silence of a recovering alert leaves its episode as it is': [
    ...([{ ...recovering, unknownSince: instant(70) }, unknown, times(0, 0, noData('alert')), silent] as const),
    ...(['no_data', 'no-data'] as const),
  ],
  'long silence resolves a firing alert where silence is good': [
    ...([{ ...firing, unknownSince: instant(70) }, unknown, times(0, 50, noData('ok')), inactive] as const),
    ...(['resolved', 'no-data-is-ok'] as const),
  ],
  'long silence ends a pending alert where silence is good': [
    ...([{ ...pending, unknownSince: instant(70) }, unknown, times(500, 50, noData('ok')), inactive] as const),
    ...(['inactive', 'no-data-is-ok'] as const),
  ],
  'an alert without data stays so': [silent, unknown, times(0, 0, noData('alert')), silent, undefined, 'still-no-data'],
  'an alert without data fires when it is breached': [silent, breached, slow, firing, 'firing', 'data-returned'],
  'an alert without data fires again between the thresholds where it had fired': [
    ...([silent, quiet, slow, firing, 'firing', 'data-returned'] as const),
  ],
  'an alert without data that never fired is resolved between the thresholds': [
    ...([silentFromStart, quiet, slow, inactive, 'resolved', 'data-returned'] as const),
  ],
  'an alert without data recovers like a firing one': [
    ...([silent, recovered, slow] as const),
    ...([{ ...firing, phase: 'recovering', recoveringSince: at }, 'recovering', 'recovery-too-young'] as const),
  ],
  'an alert without data is resolved like a firing one': [
    ...([silent, recovered, times(0, 0), inactive, 'resolved', 'recovery-held'] as const),
  ],
}

describe('the life of an alert', () => {
  test.each(Object.entries(rows))('%s', (_name, [state, verdict, rule, next, entered, because]) => {
    expect(advanceAlert(state, verdict, at, rule)).toEqual({ next, entered, because })
  })

  test('no data after no time at all counts at the first unknown value', () => {
    const rule = times(0, 0, { afterMs: durationMs(0), state: 'alert' })
    expect(advanceAlert(inactive, unknown, at, rule)).toMatchObject({ entered: 'no_data', next: { since: at } })
  })

  test('an entered state is another one than before, and the next state is the entered one', () => {
    fc.assert(
      fc.property(life(), ({ rule, verdicts }) => {
        let state = inactive
        verdicts.forEach((verdict, index) => {
          const { next, entered } = advanceAlert(state, verdict, instant(index * 10), rule)
          if (entered === undefined) expect(next.phase).toBe(state.phase)
          else expect(entered === 'resolved' ? 'inactive' : entered).toBe(next.phase)
          if (entered !== undefined) expect(next.phase).not.toBe(state.phase)
          if (entered === 'resolved') expect(['firing', 'recovering', 'no_data']).toContain(state.phase)
          if (state.phase !== 'inactive' && next.phase !== 'inactive') expect(next.since).toBe(state.since)
          state = next
        })
      }),
    )
  })

  test('only what is open is resolved by hand', () => {
    const hand = { next: ended(100), entered: 'resolved', because: 'resolved-by-hand' }
    for (const state of [firing, recovering, silent]) expect(resolveByHand(state, at)).toEqual(hand)
    for (const state of [inactive, pending, ended(90)]) expect(resolveByHand(state, at)).toBeUndefined()
  })

  test('nothing opens or closes while nothing is known, unless the rule says so', () => {
    fc.assert(
      fc.property(life(), fc.nat(20), ({ rule, verdicts }, more) => {
        const silentRule = { ...rule, noData: undefined }
        let state = inactive
        verdicts.forEach((verdict, index) => {
          state = advanceAlert(state, verdict, instant(index * 10), silentRule).next
        })
        const { next } = advanceAlert(state, unknown, instant((verdicts.length + more) * 10), silentRule)
        expect(next).toBe(state)
      }),
    )
  })
})

/** A rule, and one verdict every 10 ms. */
function life() {
  const some = fc.constantFrom(0, 10, 25, 60).map(durationMs)
  const silence = fc.record({ afterMs: some, state: fc.constantFrom('alert', 'ok', 'keep') })
  return fc.record({
    rule: fc.record({ forMs: some, keepFiringForMs: some, noData: fc.option(silence, { nil: undefined }) }),
    verdicts: fc.array(fc.constantFrom(breached, quiet, recovered, unknown, recoveredOnly), { maxLength: 60 }),
  })
}
