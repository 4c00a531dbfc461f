import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ExitCode, runCommandLine } from './command-line.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-rule-tests-'))
  writeFileSync(join(folder, 'owners.yaml'), owners)
  writeFileSync(join(folder, 'orders.yaml'), process)
})
afterEach(() => rmSync(folder, { recursive: true }))

const owners = `ops:
  title: Operations
  contact_points: [{name: desk, webhook: "https://example.com/hook"}]
`
const process = `process: orders
owner: ops
sources:
  - topics: [orders.events]
    format: json
    case: [shop, order.id]
    activity: {from: status, map: {P: paid, K: picked}}
    time: {from: at, unit: s}
    dimensions: {warehouse: where.warehouse}
pane: 1m
activities: [paid, picked]
stages:
  picking: {from: paid, to: picked, by: [warehouse]}
rules:
  stalled:
    stage: picking
    by: [warehouse]
    window: 10m
    when: exited == 0 && wip >= 10
    recover_when: exited > 0
    for: 2m
`

const stopped = (checks: string) => `tests:
  - name: picking stops
    input_events:
      - generator:
          to: 60m
          fields: {warehouse: north}
          steps: [{activity: paid}, {activity: picked, after: 3m}]
          stop: [{activity: picked, from: 20m, to: 50m}]
    alert_rule_test:
${checks}`

async function stagewatch(...args: string[]): Promise<{ code: ExitCode; out: string; err: string }> {
  let out = ''
  let err = ''
  const terminal = {
    print: (text: string) => {
      out += text
    },
    complain: (text: string) => {
      err += text
    },
  }
  const code = await runCommandLine(args, terminal)
  return { code, out, err }
}

/** Runs one file of tests beside the rules. */
function run(tests: string, ...args: string[]) {
  writeFileSync(join(folder, 'orders.test.yaml'), tests)
  return stagewatch('test', folder, ...args)
}

const everything = stopped(`
      - {eval_time: 19m, rule: stalled, segment: {warehouse: north}, exp_state: inactive, exp_verdict: quiet}
      - eval_time: 45m
        rule: stalled
        exp_alerts: [{exp_labels: {warehouse: north}, exp_owner: ops, exp_value: 0}]
        exp_notifications: [{contact_point: ops/desk, state: firing, labels: {warehouse: north}}]
      - eval_time: 58m
        rule: stalled
        segment: {warehouse: north}
        exp_state: resolved
        exp_explain: {result: false, terms: [{text: exited == 0, result: false}]}
        exp_notifications:
          - {contact_point: ops/desk, state: firing}
          - {contact_point: ops/desk, state: resolved}
      - {eval_time: 90m, rule: stalled, segment: {warehouse: north}, exp_verdict: no_data}
`)

test('a rule that does all that its test expects is covered in full', async () => {
  const { code, out, err } = await run(everything, '--min-coverage', '100')
  expect(err).toBe('')
  expect(out.replace(/in [\d.]+ s/, 'in N s')).toBe(`                fires  stays quiet  recovers  no data
orders/stalled  ✓      ✓            ✓         ✓

1 test, 0 failed, in N s; coverage 100 % (4 of 4)
`)
  expect(code).toBe(0)
})

test('messages are those that notifications.yaml makes of alerts: grouped, and repeated', async () => {
  writeFileSync(
    join(folder, 'notifications.yaml'),
    'route: {group_by: [alertname], group_wait: 5m, group_interval: 5m, repeat_interval: 10m}\n',
  )
  const tests = `tests:
  - name: picking stops in two places
    input_events:
${['north', 'south']
  .map(
    (warehouse, nth) => `      - generator:
          to: 60m
          fields: {warehouse: ${warehouse}}
          steps: [{activity: paid}, {activity: picked, after: 3m}]
          stop: [{activity: picked, from: ${20 + 2 * nth}m, to: 50m}]
`,
  )
  .join('')}    alert_rule_test:
      - {eval_time: 36m, rule: stalled, exp_notifications: []}
      - eval_time: 60m
        rule: stalled
        exp_notifications:
          - {contact_point: ops/desk, state: firing, alerts: 2}
          - {contact_point: ops/desk, state: firing, labels: {warehouse: south}, alerts: 2}
          - {contact_point: ops/desk, state: resolved, labels: {warehouse: north}, alerts: 2}
`
  const { out, code } = await run(tests)
  expect(out).toContain('1 test, 0 failed')
  expect(code).toBe(0)
  const wrong = await run(tests.replace('south}, alerts: 2', 'south}, alerts: 1').replace('resolved', 'firing'))
  expect(wrong.out).toContain(
    'expected: ops/desk firing {} of 2; ops/desk firing {warehouse: south} of 1; ops/desk firing {warehouse: north} of 2\n',
  )
  expect(wrong.out).toContain('got: ops/desk firing {warehouse: north} + firing {warehouse: south};')
})

test('nobody is told of what another alert explains, unless it is still open when that one is over', async () => {
  writeFileSync(
    join(folder, 'notifications.yaml'),
    'inhibit: [{source_matchers: [warehouse=north], target_matchers: [warehouse=south]}]\n',
  )
  const tests = (end: string, checks: string) => `tests:
  - name: picking stops in two places
    input_events:
${[
  ['north', '50m'],
  ['south', end],
]
  .map(
    ([warehouse, to]) => `      - generator:
          to: 80m
          fields: {warehouse: ${warehouse}}
          steps: [{activity: paid}, {activity: picked, after: 3m}]
          stop: [{activity: picked, from: 20m, to: ${to}}]
`,
  )
  .join('')}    alert_rule_test:
      - eval_time: 75m
        rule: stalled
        exp_notifications:
          - {contact_point: ops/desk, state: firing, labels: {warehouse: north}}
          - {contact_point: ops/desk, state: resolved, labels: {warehouse: north}}
${checks}`
  expect((await run(tests('45m', ''))).out).toContain('1 test, 0 failed')
  const south = (state: string) =>
    `          - {contact_point: ops/desk, state: ${state}, labels: {warehouse: south}}\n`
  expect((await run(tests('60m', south('firing') + south('resolved')))).out).toContain('1 test, 0 failed')
})

test('what is not as expected is told with place, expected and got, and how to run it alone', async () => {
  const { code, out } = await run(
    stopped(`
      - {eval_time: 45m, rule: stalled, exp_alerts: []}
      - {eval_time: 58m, rule: stalled, segment: {warehouse: north}, exp_state: firing, exp_notifications: []}
`),
  )
  const file = join(folder, 'orders.test.yaml')
  expect(code).toBe(1)
  expect(out).toContain(`FAILED picking stops
  ${file}:11:9 stalled at 45m: alert {warehouse: north}
    expected: none
    got: firing, "stalled: north"
`)
  expect(out).toContain(`    expected: firing
    got: resolved (exited == 0 is false with {"exited":`)
  expect(out).toContain(`    expected: none
    got: ops/desk firing {warehouse: north}; ops/desk resolved {warehouse: north}
  again: stagewatch test ${file} --run 'picking stops'
`)
  expect(out).toMatch(/orders\/stalled {2}- {6}- {12}- {9}-\n/)
})

test('what was never there proves nothing by its absence, nor does a rule that fired before prove that it is quiet', async () => {
  const { code, out } = await run(
    stopped(`
      - {eval_time: 45m, rule: stalled, segment: {warehouse: south}, exp_state: inactive, exp_verdict: no_data}
      - {eval_time: 59m, rule: stalled, exp_alerts: []}
`),
  )
  expect(code).toBe(0)
  expect(out).toMatch(/orders\/stalled {2}- {6}- {12}- {9}-\n/)
})

test('coverage below the least that was asked for ends with 1', async () => {
  const { code, err } = await run(
    stopped('      - {eval_time: 45m, rule: stalled, exp_alerts: [{exp_labels: {warehouse: north}}]}\n'),
    '--min-coverage',
    '50',
  )
  expect(err).toContain('the coverage of 25 % is below 50 %')
  expect(code).toBe(1)
})

test('every mistake in a test file is told with its place, and what was meant', async () => {
  const wrong = `tests:
  - name: picking stops
    input_evens: []
    input_events:
      - {at: 1m, case: A, activity: piad}
      - {at: 1m}
    alert_rule_test:
      - {eval_time: 45m, rule: staled, exp_alerts: []}
      - {eval_time: 45m, rule: stalled}
      - {eval_time: soon, rule: stalled, exp_alerts: []}
`
  const shape = await run(wrong)
  const file = join(folder, 'orders.test.yaml')
  expect(shape.code).toBe(1)
  expect(shape.err).toContain(`${file}:3:5 error unknown key "input_evens"; did you mean "input_events"?`)
  expect(shape.err).toContain(`${file}:10:21 error`)
  const names = await run(wrong.replace('    input_evens: []\n', '').replace(/ {6}- \{eval_time: soon.*\n/, ''))
  expect(names.code).toBe(1)
  expect(names.err).toContain(`${file}:4:37 error unknown activity "piad"; did you mean "paid"?`)
  expect(names.err).toContain(`${file}:5:9 error nothing says what comes`)
  expect(names.err).toContain(`${file}:7:32 error unknown rule "staled"; did you mean "stalled"?`)
  expect(names.err).toContain(`${file}:8:9 error nothing is expected`)
  const chinese = await run(wrong, '--language', 'zh')
  expect(chinese.err).toContain('是否想写 "input_events"？')
})

test('a segment that leaves a dimension of the rule out, or names another, is a mistake', async () => {
  const { code, err } = await run(
    stopped('      - {eval_time: 45m, rule: stalled, segment: {warehose: north}, exp_state: firing}\n'),
  )
  expect(code).toBe(1)
  expect(err).toContain('unknown dimension of the rule "warehose"; did you mean "warehouse"?')
  expect(err).toContain('warehouse is missing')
})

test('records come whole, from a file, or one by one, as the source would bring them', async () => {
  const start = Date.parse('2026-01-05T00:00:00Z') / 1_000
  const record = (order: number) => ({
    shop: 'S',
    order: { id: `${order}` },
    status: 'P',
    at: start,
    where: { warehouse: 'north' },
  })
  writeFileSync(
    join(folder, 'paid.ndjson'),
    [1, 2, 3, 4, 5, 6, 7, 8].map(order => `${JSON.stringify(record(order))}\n`).join(''),
  )
  const { code, out } = await run(`tests:
  - name: ten orders wait
    input_events:
      - {at: 10s, file: paid.ndjson}
      - {at: 20s, record: ${JSON.stringify(record(9))}}
      - {at: 30s, case: S/10, activity: paid, fields: {warehouse: north}}
    alert_rule_test:
      - eval_time: 8m
        rule: stalled
        exp_alerts: [{exp_labels: {warehouse: north}}]
        segment: {warehouse: north}
        exp_explain: {terms: [{values: {wip: 10}}]}
`)
  expect(out).toContain('1 test, 0 failed')
  expect(code).toBe(0)
})

test('the same as JSON, and as JUnit for a build server', async () => {
  const junit = join(folder, 'result.xml')
  const tests = stopped('      - {eval_time: 45m, rule: stalled, exp_alerts: []}\n').replace(
    'picking stops',
    '"a < b & c"',
  )
  const { code, out } = await run(tests, '--json', '--junit', junit)
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    tests: [
      { name: 'a < b & c', process: 'orders', checks: [{ rule: 'stalled', eval_time: '45m', ok: false, line: 10 }] },
    ],
    coverage: { proved: 0, of: 4, percent: 0 },
  })
  const text = readFileSync(junit, 'utf8')
  expect(text).toContain('<testsuites tests="1" failures="1"')
  expect(text).toContain('<testcase name="a &lt; b &amp; c" classname="orders"')
  expect(text).toContain(
    '<failure message="alert {warehouse: north}: expected none, got firing, &quot;stalled: north&quot;">',
  )
})

test('what cannot run ends with 2 and a remedy', async () => {
  expect(await stagewatch('test', folder)).toMatchObject({
    code: 2,
    err: expect.stringContaining('holds no test file'),
  })
  expect(await stagewatch('test', join(folder, 'no'))).toMatchObject({
    code: 2,
    err: expect.stringContaining('does not exist'),
  })
  expect(await run(everything, '--run', 'xyz')).toMatchObject({
    code: 2,
    err: expect.stringContaining('no test is named like'),
  })
  const within = everything
    .replace('to: 60m\n', 'to: 60d\n          every: 20d\n')
    .replace('eval_time: 90m', 'eval_time: 30d')
  expect(await run(within)).toMatchObject({ code: 2, err: expect.stringContaining('asks within a silence') })
  const missing = everything.replace('- generator:', '- {at: 1m, file: no.ndjson}\n      - generator:')
  expect(await run(missing)).toMatchObject({ code: 2, err: expect.stringContaining('no.ndjson cannot be read') })
})

test('a failure tells of records that could not be counted', async () => {
  const { out } = await run(`tests:
  - name: a slip
    input_events:
      - {at: 1m, record: {shop: S, order: {id: '1'}, status: P}}
      - {at: 2m, case: S/2, activity: paid}
    alert_rule_test:
      - {eval_time: 5m, rule: stalled, segment: {warehouse: north}, exp_state: firing}
`)
  expect(out).toContain('records that could not be counted: 1 (field "at" (the time) is missing)')
})

test('rules are loaded without the tests that lie beside them', async () => {
  writeFileSync(join(folder, 'orders.test.yaml'), everything)
  expect(await stagewatch('check', '--rules', folder)).toMatchObject({
    code: 0,
    out: expect.stringContaining('2 files checked'),
    err: '',
  })
})
