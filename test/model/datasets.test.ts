import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadRules } from '../../src/app/rules-folder.ts'
import { dataSet } from './datasets.ts'
import { makeInOrderModel } from './datasets-model.ts'
import { segmentStatistics } from './datasets-windows.ts'
import { makeOracle, type OracleArrival } from './oracle.ts'
import { orders } from './orders.ts'
import { makeProcess } from './process.ts'
import { comparableOf } from './shard-state.ts'
import { windowStart, windowStatistics } from './statistics.ts'

const names = ['olist', 'bpic2012', 'bpic2013-incidents', 'helpdesk'] as const

test.each(names)('the process file for %s loads without a mistake or a warning, and speaks Chinese', name => {
  const { definitions, warnings } = loadRules(dataSet(name).rules)
  expect(warnings).toEqual([])
  const { processes, owners } = definitions
  expect(processes.map(process => process.name)).toEqual([name])
  expect(processes[0]!.rules.length).toBeGreaterThanOrEqual(2)
  const texts = processes.flatMap(process => [
    process.title,
    ...process.stages.map(stage => stage.title),
    ...process.rules.flatMap(rule => [rule.summary, rule.action]),
    ...[...owners.values()].map(owner => owner.title),
  ])
  for (const text of texts) expect(text?.zh, text?.en).toMatch(/\p{Script=Han}/u)
})

const process = makeProcess({
  ...orders,
  attributes: ['wh', 'zone', 'note:field'],
  starts: ['created', 'paid where note == "half"'],
  stages: {
    picking: {
      from: ['paid'],
      to: ['picked'],
      by: ['wh', 'zone'],
      target: { default: 15, by: [['wh', 'N', 5]] },
    },
    lead: { from: ['created'], to: ['delivered'], by: ['zone'] },
  },
})

/** A sorted log: equal stamps, repeats, rework, ends, and pauses about as long as `settle` and `case_timeout`. */
const sortedLog = fc
  .array(
    fc.record({
      case: fc.constantFrom('A', 'B', 'C'),
      activity: fc.nat(process.activities.length),
      pause: fc.constantFrom(0, 0, 1, 4, 9, 11, 30, 100),
      wh: fc.constantFrom('N', 'S', null),
      zone: fc.constantFrom('1', '2', null),
      note: fc.constantFrom('half', null),
      isRepeated: fc.boolean(),
    }),
    { minLength: 20, maxLength: 40 },
  )
  .map(steps => {
    let at = 0
    return steps.flatMap(({ case: caseId, activity, pause, wh, zone, note, isRepeated }): OracleArrival[] => {
      at += pause
      const place = { topic: 'events', partition: 0 }
      if (activity === process.activities.length) return [{ ...place, events: [{ ignored: 'noise' }] }]
      const arrival = { ...place, events: [{ case: caseId, activity, at, attributes: [wh, zone, note] }] }
      return isRepeated ? [arrival, arrival] : [arrival]
    })
  })

test('the model for sorted logs says what the model for all logs says, after every record', () => {
  const reached = { segments: 0, ages: 0, durations: 0, duplicates: 0 }
  fc.assert(
    fc.property(sortedLog, arrivals => {
      const general = makeOracle(process, ['events'], 0)
      const sorted = makeInOrderModel(process, 'events')
      for (const arrival of arrivals) {
        general.take(arrival)
        sorted.take(arrival)
        const state = general.state()
        const own = { ...sorted.state(), watermark: undefined, casesInMemory: [], openRests: [], marks: [] }
        expect(comparableOf(own)).toEqual(comparableOf(state))
        reached.duplicates += state.counts['events/0']!.duplicate
        if (state.watermark === undefined) continue
        const at = state.watermark + 7
        for (const windowMs of [10, 60]) {
          const visits = sorted.visitsSince(windowStart(process.paneMs, windowMs, at))
          for (const [stage, { by: all }] of process.stages.entries()) {
            for (const by of [[], all, all.slice(0, 1)]) {
              const found = segmentStatistics({ process, visits: visits[stage]!, stage, by, windowMs, at })
              const wanted = windowStatistics(state, stage, by, windowMs, at)
              expect(inOrder(found)).toEqual(inOrder(wanted))
              reached.segments += by.length > 0 ? found.size : 0
              reached.ages += found.get('[]')?.age_p50 === undefined ? 0 : 1
              reached.durations += found.get('[]')?.p50 === undefined ? 0 : 1
            }
          }
        }
      }
    }),
    { numRuns: 25 },
  )
  for (const count of Object.values(reached)) expect(count).toBeGreaterThan(100)
})

const inOrder = (statistics: ReadonlyMap<string, object>) => Object.fromEntries([...statistics].sort())

test('an event that is older than the one before is refused: the model for sorted logs would be wrong', () => {
  const model = makeInOrderModel(process, 'events')
  const at = (time: number) => ({ case: 'A', activity: 0, at: time, attributes: [null, null, null] })
  model.take({ topic: 'events', partition: 0, events: [at(5)] })
  expect(() => model.take({ topic: 'events', partition: 0, events: [at(4)] })).toThrow('4 comes after 5')
})
