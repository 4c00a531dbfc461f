import type { Definitions } from '../../src/model/definitions.ts'
import { loadDefinitions } from '../../src/model/load.ts'

/** A process of one stage, with nothing that could be said otherwise. */
export function pickingFrom(topic: string): Definitions {
  const { definitions, problems } = loadDefinitions([
    {
      name: 'orders.yaml',
      text: `
process: orders
owner: ops
sources:
  - {topics: [${topic}], format: json, case: order, activity: activity, time: ts}
activities: [paid, picked]
stages:
  picking: {from: paid, to: picked}
`,
    },
    { name: 'owners.yaml', text: 'ops: {title: Ops, members: [li.wei]}' },
  ])
  if (definitions === undefined) throw new Error(JSON.stringify(problems))
  return definitions
}
