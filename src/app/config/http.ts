import * as z from 'zod'
import { isLoopback } from '../../gateway/allowed-host.ts'
import type { Report } from '../../model/problem.ts'
import { listOf, mapping, noted, text, wholeNumber } from '../../model/shapes.ts'
import type { YamlFile } from '../../model/yaml-file.ts'

/** Where the page, the API, the WebSocket and the metrics are served. */
export type HttpConfig = { readonly host: string; readonly port: number }

export const httpSlice = mapping({
  host: text.default('127.0.0.1'),
  port: wholeNumber(1, 65_535).default(8080),
  ingest: mapping({ topics: listOf(text, { en: 'topics', zh: '主题' }) }).optional(),
  allow_without_sign_in: noted(z.boolean(), 'true or false', 'true 或 false').default(false),
}).default({ host: '127.0.0.1', port: 8080, allow_without_sign_in: false })

/** There is no sign-in yet, so whoever reaches the address sees everything: that has to be wanted. */
export function checkHttp(slice: z.output<typeof httpSlice>, file: YamlFile, report: Report): HttpConfig {
  const { host, port } = slice
  if (mayListen(host, slice.allow_without_sign_in)) return { host, port }
  report(
    file.valueAt(['http', 'host']),
    {
      en: `with host "${host}" other machines could reach the page, and it has no sign-in yet`,
      zh: `host 为 "${host}" 时其他机器可以访问页面，而登录功能尚未实现`,
    },
    {
      remedy: {
        en: 'use 127.0.0.1, or set allow_without_sign_in: true beside it where something else keeps strangers out (a container network, a proxy)',
        zh: '请使用 127.0.0.1；若已由其他手段（容器网络、代理）阻止外人访问，可在其旁设置 allow_without_sign_in: true',
      },
    },
  )
  return { host, port }
}

export const mayListen = (host: string, allowWithoutSignIn: boolean): boolean => isLoopback(host) || allowWithoutSignIn
