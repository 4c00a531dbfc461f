import type { Logger } from 'pino'
import { type Access, openToAnybody } from '../gateway/access/access.ts'
import { SignIn } from '../gateway/access/sign-in.ts'
import type { ListenOptions } from '../gateway/server.ts'
import type { HttpConfig } from './config/http.ts'

/** Who may use what is served. It is made once: whoever is signed in stays so while everything else is closed and opened again. */
export function accessOf({ signIn, proxies, limits }: HttpConfig, logger: Logger): Access {
  if (signIn === undefined) return openToAnybody
  return new SignIn({ ...signIn, proxies, limits, warn: (details, message) => logger.warn(details, message) })
}

/** Where it is served, and to whom. @param port that it has had already; undefined: that of the configuration. */
export const listenAt = (
  { host, port, origins, metricsAt }: HttpConfig,
  access: Access,
  formerPort?: number,
): ListenOptions => ({
  host,
  port: formerPort ?? port,
  access,
  origins,
  metricsAt,
})
