import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { makeOracle, type Oracle, type OracleArrival, type OracleState } from '../model/oracle.ts'
import { makeRule } from '../model/process.ts'
import { topicsOf } from '../model/shard-state.ts'
import { windowStatistics } from '../model/statistics.ts'
import { deliveries, replay, replayEngine } from './delivery.ts'
import { type Scene, scenes } from './logs.ts'

/** A rule of the form `statistic >= limit` without any holding time. */
type Watch = {
  readonly name: string
  readonly stage: number
  readonly by: readonly number[]
  readonly statistic: 'wip' | 'exited' | 'abandoned'
  readonly limit: number
  readonly panes: number
}

const watchesOf = ({ stages }: ProcessDefinition): Watch[] =>
  stages.flatMap(({ by }, stage) => [
    { name: `a${stage}`, stage, by: [], statistic: 'wip', limit: 2, panes: 1 },
    { name: `b${stage}`, stage, by, statistic: 'exited', limit: 1, panes: 3 },
    { name: `c${stage}`, stage, by: by.slice(0, 1), statistic: 'abandoned', limit: 1, panes: 2 },
  ])

test('the evaluation at T sees of each partition the records before the first that lifts it to T or beyond', () => {
  let fired = 0
  fc.assert(
    fc.property(scenes({ silences: [0, 0, 30] }), deliveries(), (scene, delivery) => {
      const watches = watchesOf(scene.process)
      const { paneMs } = scene.process
      const rules = watches.map(({ name, stage, by, statistic, limit, panes }) =>
        makeRule({ name, stage, by, window: panes * paneMs, when: `${statistic} >= ${limit}.0` }),
      )
      const definition = { ...scene.process, rules }
      const { transitions, evaluatedAt } = replay(replayEngine(definition), scene.logs, delivery)
      const expected = timeline({ ...scene, process: definition }, watches)
      expect(evaluatedAt).toEqual(expected.evaluatedAt)
      // What becomes of an alert when its numbers are settled is not what T saw (`corrections.test.ts`).
      const seen = transitions.filter(({ because }) => because !== 'revised' && because !== 'withdrawn')
      expect(
        seen.map(({ at, rule, segment, state, value }) =>
          line(at, rule, JSON.stringify(Object.values(segment)), state, value),
        ),
      ).toEqual(expected.lines)
      fired += transitions.length
    }),
    { numRuns: 30 },
  )
  expect(fired).toBeGreaterThan(200)
})

const line = (at: number, rule: string, segment: string, state: string, value: number | undefined): string =>
  `${at} ${rule} ${segment} ${state} ${value}`

/** The alerts of the watches by the model: everything looked at anew at each T. */
function timeline({ process, arrivals }: Scene, watches: readonly Watch[]): { evaluatedAt: number[]; lines: string[] } {
  const { paneMs } = process
  const partitions = arrivals.map((own, partition): Partition => {
    const model = makeOracle(process, topicsOf(process), partition)
    const left = topicsOf(process).map(topic => own.filter(arrival => arrival.topic === topic))
    return { model, left, state: model.state() }
  })
  const times = arrivals.flat().flatMap(timesOf)
  const firsts = partitions.flatMap(({ left }) => left.flatMap(own => own.flatMap(timesOf).slice(0, 1)))
  const evaluatedAt: number[] = []
  const lines: string[] = []
  const open = new Set<string>()
  const until = (Math.floor(Math.max(...times) / paneMs) + 1) * paneMs
  for (let at = (Math.floor(Math.min(...firsts) / paneMs) + 1) * paneMs; at <= until; at += paneMs) {
    evaluatedAt.push(at)
    for (const partition of partitions) foldUntil(partition, at)
    for (const { name, stage, by, statistic, limit, panes } of watches) {
      const values = new Map<string, number>()
      for (const { state } of partitions) {
        for (const [segment, found] of windowStatistics(state, stage, by, panes * paneMs, at)) {
          values.set(segment, (values.get(segment) ?? 0) + found[statistic]!)
        }
      }
      const underWay = [...open].filter(key => key.startsWith(`${name} `)).map(key => key.slice(name.length + 1))
      for (const segment of [...new Set([...values.keys(), ...underWay])].sort()) {
        const value = values.get(segment) ?? 0
        const key = `${name} ${segment}`
        if (value >= limit === open.has(key)) continue
        lines.push(line(at, name, segment, value >= limit ? 'firing' : 'resolved', value))
        if (value >= limit) open.add(key)
        else open.delete(key)
      }
    }
  }
  return { evaluatedAt, lines }
}

type Partition = { readonly model: Oracle; readonly left: OracleArrival[][]; state: OracleState }

const timesOf = ({ events }: OracleArrival): number[] => events.flatMap(event => ('ignored' in event ? [] : [event.at]))

/** The topics of a partition meet in the order of what their next records lift the watermark to. */
function foldUntil(partition: Partition, at: number): void {
  const { model, left } = partition
  for (let folded = 0; ; folded++) {
    const lifts = left.map(own => (own[0] === undefined ? Infinity : Math.max(-Infinity, ...timesOf(own[0]))))
    const lowest = Math.min(...lifts)
    const next = lowest < at ? left[lifts.indexOf(lowest)]!.shift() : undefined
    if (next !== undefined) model.take(next)
    else {
      if (folded > 0) partition.state = model.state()
      return
    }
  }
}
