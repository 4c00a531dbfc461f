import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { failpoints } from '../../src/event/failpoint.ts'

const project = fileURLToPath(new URL('../../', import.meta.url))

test('every failpoint of the list stands at one place of the sources, and no other name does', () => {
  const sources = readdirSync(join(project, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map(name => readFileSync(join(project, 'src', name), 'utf8'))
  const placed = sources.flatMap(text => [...text.matchAll(/\bfailpoint\('([^']+)'\)/g)].map(([, name]) => name))
  expect(placed.toSorted()).toEqual(failpoints.toSorted())
  expect(failpoints.length).toBeGreaterThanOrEqual(20)
})

test('in the command as it is built a failpoint does nothing', async () => {
  const built = await import(join(project, 'dist/event/failpoint.js'))
  expect(String(built.failpoint)).toMatch(/^function failpoint\(_name\) *\{\s*\}$/)
})
