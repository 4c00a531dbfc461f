import { expect, test } from 'vitest'
import { type Edit, soundOwners, soundProcess, told } from '../../test/support/mistaken-process.ts'
import { formatProblem, loadDefinitions } from './load.ts'

test('the file that the mistakes are put into has none itself', () => {
  expect(told([], 'en')).toEqual([])
})

test('all mistakes are told at once, in the order of the file, whatever kind they are', () => {
  const edits: Edit[] = [
    ['owner: ops', 'owner: opps'],
    ['format: json', 'format: protobuf'],
    ['from: paid', 'from: piad'],
    ['target: 4h', 'target: soon'],
    ['statistic: p90', 'statistic: p91'],
    ['for: 5m', 'four: 5m'],
    ['wip >= 20', 'wpi >= 20'],
  ]
  expect(told(edits, 'en').map(line => line.split('\n')[0]?.split(' error ')[0])).toEqual(
    ['2:8', '5:13', '15:11', '17:13', '26:16', '37:39', '38:5'].map(place => `p.yaml:${place}`),
  )
})

test('a window that is advised is an exact multiple of the pane, in a form that can be written into the file', () => {
  expect(told([['pane: 10s', 'pane: 7s']], 'en')).toEqual([
    'p.yaml:27:13 error the window 1h is not a multiple of the pane 7s; 59m58s is one',
    'p.yaml:36:13 error the window 15m is not a multiple of the pane 7s; 14m56s is one',
  ])
  const advised: Edit[] = [
    ['pane: 10s', 'pane: 7s'],
    ['window: 1h', 'window: 59m58s'],
    ['window: 15m', 'window: 14m56s'],
  ]
  expect(told(advised, 'en')).toEqual([])
})

test('an owner that is named where no file of owners exists is a mistake', () => {
  expect(
    loadDefinitions([{ name: 'rules/p.yaml', text: soundProcess }]).problems.map(problem =>
      formatProblem(problem, 'en'),
    ),
  ).toEqual([
    'rules/p.yaml:2:8 error unknown owner "ops": there is no owners.yaml; put an owners.yaml beside this file, with ops: {title: …}',
  ])
})

test('a broken file of owners is told, and not every owner that it might have had', () => {
  expect(told([], 'en', 'ops: {title: [')).toEqual([
    expect.stringMatching(/^owners\.yaml:1:15 error this is no valid YAML/),
  ])
})

test.each([
  ['ops: {title: A, calendar: x}', 'owners.yaml:1:17 error "calendar" is not built yet; leave it out'],
  ['ops: {title: A, calendar: x}', 'owners.yaml:1:17 error "calendar" is not built yet; leave it out'],
  ['ops: {members: [a]}', 'owners.yaml:1:1 error "title" is missing; it must be a text, or {en: …, zh: …}'],
  [
    'ops: {title: A, members: a}',
    'owners.yaml:1:26 error "members" must be a list of texts, [a, b], not "a"; write a list: [a]',
  ],
])('the mistake in the owners %s is told', (text, line) => {
  expect(told([], 'en', text)).toEqual([line])
})

test('two processes of one name are a mistake of the later file', () => {
  const { problems } = loadDefinitions([
    { name: 'b.yaml', text: soundProcess },
    { name: 'owners.yaml', text: soundOwners },
    { name: 'a.yaml', text: soundProcess },
  ])
  expect(problems.map(problem => formatProblem(problem, 'zh'))).toEqual([
    'b.yaml:1:10 错误 流程 "orders" 已在 a.yaml 中定义；请另取名称',
  ])
})

test('a slip that makes the parser lose its place is told once, not once for every line that follows', () => {
  expect(told([['activity: activity\n', 'activity: }\n']], 'en')).toEqual([
    expect.stringMatching(/^p\.yaml:7:15 error this is no valid YAML/),
  ])
})

test('lines end as on any system, and a byte order mark takes no column', () => {
  const text = `\uFEFF${soundProcess}`.replaceAll('\n', '\r\n').replace('process: orders', 'proces: orders')
  const { problems } = loadDefinitions([
    { name: 'p.yaml', text: text.replace('from: paid', 'from: piad') },
    { name: 'owners.yaml', text: soundOwners },
  ])
  expect(problems.map(problem => formatProblem(problem, 'en').split(';')[0])).toEqual([
    'p.yaml:1:1 error "process" is missing',
    'p.yaml:1:1 error unknown key "proces"',
    'p.yaml:15:11 error unknown activity "piad"',
  ])
})
