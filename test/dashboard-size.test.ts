import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const built = fileURLToPath(new URL('../dist/dashboard/', import.meta.url))

/** All that one reader loads, as it travels: whoever opens the page over a phone's connection sees the first number soon. */
const MOST_BYTES = 120_000

const languages = ['en', 'zh'] as const

test.each(languages)(
  `the page is at most ${MOST_BYTES / 1_000} kB in all, zipped, whichever language (%s)`,
  language => {
    if (!existsSync(built)) throw new Error('the page is not built: run `npm run build` first')
    const sizes = readdirSync(built, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .filter(({ name }) => !languages.some(other => other !== language && name.startsWith(`${other}-`)))
      .map(({ parentPath, name }) => ({
        name,
        bytes: gzipSync(readFileSync(`${parentPath}/${name}`), { level: 9 }).length,
      }))
    const all = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
    console.info(`${sizes.map(({ name, bytes }) => `${name} ${bytes}`).join(', ')}; in all ${all} bytes`)
    expect(sizes.some(({ name }) => name.startsWith(`${language}-`))).toBe(true)
    expect(all).toBeLessThanOrEqual(MOST_BYTES)
  },
)
