import * as z from 'zod'
import { type DurationMs, durationMs, parseDuration } from '../../event/duration.ts'
import type { SignInOptions } from '../../gateway/access/sign-in.ts'
import { type StaticToken, tokenHash, tokenPattern } from '../../gateway/access/static-tokens.ts'
import type { Report } from '../../model/problem.ts'
import { choice, duration, listOf, mapping, noted, text } from '../../model/shapes.ts'
import type { YamlFile } from '../../model/yaml-file.ts'
import { roles } from '../../protocol/session.ts'
import { checkOidc, oidcSlice } from './oidc.ts'

/** Who may sign in, and how. */
export type SignInConfig = Pick<SignInOptions, 'tokens' | 'oidc' | 'sessions'>

const person = noted(z.string().trim().min(1).max(200), 'a name of at most 200 characters', '最多 200 个字符的名称')

const tokenShape = mapping({
  name: person,
  role: choice(roles),
  owners: listOf(text, { en: 'owners', zh: '负责人' }).optional(),
  sha256: noted(
    z.string().regex(/^[0-9a-fA-F]{64}$/),
    'the SHA-256 of a token in 64 hexadecimal digits, as "stagewatch token" prints it',
    '令牌的 SHA-256，64 位十六进制数，由 "stagewatch token" 输出',
  ).optional(),
  token: noted(
    z.string().regex(tokenPattern),
    'a token of at least 32 characters (letters, digits, signs, no space)',
    '至少 32 个字符的令牌（字母、数字、符号，不含空格）',
  ).optional(),
})

const sessionDefaults = { idle: '8h', longest: '24h' } as const

export const signInSlice = mapping({
  tokens: noted(z.array(tokenShape).max(1_000), 'a list of at most 1,000 tokens', '最多 1,000 个令牌的列表').default(
    [],
  ),
  oidc: oidcSlice.optional(),
  sessions: mapping({
    idle: duration.default(sessionDefaults.idle),
    longest: duration.default(sessionDefaults.longest),
  }).default(sessionDefaults),
})

/** @param page where people reach it; undefined: it is not known. */
export function checkSignIn(
  slice: z.output<typeof signInSlice>,
  page: string | undefined,
  file: YamlFile,
  report: Report,
): SignInConfig {
  if (slice.tokens.length === 0 && slice.oidc === undefined) {
    report(
      file.keyAt(['http', 'sign_in']),
      { en: 'with "sign_in" as it stands nobody could sign in', zh: '按现有的 "sign_in"，无人能够登录' },
      { remedy: { en: 'give "tokens" or "oidc"', zh: '请给出 "tokens" 或 "oidc"' } },
    )
  }
  const known = new Set<string>()
  const tokens = slice.tokens.flatMap((written, index): StaticToken[] => {
    const place = ['http', 'sign_in', 'tokens', index]
    const { name, role, owners, sha256, token } = written
    if ((sha256 === undefined) === (token === undefined)) {
      report(
        file.valueAt(place),
        { en: 'a token has either its "sha256" or a "token"', zh: '每个令牌须给出 "sha256" 或 "token" 之一' },
        { remedy: { en: 'let "stagewatch token" make one', zh: '可用 "stagewatch token" 生成' } },
      )
      return []
    }
    const hash = token === undefined ? Buffer.from(sha256 ?? '', 'hex') : tokenHash(token)
    if (known.has(hash.toString('hex'))) {
      report(
        file.valueAt(place),
        { en: 'the same token stands here twice', zh: '同一令牌出现了两次' },
        { remedy: { en: 'give everybody a token of his own', zh: '请为每一方使用各自的令牌' } },
      )
    }
    known.add(hash.toString('hex'))
    return [{ name, role, owners: owners && new Set(owners), sha256: hash }]
  })
  const msOf = (key: keyof typeof sessionDefaults): DurationMs => {
    const ms = parseDuration(slice.sessions[key]) ?? durationMs(Number.POSITIVE_INFINITY)
    if (ms >= 60_000 && ms <= 30 * 86_400_000) return ms
    report(file.valueAt(['http', 'sign_in', 'sessions', key]), {
      en: `"${key}" must lie between 1m and 30d, not ${slice.sessions[key]}`,
      zh: `"${key}" 应在 1m 到 30d 之间，而不是 ${slice.sessions[key]}`,
    })
    return ms
  }
  return {
    tokens,
    oidc: slice.oidc && checkOidc(slice.oidc, page, file, report),
    sessions: { idleMs: msOf('idle'), absoluteMs: msOf('longest') },
  }
}
