import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const built = fileURLToPath(new URL('../dist/dashboard/', import.meta.url))

/** All of it, as it travels: whoever opens the page over a phone's connection sees the first number soon. */
const MOST_BYTES = 120_000

test(`the page is at most ${MOST_BYTES / 1_000} kB in all, zipped`, () => {
  if (!existsSync(built)) throw new Error('the page is not built: run `npm run build` first')
  const sizes = readdirSync(built, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => ({ name, bytes: gzipSync(readFileSync(`${parentPath}/${name}`)).length }))
  const all = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
  console.info(`${sizes.map(({ name, bytes }) => `${name} ${bytes}`).join(', ')}; in all ${all} bytes`)
  expect(sizes.length).toBeGreaterThanOrEqual(3)
  expect(all).toBeLessThanOrEqual(MOST_BYTES)
})
