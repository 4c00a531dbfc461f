import { expect } from 'vitest'
import { formatProblem, loadDefinitions } from '../../src/model/load.ts'

/** A process file without a mistake, for tests that put one into it. */
export const soundProcess = `process: orders
owner: ops
sources:
  - topics: [orders.events]
    format: json
    case: order_id
    activity: activity
    time: ts
    dimensions: {warehouse: warehouse, carrier: carrier}
activities: [created, paid, picked, cancelled]
ends: {cancelled: cancelled}
pane: 10s
stages:
  picking:
    from: paid
    to: picked
    target: 4h
    by: [warehouse]
  payment:
    from: created
    to: paid
metrics:
  picking_p90:
    title: Picking p90
    stage: picking
    statistic: p90
    window: 1h
    unit: duration
    direction: lower_is_better
    definition: From payment to picked.
    version: 1
rules:
  slow:
    stage: picking
    by: [warehouse]
    window: 15m
    when: age_p90 > duration("4h") && wip >= 20
    for: 5m
    summary: '{{ warehouse }} has {{ wip }}'
`

export const soundOwners = `ops: {title: Operations}
`

export type Edit = readonly [written: string, instead: string]

export type Mistake = readonly [what: string, edit: Edit, en: string, zh: string]

/** What the loader says of the sound file with these edits, in one language. */
export function told(
  edits: readonly Edit[],
  language: 'en' | 'zh',
  ownersText: string | undefined = soundOwners,
): string[] {
  const text = edits.reduce((before, [written, instead]) => {
    if (before.split(written).length !== 2) throw new Error(`"${written}" must stand once in the file`)
    return before.replace(written, () => instead)
  }, soundProcess)
  const files = [
    { name: 'p.yaml', text },
    ...(ownersText === undefined ? [] : [{ name: 'owners.yaml', text: ownersText }]),
  ]
  const { definitions, problems } = loadDefinitions(files)
  expect(definitions === undefined).toBe(problems.some(problem => problem.severity === 'error'))
  return problems.map(problem => formatProblem(problem, language))
}
