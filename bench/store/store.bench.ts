import { expect, test } from 'vitest'
import { runBuilt } from '../built.ts'

/*
 * What the store costs: rows in, bytes on disk, questions about a month. A script of its own, compiled as the product
 * is, which prints all of it as it goes.
 */
test('the store: rows in, bytes on disk, questions about a month', () => {
  const figures = runBuilt('store/costs')
  process.stdout.write(figures)
  expect(figures).toContain('Writing')
})
