import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvOf } from './csv.ts'

test('what is nested becomes columns, in the order of first appearance; what is missing is empty', () => {
  const rows = [
    { stage: 'picking', segment: { warehouse: 'WH-1' }, values: { p90: 1.5 }, open: true, labels: ['a', 'b'] },
    { stage: 'packing', segment: { warehouse: null }, values: { wip: 3 }, open: false },
    { stage: 'handover', segment: {}, values: {} },
  ]
  expect(csvOf(rows).split('\r\n')).toEqual([
    'stage,segment.warehouse,values.p90,open,labels,values.wip',
    'picking,WH-1,1.5,true,"[""a"",""b""]",',
    'packing,,,false,,3',
    'handover,,,,,',
    '',
  ])
  expect(csvOf([])).toBe('')
})

test.each(['=1+1', '+1', '-1', '@x', '\t=1', '\r=1', '＝1'])('%j is no formula for a spreadsheet', text => {
  expect(csvOf([{ text, 'a-name': 1 }])).toBe(`text,a-name\r\n${/\r/.test(text) ? `"'${text}"` : `'${text}`},1\r\n`)
})

test('numbers stay numbers, also below zero', () => {
  expect(csvOf([{ least: -5, share: 0.25, large: 1e21 }])).toBe('least,share,large\r\n-5,0.25,1e+21\r\n')
})

/** A reader of its own, as RFC 4180 has it. */
function read(text: string): string[][] {
  const lines: string[][] = []
  let line: string[] = []
  let cell = ''
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const one = text[at] as string
    if (quoted) {
      if (one !== '"') cell += one
      else if (text[at + 1] === '"') cell += text[at++]
      else quoted = false
    } else if (one === '"') quoted = true
    else if (one === ',') {
      line.push(cell)
      cell = ''
    } else if (one === '\r' && text[at + 1] === '\n') {
      at++
      lines.push([...line, cell])
      line = []
      cell = ''
    } else cell += one
  }
  return lines
}

test('any text comes back as it was, but for the apostrophe before what might be a formula', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), texts => {
      const [, ...lines] = read(csvOf(texts.map(text => ({ text, last: 0 }))))
      expect(lines).toEqual(texts.map(text => [/^[=+\-@\t\r＝＋－＠]/.test(text) ? `'${text}` : text, '0']))
    }),
  )
})
