import { test } from 'vitest'
import { runBuilt } from './built.ts'

test('judging 1,000 segments every second, live percentiles included', () => {
  process.stdout.write(runBuilt('live-evaluation'))
})
