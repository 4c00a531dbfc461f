import * as z from 'zod'
import type { OidcOptions } from '../../gateway/access/sign-in.ts'
import { isLoopback } from '../../gateway/allowed-host.ts'
import type { Report } from '../../model/problem.ts'
import { choice, listOf, mapping, named, noted, text } from '../../model/shapes.ts'
import type { YamlFile } from '../../model/yaml-file.ts'
import { roles } from '../../protocol/session.ts'

export const oidcSlice = mapping({
  issuer: noted(
    z.url({ protocol: /^https?$/ }),
    'the address of the issuer exactly as its tokens name it, https://id.example.com/realms/ops',
    '签发者的地址，须与其令牌中的写法完全一致，https://id.example.com/realms/ops',
  ),
  client_id: text.optional(),
  client_secret: text.optional(),
  scopes: listOf(text, { en: 'scopes', zh: '作用域' }).default(['openid', 'profile', 'email']),
  audience: text.optional(),
  roles: mapping({
    claim: text,
    values: named(text, choice(roles), {
      en: 'values of the claim to roles, {ops: responder}',
      zh: '声明的值到角色，{ops: responder}',
    }),
  }),
  owners_claim: text.optional(),
  name_claim: text.optional(),
})

/** Below where people reach the page. */
const CALLBACK = '/api/v1/session/issuer/callback'

/** @param page where people reach it; undefined: it is not known. */
export function checkOidc(
  slice: z.output<typeof oidcSlice>,
  page: string | undefined,
  file: YamlFile,
  report: Report,
): OidcOptions {
  const place = ['http', 'sign_in', 'oidc']
  const { issuer, client_id: clientId, client_secret: clientSecret, scopes, audience } = slice
  const { protocol, hostname } = new URL(issuer)
  if (protocol === 'http:' && !isLoopback(hostname)) {
    report(
      file.valueAt([...place, 'issuer']),
      {
        en: 'by http everybody on the way could say who people are',
        zh: '使用 http 时途中任何人都能冒充签发者',
      },
      { remedy: { en: 'use https://', zh: '请使用 https://' } },
    )
  }
  if (clientId === undefined && audience === undefined) {
    report(
      file.keyAt(place),
      {
        en: '"oidc" needs a "client_id", for people, or an "audience", for tokens that programs send',
        zh: '"oidc" 需要 "client_id"（供人登录）或 "audience"（供程序发送的令牌）',
      },
      { remedy: { en: 'give one or both', zh: '请给出其一或全部' } },
    )
  }
  if (clientId === undefined && clientSecret !== undefined) {
    report(
      file.keyAt([...place, 'client_secret']),
      { en: '"client_secret" is of no use without "client_id"', zh: '没有 "client_id" 时 "client_secret" 没有意义' },
      { remedy: { en: 'give both, or leave it out', zh: '请同时给出，或删除该项' } },
    )
  }
  if (clientId !== undefined && !scopes.includes('openid')) {
    report(
      file.valueAt([...place, 'scopes']),
      {
        en: 'without the scope openid the issuer does not say who somebody is',
        zh: '缺少作用域 openid 时签发者不会说明身份',
      },
      { remedy: { en: 'add openid', zh: '请加上 openid' } },
    )
  }
  if (clientId !== undefined && page === undefined) {
    report(
      file.valueAt([...place, 'client_id']),
      {
        en: 'the issuer sends people back to the page, and nothing says where they reach it',
        zh: '签发者会将人送回页面，但没有说明人们如何访问页面',
      },
      {
        remedy: {
          en: 'set notify.page to its address, https://stagewatch.example.com',
          zh: '请将 notify.page 设为页面的地址，https://stagewatch.example.com',
        },
      },
    )
  }
  return {
    address: issuer,
    audience,
    claims: {
      nameClaim: slice.name_claim,
      roleClaim: slice.roles.claim,
      roleOf: new Map(Object.entries(slice.roles.values)),
      ownersClaim: slice.owners_claim,
    },
    people:
      clientId === undefined
        ? undefined
        : { clientId, clientSecret, scopes, redirectUri: `${(page ?? '').replace(/\/$/, '')}${CALLBACK}` },
  }
}
