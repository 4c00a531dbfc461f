import { expect, test } from 'vitest'
import { runBuilt } from '../built.ts'

/* What the store costs: scripts of their own, compiled as the product is. */

test('the store: rows in, bytes on disk, questions about a month, delays of the main thread', () => {
  const figures = runBuilt('store/costs')
  process.stdout.write(figures)
  expect(figures).toContain('event-loop delay')
  expect(figures).not.toContain('NaN')
})

test('forms in which rows could reach the engine: the same values in the table, at what cost', () => {
  const figures = runBuilt('store/formats')
  process.stdout.write(figures)
  expect(figures).toContain('row binary')
  expect(figures).not.toContain('NaN')
})
