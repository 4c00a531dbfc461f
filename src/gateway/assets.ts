import { readdir, readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { etagOf } from './etag.ts'
import { GatewayError } from './gateway-error.ts'

export type Asset = {
  readonly plain: Encoded
  /** undefined: zipped it is no smaller. */
  readonly zipped: Encoded | undefined
  readonly contentType: string
  readonly cacheControl: string
}

/** Bytes as they travel. */
type Encoded = { readonly body: Buffer; readonly etag: string }

const zip = promisify(gzip)

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

/**
 * Reads the built page into memory, by URL path; `/` is its index.html.
 *
 * Files under `assets/` carry a hash of their content in their names, so browsers may keep them for ever; everything
 * else is asked for again each time, and answered with 304 where it has not changed.
 *
 * @throws GatewayError where the page has not been built.
 */
export async function readAssets(directory: string): Promise<ReadonlyMap<string, Asset>> {
  const notBuilt = (cause?: unknown) =>
    new GatewayError({
      problem: `the page is not in ${directory}`,
      remedy: 'build it with `npm run build:dashboard`',
      cause,
    })
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(cause => {
    throw notBuilt(cause)
  })
  const assets = new Map<string, Asset>()
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const path = file.slice(directory.length).split(sep).filter(Boolean).join('/')
    const body = await readFile(file)
    const zipped = await zip(body, { level: constants.Z_BEST_COMPRESSION })
    assets.set(`/${path}`, {
      plain: encoded(body),
      zipped: zipped.length < body.length ? encoded(zipped) : undefined,
      contentType: contentTypes[extname(file)] ?? 'application/octet-stream',
      cacheControl: path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    })
  }
  const index = assets.get('/index.html')
  if (index === undefined) throw notBuilt()
  return assets.set('/', index)
}

const encoded = (body: Buffer): Encoded => ({ body, etag: etagOf(body) })

/** What to send to somebody who says what he can unpack. @param acceptEncoding the header of the request. */
export function sentOf({ plain, zipped }: Asset, acceptEncoding: string | undefined) {
  const takesZip = /(^|,)\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*(,|$))|,|$)/i.test(acceptEncoding ?? '')
  return takesZip && zipped !== undefined ? { ...zipped, encoding: 'gzip' } : { ...plain, encoding: undefined }
}
