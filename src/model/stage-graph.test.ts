import { expect, test } from 'vitest'
import { makeProcess } from '../../test/model/process.ts'
import { neighboursOf, stagesInside, upstreamOf } from './stage-graph.ts'

test('a stage is beside those that an activity of the border belongs to, and not beside those that it lies in', () => {
  const process = makeProcess({
    activities: ['created', 'paid', 'picked', 'packed', 'delivered'],
    stages: {
      payment: { from: ['created'], to: ['paid'] },
      picking: { from: ['paid'], to: ['picked'] },
      packing: { from: ['picked'], to: ['packed'] },
      labels: { from: ['picked'], to: ['packed'] },
      transit: { from: ['packed'], to: ['delivered'] },
      lead_time: { from: ['created'], to: ['delivered'] },
      rework: { from: ['packed'], to: ['picked'] },
    },
    settle: 0,
    pane: 1_000,
    timeout: 1_000,
  })
  const names = (stages: readonly number[]) => stages.map(stage => process.stages[stage]?.name)
  const around = (name: string) => {
    const { upstream, downstream } = neighboursOf(
      process,
      process.stages.findIndex(stage => stage.name === name),
    )
    return [names(upstream), names(downstream)]
  }
  expect(around('picking')).toEqual([['payment'], ['packing', 'labels']])
  expect(around('packing')).toEqual([
    ['picking', 'rework'],
    ['transit', 'rework'],
  ])
  expect(around('lead_time')).toEqual([[], []])
})

test('cases come to a stage from those before it, the nearest first, and from none that it hands them back to', () => {
  const process = makeProcess({
    activities: ['created', 'paid', 'picked', 'packed', 'checked', 'delivered'],
    stages: {
      payment: { from: ['created'], to: ['paid'] },
      picking: { from: ['paid'], to: ['picked'] },
      packing: { from: ['picked'], to: ['packed'] },
      checking: { from: ['packed'], to: ['checked'] },
      again: { from: ['checked'], to: ['packed'] },
      transit: { from: ['checked'], to: ['delivered'] },
    },
    settle: 0,
    pane: 1_000,
    timeout: 1_000,
  })
  const upstream = process.stages.map((_, index) => upstreamOf(process, index).map(each => process.stages[each]?.name))
  expect(upstream).toEqual([
    [],
    ['payment'],
    ['picking', 'payment'],
    ['packing', 'picking', 'payment'],
    ['packing', 'picking', 'payment'],
    ['checking', 'packing', 'again', 'picking', 'payment'],
  ])
})

test('a stage spans those on a way from its beginning to its end, and of these the finest', () => {
  const process = makeProcess({
    activities: ['created', 'paid', 'picked', 'packed', 'delivered', 'asked', 'answered'],
    stages: {
      payment: { from: ['created'], to: ['paid'] },
      picking: { from: ['paid'], to: ['picked'] },
      packing: { from: ['picked'], to: ['packed'] },
      warehouse: { from: ['paid'], to: ['packed'] },
      transit: { from: ['packed'], to: ['delivered'] },
      lead_time: { from: ['created'], to: ['delivered'] },
      question: { from: ['asked'], to: ['answered'] },
      unpaid: { from: ['created'], to: ['answered'] },
    },
    settle: 0,
    pane: 1_000,
    timeout: 1_000,
  })
  const inside = (name: string) =>
    stagesInside(
      process,
      process.stages.findIndex(stage => stage.name === name),
    ).map(stage => process.stages[stage]?.name)
  expect(inside('lead_time')).toEqual(['payment', 'picking', 'packing', 'transit'])
  expect(inside('warehouse')).toEqual(['picking', 'packing'])
  expect(inside('picking')).toEqual([])
  expect(inside('unpaid')).toEqual([])
})
