import * as z from 'zod'
import type { Report } from '../../model/problem.ts'
import { choice, mapping, noted, text } from '../../model/shapes.ts'
import type { YamlFile } from '../../model/yaml-file.ts'
import { checkKeeping, type KeepingConfig, keepingShape } from './keeping.ts'
import { type Certificates, certificates, givenOf } from './pem.ts'

/** Where rows are kept: ClickHouse inside the process, under the data directory, or a server of yours. */
export type StoreConfig = { readonly keeping: KeepingConfig } & (
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'server'
      readonly url: string
      readonly user: string
      readonly password: string
      readonly database: string
      /** How `https` is spoken; absent: with the authorities that Node knows. */
      readonly tls?: Certificates
      /** Who reads; absent: who writes. */
      readonly reader?: { readonly user: string; readonly password: string }
    }
)

const password = noted(z.string(), 'a text', '文本')

export const storeSlice = mapping({
  kind: choice(['embedded', 'server']).default('embedded'),
  url: noted(
    z.url({ protocol: /^https?$/ }),
    'the address of the HTTP interface, such as http://clickhouse:8123',
    'HTTP 接口的地址，例如 http://clickhouse:8123',
  ).optional(),
  user: text.optional(),
  password: password.optional(),
  database: noted(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/),
    'a name of letters, digits and "_"',
    '由字母、数字、"_" 组成的名称',
  ).optional(),
  ssl: certificates.optional(),
  reader: mapping({ user: text, password: password.default('') }).optional(),
  ...keepingShape,
}).default({ kind: 'embedded' })

export function checkStore(slice: z.output<typeof storeSlice>, file: YamlFile, report: Report): StoreConfig {
  const { kind, visits, events, keep, ...server } = slice
  const keeping = checkKeeping({ visits, events, keep }, file, report)
  if (kind === 'embedded') {
    for (const key of Object.keys(server)) {
      report(
        file.keyAt(['store', key]),
        { en: `"${key}" has no meaning for the embedded store`, zh: `内嵌存储没有 "${key}" 这一项` },
        { remedy: { en: 'leave it out, or set kind: server', zh: '请删除，或设置 kind: server' } },
      )
    }
    return { kind, keeping }
  }
  const { url, user = 'default', password = '', database = 'stagewatch', ssl, reader } = server
  if (url === undefined) {
    report(
      file.keyAt(['store']),
      { en: 'a store of kind server needs its "url"', zh: 'kind 为 server 的存储需要 "url"' },
      { remedy: { en: 'write e.g. url: http://clickhouse:8123', zh: '例如 url: http://clickhouse:8123' } },
    )
    return { kind: 'embedded', keeping }
  }
  const tls = ssl === undefined ? undefined : givenOf(ssl)
  if (tls !== undefined) checkSsl(tls, url, file, report)
  return {
    kind,
    url,
    user,
    password,
    database,
    ...(tls !== undefined && { tls }),
    ...(reader !== undefined && { reader }),
    keeping,
  }
}

function checkSsl(ssl: Certificates, url: string, file: YamlFile, report: Report): void {
  if (url.startsWith('http:')) {
    report(
      file.keyAt(['store', 'ssl']),
      { en: '"ssl" has no meaning for an address without TLS', zh: '不使用 TLS 的地址没有 "ssl" 这一项' },
      { remedy: { en: 'write url: https://…, or leave it out', zh: '请写 url: https://…，或删除该项' } },
    )
  }
  if ((ssl.cert === undefined) !== (ssl.key === undefined)) {
    report(
      file.keyAt(['store', 'ssl']),
      { en: '"cert" and "key" come together: neither is of use alone', zh: '"cert" 与 "key" 必须同时给出' },
      { remedy: { en: 'give both, or leave both out', zh: '请同时给出，或同时删除' } },
    )
  }
}
