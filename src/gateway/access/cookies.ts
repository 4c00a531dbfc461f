import type { IncomingMessage } from 'node:http'

export type Cookie = {
  readonly name: string
  /** Of characters that need no quotes: base64url. Empty: it is taken away. */
  readonly value: string
  readonly sameSite: 'Strict' | 'Lax'
  readonly maxAgeS: number
}

/** What a browser is told to keep. Scripts do not see it; over https it is bound to this very host. */
export function setCookie({ name, value, sameSite, maxAgeS }: Cookie, isSecure: boolean): string {
  const attributes = ['Path=/', `Max-Age=${value === '' ? 0 : maxAgeS}`, 'HttpOnly', `SameSite=${sameSite}`]
  return [`${isSecure ? SECURE_PREFIX : ''}${name}=${value}`, ...attributes, ...(isSecure ? ['Secure'] : [])].join('; ')
}

/** @returns undefined where a request has none, or several: another host of the domain may have set one. */
export function cookieOf({ headers: { cookie = '' } }: IncomingMessage, name: string): string | undefined {
  const found = new Map<string, string[]>()
  for (const pair of cookie.split(';')) {
    const [key = '', value] = pair.trim().split('=', 2)
    if (value !== undefined) found.set(key, [...(found.get(key) ?? []), value])
  }
  for (const key of [SECURE_PREFIX + name, name]) {
    const values = found.get(key)
    if (values !== undefined) return values.length === 1 ? values[0] : undefined
  }
  return undefined
}

const SECURE_PREFIX = '__Host-'
