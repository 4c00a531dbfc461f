import { expect, test } from 'vitest'
import { type Edit, soundOwners, soundProcess, told } from '../../test/support/mistaken-process.ts'
import { formatProblem, loadDefinitions } from './load.ts'

/** What one slip makes wrong elsewhere is not told beside it, and advice never repeats the slip. */
const ruleBy = (by: string): Edit => ['stage: picking\n    by: [warehouse]', `stage: picking\n    by: ${by}`]
const stageBy = (by: string): Edit => ['target: 4h\n    by: [warehouse]', `target: 4h\n    by: ${by}`]

const twice = (place: string, key: string) =>
  `p.yaml:${place} error the key "${key}" stands here twice; keep one of them`

test.each<[what: string, edits: readonly Edit[], lines: readonly string[]]>([
  [
    "a slip in a rule's by, whose summary names what was meant",
    [ruleBy('[warehose]')],
    ['p.yaml:35:10 error the stage "picking" is not cut by "warehose"; did you mean "warehouse"?'],
  ],
  [
    "a slip in a rule's by, repeated in its summary",
    [ruleBy('[warehose]'), ['{{ warehouse }}', '{{ warehose }}']],
    ['p.yaml:35:10 error the stage "picking" is not cut by "warehose"; did you mean "warehouse"?'],
  ],
  [
    "a slip in a rule's by, and another one in its summary",
    [ruleBy('[warehose]'), ['{{ warehouse }}', '{{ warehoze }}']],
    [
      'p.yaml:35:10 error the stage "picking" is not cut by "warehose"; did you mean "warehouse"?',
      'p.yaml:39:18 error "warehoze" is neither a dimension of the rule\'s "by" nor a statistic; did you mean "warehouse"?',
    ],
  ],
  [
    "a slip in a rule's by of a stage that is cut by nothing",
    [['target: 4h\n    by: [warehouse]', 'target: 4h'], ruleBy('[warehose]')],
    ['p.yaml:34:10 error unknown dimension "warehose"; did you mean "warehouse"?'],
  ],
  [
    "a rule's by that is no list",
    [ruleBy('warehouse')],
    ['p.yaml:35:9 error "by" must be a list of dimensions, [a, b], not "warehouse"; write a list: [warehouse]'],
  ],
  [
    "a slip in a stage's by",
    [stageBy('[warehose]')],
    ['p.yaml:18:10 error unknown dimension "warehose"; did you mean "warehouse"?'],
  ],
  [
    "a slip in a stage's by, repeated in a rule's",
    [stageBy('[warehose]'), ruleBy('[warehose]')],
    [
      'p.yaml:18:10 error unknown dimension "warehose"; did you mean "warehouse"?',
      'p.yaml:35:10 error unknown dimension "warehose"; did you mean "warehouse"?',
    ],
  ],
  [
    "a slip in a stage's by, whose targets name what was meant",
    [
      [
        'target: 4h\n    by: [warehouse]',
        'target: {default: 4h, by: {warehouse: {north: 2h}}}\n    by: [warehose, carrier]',
      ],
    ],
    ['p.yaml:18:10 error unknown dimension "warehose"; did you mean "warehouse"?'],
  ],
  [
    'a slip in what targets differ by',
    [['target: 4h', 'target: {default: 4h, by: {warehose: {north: 2h}}}']],
    ['p.yaml:17:32 error unknown dimension "warehose"; did you mean "warehouse"?'],
  ],
  [
    "a slip in what the stage's source calls a dimension",
    [['{warehouse: warehouse,', '{warehose: warehouse,']],
    [
      'p.yaml:18:10 error unknown dimension "warehouse"; did you mean "warehose"?',
      'p.yaml:35:10 error unknown dimension "warehouse"; did you mean "warehose"?',
    ],
  ],
  ['a stage twice, each of them whole', [['  payment:\n', '  picking:\n']], [twice('19:3', 'picking')]],
  [
    'a stage twice, the second a part of one',
    [['  payment:\n    from: created\n    to: paid\n', '  picking:\n    target: soon\n']],
    [twice('19:3', 'picking')],
  ],
  [
    'a stage twice, one of which rules and metrics call otherwise',
    [['  picking:\n    from', '  payment:\n    from']],
    [twice('19:3', 'payment')],
  ],
  ['all stages twice', [['metrics:\n', 'stages: {pick: {from: a, to: b}}\nmetrics:\n']], [twice('22:1', 'stages')]],
  [
    'a dimension twice, one of which was to be another',
    [
      ['carrier: carrier', 'warehouse: carrier'],
      ['    to: paid\n', '    to: paid\n    by: [carrier]\n'],
    ],
    [twice('9:40', 'warehouse')],
  ],
  [
    'a key of an item of a list twice, and a mistake elsewhere',
    [
      ['format: json', 'format: json\n    format: jsn'],
      ['wip >= 20', 'wpi >= 20'],
    ],
    [
      twice('6:5', 'format'),
      'p.yaml:38:39 error in the condition: there is no statistic "wpi"; did you mean "wip"?\n' +
        '    age_p90 > duration("4h") && wpi >= 20\n                                ^',
    ],
  ],
  [
    'an unknown key twice',
    [['pane: 10s', 'pan: 10s\npan: 5s']],
    ['p.yaml:13:1 error unknown key "pan"; did you mean "pane"?', twice('13:1', 'pan')],
  ],
])('%s', (_what, edits, lines) => {
  expect(told(edits, 'en').toSorted()).toEqual([...lines].sort())
})

test('an owner twice, one of which processes call otherwise', () => {
  expect(told([], 'en', 'pos: {title: A}\npos: {title: B}\n')).toEqual([
    'owners.yaml:2:1 error the key "pos" stands here twice; keep one of them',
  ])
})

test('a calendar twice, one of which stages call otherwise', () => {
  const week = '{timezone: UTC, week: {mon-fri: [09:00-17:00]}}'
  const { problems } = loadDefinitions([
    { name: 'p.yaml', text: soundProcess.replace('target: 4h', 'target: 4h\n    calendar: day') },
    { name: 'owners.yaml', text: soundOwners },
    { name: 'calendars.yaml', text: `night: ${week}\nnight: ${week}\n` },
  ])
  expect(problems.map(problem => formatProblem(problem, 'en'))).toEqual([
    'calendars.yaml:2:1 error the key "night" stands here twice; keep one of them',
  ])
})
