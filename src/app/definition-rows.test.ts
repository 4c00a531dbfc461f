import { expect, test } from 'vitest'
import { ClockedEngine, order, ordersWith } from '../../test/engine/orders.ts'
import { makeRule } from '../../test/model/process.ts'
import { instant } from '../event/instant.ts'
import type { RuleDefinition } from '../model/definitions.ts'
import { definitionRowsOf } from './definition-rows.ts'

const noon = Date.UTC(2026, 4, 5, 12)

/** What history has of the only rule, and what the explanation of its alert says. */
function versionsOf(rule: RuleDefinition) {
  const process = ordersWith([rule])
  const clocked = new ClockedEngine(process, noon)
  const id = clocked.assign({ topic: 'events', partition: 0 })
  clocked.append(id, [order(noon + 100, 'A')])
  clocked.nowMs = noon + 1_000
  const [fired] = clocked.settle().transitions
  const row = definitionRowsOf(process, 0, instant(noon)).find(({ kind }) => kind === 'rule')
  return [row?.hash.slice(0, 12), fired?.explanation.version]
}

test('an explanation names the version of its rule as history does: another where the rule is, wherever it stands', () => {
  const rule = makeRule({ name: 'waits', window: 60_000, when: 'wip >= 1' })
  const [stored, told] = versionsOf(rule)
  expect(told).toMatch(/^[0-9a-f]{12}$/)
  expect(stored).toBe(told)
  expect(versionsOf({ ...rule, position: { file: 'other.yaml', line: 9, column: 9 } })).toEqual([told, told])
  const [, edited] = versionsOf({ ...rule, when: 'wip >= 1 && wip < 9' })
  expect(edited).not.toBe(told)
})
