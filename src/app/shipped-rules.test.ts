import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { reportForPeople } from './rule-tests/report.ts'
import { runRuleTests } from './rule-tests.ts'

const rules = fileURLToPath(new URL('../../rules', import.meta.url))
const examples = readdirSync(join(rules, 'examples')).map(name => join(rules, 'examples', name))

test('every shipped rule has tests that pass, of all four things that a rule can do', async () => {
  const paths = [rules, join(rules, 'demo'), ...examples]
  const report = await runRuleTests({ paths, run: undefined, progress: () => {} })
  expect(report.coverage.percent, reportForPeople(report, 'en')).toBe(100)
  expect(report.tests.flatMap(({ checks }) => checks.flatMap(({ differences }) => differences))).toEqual([])
}, 60_000)
