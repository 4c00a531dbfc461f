import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SegmentKey } from '../event/segment.ts'
import { HourlyValues, type HourOfValues } from './hourly-values.ts'

const key = (name: string) => JSON.stringify([name]) as SegmentKey
const [a, b] = [key('a'), key('b')]

describe('hourly values', () => {
  test('equal what a list of all hours says, whatever hours were skipped, and also after a restart in between', () => {
    const hours = fc.array(
      fc.record({
        gap: fc.integer({ min: 1, max: 9 }),
        a: fc.option(fc.integer({ min: -2, max: 3 }), { nil: undefined }),
        b: fc.option(fc.constantFrom(null, 0, 1), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 30 },
    )
    fc.assert(
      fc.property(hours, fc.integer({ min: 1, max: 12 }), fc.nat(30), (steps, reach, restartAfter) => {
        const reachOf = new Map([['rule', reach]])
        let values = new HourlyValues(reachOf)
        const all: HourOfValues[] = []
        let hour = -20
        steps.forEach((step, index) => {
          hour += step.gap
          const of: Record<SegmentKey, number | null> = {}
          if (step.a !== undefined) of[a] = step.a
          if (step.b !== undefined) of[b] = step.b
          values.begin({ hour, values: { rule: of } })
          all.push(...values.take())
          if (index !== restartAfter) return
          values = new HourlyValues(reachOf)
          for (const each of all) values.add(each)
        })
        for (const segment of [a, b]) {
          for (let asked = hour - 40; asked <= hour + 1; asked++) {
            const said =
              asked > hour - reach ? all.find(each => each.hour === asked)?.values.rule?.[segment] : undefined
            // A segment that was away for as long as values are kept begins anew.
            expect([segment, asked, values.valueAt('rule', segment, asked)]).toEqual([
              segment,
              asked,
              said ?? undefined,
            ])
          }
          const above = all.findLast(each => (each.values.rule?.[segment] ?? 0) > 0)?.hour ?? -Infinity
          for (const since of [hour - reach + 1, hour]) {
            expect(values.segmentsAbove0('rule', since).includes(segment)).toBe(above >= since)
          }
        }
      }),
    )
  })

  test('know since when a segment has been there, and forget one that was away for as long as values are kept', () => {
    const values = new HourlyValues(new Map([['rule', 5]]))
    for (const hour of [1, 2, 3, 9]) values.begin({ hour, values: { rule: hour === 9 ? { [b]: 1 } : { [a]: 1 } } })
    expect([values.firstHour('rule', a), values.firstHour('rule', b)]).toEqual([undefined, 9])
    values.begin({ hour: 10, values: { rule: { [a]: 1, [b]: 1 } } })
    expect([values.firstHour('rule', a), values.firstHour('rule', b)]).toEqual([10, 9])
    expect([values.last, values.oldest]).toEqual([10, 6])
  })

  test('hold no more hours that nobody has taken than are still asked for', () => {
    const values = new HourlyValues(new Map([['rule', 5]]))
    for (let hour = 1; hour <= 400; hour++) values.begin({ hour, values: { rule: { [a]: hour } } })
    const taken = values.take()
    expect(taken.map(({ hour }) => hour)).toEqual([396, 397, 398, 399, 400])
    const again = new HourlyValues(new Map([['rule', 5]]))
    for (const hour of taken) again.add(hour)
    for (let hour = 390; hour <= 401; hour++)
      expect(again.valueAt('rule', a, hour)).toBe(values.valueAt('rule', a, hour))
    expect(values.take()).toEqual([])
  })

  test('pass over an hour that has come, and rules that are not there', () => {
    const values = new HourlyValues(new Map([['rule', 5]]))
    values.add({ hour: 7, values: { rule: { [a]: 1 }, gone: { [a]: 1 } } })
    values.add({ hour: 7, values: { rule: { [a]: 2 } } })
    values.add({ hour: 6, values: { rule: { [a]: 3 } } })
    expect(values.valueAt('rule', a, 7)).toBe(1)
    expect(values.valueAt('gone', a, 7)).toBeUndefined()
    expect(values.take()).toEqual([])
  })
})
