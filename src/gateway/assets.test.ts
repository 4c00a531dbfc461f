import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Asset, readAssets, sentOf } from './assets.ts'

const folder = mkdtempSync(join(tmpdir(), 'stagewatch-assets-'))
const page = '<!doctype html>'.padEnd(2_000, 'stage ')
let assets: ReadonlyMap<string, Asset>

beforeAll(async () => {
  writeFileSync(join(folder, 'index.html'), page)
  writeFileSync(join(folder, 'short.txt'), 'x')
  assets = await readAssets(folder)
})
afterAll(() => rmSync(folder, { recursive: true }))

const sent = (path: string, accept: string | undefined) => sentOf(assets.get(path) as Asset, accept)

test('a file is zipped for whoever can unpack it, and has another tag then', () => {
  for (const accept of ['gzip', 'gzip, deflate, br', 'br;q=1.0, GZIP;q=0.5', 'deflate,gzip']) {
    const { body, encoding } = sent('/', accept)
    expect([encoding, String(gunzipSync(body))], accept).toEqual(['gzip', page])
  }
  for (const accept of [undefined, '', 'br', 'gzip;q=0', 'gzip;q=0.00, br', 'x-gzip2', 'identity']) {
    const { body, encoding } = sent('/', accept)
    expect([encoding, String(body)], String(accept)).toEqual([undefined, page])
  }
  expect(sent('/', 'gzip').etag).not.toBe(sent('/', undefined).etag)
})

test('what would become longer is sent as it is', () => {
  expect(sent('/short.txt', 'gzip').encoding).toBeUndefined()
})
