import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { RandomDraws } from '../../src/source/random-draws.ts'
import { differenceOf } from './support/difference.ts'
import { expectedCells } from './support/expected-cells.ts'
import { historyOf, inOrder, type Written } from './support/history.ts'
import { PARTITIONS, parcelProcess, SETTLE_MS, writeParcelRules } from './support/parcels.ts'
import type { TopicRecord } from './support/topic.ts'

const folder = mkdtempSync(join(tmpdir(), 'stagewatch-oracle-'))
afterAll(() => rmSync(folder, { recursive: true }))

const process = parcelProcess(writeParcelRules(folder, 'parcels'))

function recordsOf(messages: readonly Written[]): TopicRecord[][] {
  const records: TopicRecord[][] = Array.from({ length: PARTITIONS }, () => [])
  for (const { partition, value } of messages) {
    const own = records[partition]!
    own.push({ partition, offset: own.length, value: Buffer.from(value) })
  }
  return records
}

const cellsOf = (messages: readonly Written[]) => expectedCells(process, 'parcels', recordsOf(messages))

const history = historyOf(new RandomDraws(1, 1), 400)

test('from the set of the events the oracle makes what it makes of them one by one', () => {
  // One late event of a case of its own, which must not be there in the end, has each partition folded event by event.
  const latest = Math.max(...history.map(({ at }) => at))
  const late = Array.from({ length: PARTITIONS }, (_, partition): Written => {
    const at = latest - 10 * SETTLE_MS
    const record = { event: `late-${partition}`, parcel: `late-${partition}`, step: 'received', depot: 'north' }
    const value = JSON.stringify({ ...record, at: new Date(at).toISOString() })
    return { partition, key: 'late', value, at, sentAt: latest + 1 }
  })
  const oneByOne = cellsOf([...history, ...late])
  const fromTheSet = cellsOf(history)
  expect(oneByOne.visits).toEqual(fromTheSet.visits)
  expect(oneByOne.panes).toEqual(fromTheSet.panes)
  expect(oneByOne.measures).toEqual(fromTheSet.measures)
  expect(oneByOne.counts).not.toEqual(fromTheSet.counts)
  expect(fromTheSet.visits.length).toBeGreaterThan(600)
})

test('a record that is lost, or counted twice, shows as differing cells', () => {
  const whole = cellsOf(history)
  expect(differenceOf(whole, whole)).toMatchObject({ differing: 0, told: [] })
  const without = cellsOf(history.toSpliced(500, 1))
  const lost = differenceOf(without, whole)
  expect(lost.differing).toBeGreaterThan(2)
  expect(lost.told.join('\n')).toContain('counts: not stored')
  const event = JSON.parse(String(history[500]!.value))
  const again = {
    ...history[500]!,
    value: JSON.stringify({ ...event, event: 'again' }),
    sentAt: history[500]!.sentAt + 1,
  }
  expect(differenceOf(cellsOf(inOrder([...history, again])), whole).differing).toBeGreaterThan(0)
})

test('a cell that is stored twice is told', () => {
  const whole = cellsOf(history)
  const twice = { ...whole, panes: [whole.panes[0]!, ...whole.panes] }
  expect(differenceOf(twice, whole)).toMatchObject({ differing: 1, told: ['panes: 1 are stored twice'] })
})
