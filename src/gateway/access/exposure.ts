import { isLoopback } from '../allowed-host.ts'
import { GatewayError } from '../gateway-error.ts'
import type { Access } from './access.ts'

/** Whether what is served at an address can be left to whoever reaches it: only this machine does. */
export const mayDoWithoutSignIn = (host: string): boolean => isLoopback(host)

/** @throws GatewayError where other machines could reach the address, and nobody had to sign in. */
export function requireSignIn(host: string, { signIn }: Access): void {
  if (signIn !== undefined || mayDoWithoutSignIn(host)) return
  throw new GatewayError({
    problem: `other machines could reach ${host}, and nobody would have to sign in`,
    remedy: 'listen on 127.0.0.1, or say who may sign in (http.sign_in in the configuration)',
  })
}
