import { expect, test } from 'vitest'
import { progressBar } from './progress-bar.ts'

test.each([
  [0, '[>                       ]   0 %  olist 2017-01-05'],
  [0.015, '[>                       ]   1 %  olist 2017-01-05'],
  [0.25, '[======>                 ]  25 %  30s left  olist 2017-01-05'],
  [0.999, '[========================]  99 %  1s left  olist 2017-01-05'],
  [1.2, '[========================] 100 %  olist 2017-01-05'],
])('%d is shown as a bar, a percentage and the time that is left', (share, line) => {
  expect(progressBar(share, 10_000, 'olist 2017-01-05')).toBe(line)
})
