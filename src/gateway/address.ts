import { createServer } from 'node:net'
import { GatewayError } from './gateway-error.ts'

/**
 * Finds out whether the address can be listened on, before anything is made that would have to be cleared away.
 *
 * It is free again when this resolves: somebody else may take it before the gateway does, which then says the same.
 *
 * @throws GatewayError with a remedy where it cannot.
 */
export async function checkAddress(host: string, port: number): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', cause => reject(listenError(cause, host, port)))
    server.listen({ host, port }, resolve)
  })
  await new Promise(resolve => server.close(resolve))
}

/** Why an address could not be listened on, and what to do. */
export function listenError(cause: unknown, host: string, port: number): GatewayError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const choosePort = '--port, or http.port in the configuration'
  if (code === 'EADDRINUSE') {
    const remedy = `stop it or choose another port (${choosePort})`
    return new GatewayError({ problem: `port ${port} is in use by another program`, remedy, cause })
  }
  if (code === 'EACCES') {
    const remedy = `choose one above 1023 (${choosePort})`
    return new GatewayError({ problem: `port ${port} may not be used by this user`, remedy, cause })
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    const remedy = 'use 127.0.0.1, or 0.0.0.0 for all of them (--host, or http.host in the configuration)'
    return new GatewayError({ problem: `${host} is no address of this machine`, remedy, cause })
  }
  const why = cause instanceof Error ? ` (${cause.message})` : ''
  const remedy = 'choose another address or port (--host and --port, or http in the configuration)'
  return new GatewayError({ problem: `cannot listen on ${host}:${port}${why}`, remedy, cause })
}
