import { isIP } from 'node:net'

/**
 * Whether a request may be answered, by its Host header.
 *
 * A server that listens on loopback answers loopback names only: a page of another site whose name an attacker points
 * at 127.0.0.1 would otherwise read everything, since for the browser it is then the same origin.
 *
 * @param listening the address that the server listens on.
 * @param origins of pages that may use it: a proxy on this machine may pass their names on.
 */
export function isAllowedHost(listening: string, host: string | undefined, origins: readonly string[] = []): boolean {
  if (!isLoopback(listening)) return true
  const name = hostName(host)
  return name !== undefined && (isLoopback(name) || origins.some(origin => new URL(origin).hostname === name))
}

/**
 * Whether a WebSocket may be opened, or something changed, by the Origin header: browsers always send one with these,
 * and for them it must name the very host and port that the page came from, or be one of `origins`. Programs that send none
 * are let in.
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  origins: readonly string[] = [],
): boolean {
  if (origin === undefined || origins.includes(origin)) return true
  if (host === undefined || !URL.canParse(origin)) return false
  return new URL(origin).host === host.toLowerCase()
}

export function isLoopback(name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, '').toLowerCase()
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'))
}

function hostName(host: string | undefined): string | undefined {
  if (host === undefined || !URL.canParse(`http://${host}`)) return undefined
  return new URL(`http://${host}`).hostname
}
