import * as z from 'zod'
import type { ProxyNetwork } from '../../gateway/access/client-address.ts'
import { mayDoWithoutSignIn } from '../../gateway/access/exposure.ts'
import { type AccessLimits, defaultAccessLimits } from '../../gateway/access/sign-in.ts'
import type { MetricsAddress } from '../../gateway/server.ts'
import type { Report } from '../../model/problem.ts'
import { listOf, mapping, noted, text, wholeNumber } from '../../model/shapes.ts'
import type { YamlFile } from '../../model/yaml-file.ts'
import { parseAllowedTarget } from '../../notify/http/address-policy.ts'
import { checkSignIn, type SignInConfig, signInSlice } from './sign-in.ts'

/** Where the page, the API, the WebSocket and the metrics are served, and to whom. */
export type HttpConfig = {
  readonly host: string
  readonly port: number
  /** Of pages that are served elsewhere. */
  readonly origins: readonly string[]
  /** Who says for whom they ask. */
  readonly proxies: readonly ProxyNetwork[]
  readonly limits: AccessLimits
  /** undefined: beside everything else. */
  readonly metricsAt: MetricsAddress | undefined
  /** undefined: nobody has to, which is for loopback only. */
  readonly signIn: SignInConfig | undefined
}

const limitDefaults = {
  failed_sign_ins: defaultAccessLimits.failedSignInsPerMinute,
  streams_per_visitor: defaultAccessLimits.streamsOfVisitor,
  streams_per_address: defaultAccessLimits.streamsOfAddress,
}

const defaults = { host: '127.0.0.1', port: 8080, origins: [], proxies: [], limits: limitDefaults }

const origin = noted(
  z.string().regex(/^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/),
  'an origin as browsers name it, https://ops.example.com',
  '来源，按浏览器的写法，https://ops.example.com',
)

export const httpSlice = noted(
  z.strictObject({
    host: text.default(defaults.host),
    port: wholeNumber(1, 65_535).default(defaults.port),
    origins: noted(
      z.array(origin).max(100),
      'a list of origins as browsers name them, [https://ops.example.com]',
      '来源列表，按浏览器的写法，[https://ops.example.com]',
    ).default(defaults.origins),
    proxies: noted(
      z.array(text).max(100),
      'a list of networks and addresses, [10.0.0.0/8]',
      '网段和地址的列表，[10.0.0.0/8]',
    ).default(defaults.proxies),
    limits: mapping({
      failed_sign_ins: wholeNumber(1, 10_000).default(limitDefaults.failed_sign_ins),
      streams_per_visitor: wholeNumber(1, 100_000).default(limitDefaults.streams_per_visitor),
      streams_per_address: wholeNumber(1, 100_000).default(limitDefaults.streams_per_address),
    }).default(limitDefaults),
    metrics: mapping({ host: text.default(defaults.host), port: wholeNumber(1, 65_535) }).optional(),
    ingest: mapping({ topics: listOf(text, { en: 'topics', zh: '主题' }) }).optional(),
    sign_in: signInSlice.optional(),
    // Of former configurations: what to do now is told.
    allow_without_sign_in: z.unknown().optional(),
  }),
  'a mapping with the keys host, port, sign_in, metrics, ingest, origins, proxies, limits',
  '包含 host、port、sign_in、metrics、ingest、origins、proxies、limits 等键的映射',
).default(defaults)

/** @param page where people reach it; undefined: nothing is said. */
export function checkHttp(
  slice: z.output<typeof httpSlice>,
  page: string | undefined,
  file: YamlFile,
  report: Report,
): HttpConfig {
  const { host, port, origins, limits, metrics, sign_in: signIn } = slice
  const isAlone = mayDoWithoutSignIn(host)
  if ('allow_without_sign_in' in slice) {
    report(
      file.keyAt(['http', 'allow_without_sign_in']),
      {
        en: '"allow_without_sign_in" is gone: there is sign-in now',
        zh: '"allow_without_sign_in" 已取消：现在有登录功能',
      },
      { remedy: isAlone ? { en: 'remove it', zh: '请删除该项' } : saySignIn },
    )
  } else if (!isAlone && signIn === undefined) {
    report(
      file.valueAt(['http', 'host']),
      {
        en: `with host "${host}" other machines could reach the page, and nobody would have to sign in`,
        zh: `host 为 "${host}" 时其他机器可以访问页面，而无人需要登录`,
      },
      { remedy: saySignIn },
    )
  }
  if (metrics !== undefined && metrics.port === port) {
    report(
      file.valueAt(['http', 'metrics', 'port']),
      {
        en: 'metrics are served at a port of their own, and this one is taken',
        zh: '指标须使用单独的端口，而该端口已被占用',
      },
      { remedy: { en: 'choose another one, such as 9464', zh: '请选择其他端口，例如 9464' } },
    )
  }
  const usual = isAlone ? `http://${host.includes(':') ? `[${host}]` : host}:${port}` : undefined
  return {
    host,
    port,
    origins,
    proxies: proxiesOf(slice.proxies, file, report),
    limits: {
      failedSignInsPerMinute: limits.failed_sign_ins,
      streamsOfVisitor: limits.streams_per_visitor,
      streamsOfAddress: limits.streams_per_address,
    },
    metricsAt: metrics,
    signIn: signIn && checkSignIn(signIn, page ?? usual, file, report),
  }
}

const saySignIn = {
  en: 'say under "sign_in" who may (stagewatch token prints the lines), or use host 127.0.0.1',
  zh: '请在 "sign_in" 中写明谁可以登录（stagewatch token 会输出所需的几行），或使用 host 127.0.0.1',
}

function proxiesOf(written: readonly string[], file: YamlFile, report: Report): readonly ProxyNetwork[] {
  return written.flatMap((network, index) => {
    const target = parseAllowedTarget(network)
    if (target?.kind === 'network') return [target]
    report(
      file.valueAt(['http', 'proxies', index]),
      { en: `"${network}" is neither a network nor an address`, zh: `"${network}" 既不是网段也不是地址` },
      { remedy: { en: 'write 10.0.0.0/8, 192.168.1.7 or fd00::/8', zh: '请写作 10.0.0.0/8、192.168.1.7 或 fd00::/8' } },
    )
    return []
  })
}
