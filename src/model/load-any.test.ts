import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { soundOwners, soundProcess } from '../../test/support/mistaken-process.ts'
import { foldFingerprint } from './fold-fingerprint.ts'
import { formatProblem, loadDefinitions } from './load.ts'

const shipped = readFileSync(new URL('../../rules/order-fulfilment.yaml', import.meta.url), 'utf8')
const shippedOwners = readFileSync(new URL('../../rules/owners.yaml', import.meta.url), 'utf8')
const shippedCalendars = readFileSync(new URL('../../rules/calendars.yaml', import.meta.url), 'utf8')

/** Loads a file that may hold anything; whatever comes out must be usable. */
function loadAnything(text: string, owners: string): void {
  const { definitions, problems } = loadDefinitions([
    { name: 'p.yaml', text },
    { name: 'owners.yaml', text: owners },
    { name: 'calendars.yaml', text: shippedCalendars },
  ])
  const lines = text.split(/\r\n|\n/)
  for (const problem of problems) {
    const { file, line, column } = problem.position
    if (file === 'p.yaml') {
      expect(line).toBeLessThanOrEqual(lines.length)
      expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1)
    }
    expect(formatProblem(problem, 'zh')).not.toMatch(/undefined|\[object/)
  }
  if (definitions === undefined) expect(problems.some(problem => problem.severity === 'error')).toBe(true)
  else for (const process of definitions.processes) foldFingerprint(process)
}

const token = fc.constantFrom(
  '',
  '~',
  '5',
  '[]',
  '{}',
  '[x]',
  '{a: b}',
  '"',
  ': ',
  '*x',
  '&x',
  '- ',
  '{{ x',
  'constructor',
  '\t',
  '\n',
  '0s',
  '😀',
  '\r\n',
)

test('a file in which anything may be broken gives definitions or mistakes with a place in it, and never an exception', () => {
  const edit = fc.record({ at: fc.nat(9_999), length: fc.nat(12), token })
  const broken = fc.tuple(fc.constantFrom(soundProcess, shipped), fc.array(edit, { minLength: 1, maxLength: 4 }))
  fc.assert(
    fc.property(broken, ([text, edits]) => {
      const changed = edits.reduce((before, { at, length, token }) => {
        const from = at % before.length
        return before.slice(0, from) + token + before.slice(from + length)
      }, text)
      loadAnything(changed, text === shipped ? shippedOwners : soundOwners)
    }),
    { numRuns: 300 },
  )
})

test('a file in which any value is replaced gives definitions or mistakes with a place in it', () => {
  const values = [...soundProcess.matchAll(/(?<=: ).+/g)]
  fc.assert(
    fc.property(fc.nat(values.length - 1), token, (index, instead) => {
      const { index: at, 0: value } = values[index]!
      loadAnything(soundProcess.slice(0, at) + instead + soundProcess.slice(at + value.length), soundOwners)
    }),
    { numRuns: 300 },
  )
})

test.each([
  ['lists in lists', `process: ${'['.repeat(20_000)}`],
  ['mappings in mappings', `process: ${'{a: '.repeat(20_000)}`],
  ['lists of lists in lines', '- '.repeat(20_000)],
  ['references to references', 'a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n'],
  ['a reference to itself', 'a: &a {b: *a}'],
  ['a key that is a list', '? [a, b]\n: c\n'],
  ['a single text', 'process'],
  ['null', '~'],
  ['a tag', 'process: !!binary aGk='],
  ['a text with a zero byte', 'process: "\\0"'],
  ['a byte order mark', `\uFEFF${soundProcess}`],
])('a file of %s is answered', (_what, text) => {
  loadAnything(text, soundOwners)
})
