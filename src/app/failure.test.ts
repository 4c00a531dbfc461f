import { expect, test } from 'vitest'
import { SourceError } from '../source/source.ts'
import { CouldNotRun } from './could-not-run.ts'
import { failureText } from './failure.ts'

test('an error that knows a remedy tells it on a line of its own, once', () => {
  const error = new CouldNotRun({ problem: 'port 8080 is in use', remedy: 'choose another with --port' })
  expect(failureText(error, false)).toBe('stagewatch: port 8080 is in use\n  remedy: choose another with --port\n')
  const source = new SourceError({ problem: 'the file a.ndjson does not exist', remedy: 'check the path' })
  expect(failureText(source, false)).toBe('stagewatch: the file a.ndjson does not exist\n  remedy: check the path\n')
})

test('an error that nobody foresaw asks to be reported, and shows no stack unless debugging', () => {
  expect(failureText(new TypeError('x is not a function'), false)).toMatch(
    /^stagewatch: x is not a function\n {2}remedy: .*STAGEWATCH_DEBUG=1.*\n$/,
  )
  expect(failureText('gone', false)).toMatch(/^stagewatch: gone\n/)
})

test('with debugging the stack and the causes are shown', () => {
  const text = failureText(new CouldNotRun({ problem: 'p', remedy: 'r', cause: new RangeError('deep') }), true)
  expect(text).toMatch(/CouldNotRun: p\n\s+at /)
  expect(text).toMatch(/caused by RangeError: deep\n\s+at /)
})
