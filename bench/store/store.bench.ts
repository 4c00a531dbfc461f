import { expect, test } from 'vitest'
import { runBuilt } from '../built.ts'

/* What the store costs: a script of its own, compiled as the product is. */

test('the store: rows in, bytes on disk, questions about a month, delays of the main thread', () => {
  const figures = runBuilt('store/costs')
  process.stdout.write(figures)
  expect(figures).toContain('event-loop delay')
  expect(figures).not.toContain('NaN')
})
