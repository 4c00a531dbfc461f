import { expect, test } from 'vitest'
import { parseTemplate } from './template.ts'

test('a template is its texts and places in order, a statistic written by its unit', () => {
  expect(
    parseTemplate('In {{ warehouse }}: {{p90}}, {{ wip | duration }}, {{throughput}} {{ within_target }}!', [
      'warehouse',
    ]),
  ).toEqual({
    pieces: [
      { kind: 'text', text: 'In ' },
      { kind: 'dimension', name: 'warehouse' },
      { kind: 'text', text: ': ' },
      { kind: 'statistic', name: 'p90', filter: 'duration' },
      { kind: 'text', text: ', ' },
      { kind: 'statistic', name: 'wip', filter: 'duration' },
      { kind: 'text', text: ', ' },
      { kind: 'statistic', name: 'throughput', filter: 'number' },
      { kind: 'text', text: ' ' },
      { kind: 'statistic', name: 'within_target', filter: 'percent' },
      { kind: 'text', text: '!' },
    ],
  })
})

test('a template without places is one text, an empty one is nothing', () => {
  expect(parseTemplate('plain }} text', [])).toEqual({ pieces: [{ kind: 'text', text: 'plain }} text' }] })
  expect(parseTemplate('', [])).toEqual({ pieces: [] })
})

test.each([
  ['a {{ wip', 2, '"{{" is not closed by "}}"'],
  ['a {{  }}', 4, 'a place reads {{ name }} or {{ name | filter }}'],
  ['{{ wip | number | number }}', 2, 'a place reads {{ name }} or {{ name | filter }}'],
  ['{{ warehouse | number }}', 3, 'the dimension "warehouse" takes no filter'],
  ['{{ wip | durations }}', 8, 'there is no filter "durations"; did you mean "duration"?'],
  [
    '{{ warehose }}',
    3,
    `"warehose" is neither a dimension of the rule's "by" nor a statistic; did you mean "warehouse"?`,
  ],
])('%j is wrong at %i', (text, offset, en) => {
  expect(parseTemplate(text, ['warehouse'])).toEqual({
    offset,
    message: { en, zh: expect.stringMatching(/\p{Script=Han}/u) },
  })
})
