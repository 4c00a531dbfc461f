import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { authenticationFailed, Exception } from './exception.ts'
import type { FrontUser } from './front-options.ts'

/**
 * Who asks: by the `Authorization` header, by ClickHouse's own headers, by the address, or by the client's certificate.
 * One way only, as a server wants it.
 *
 * @throws Exception as a server does.
 */
export function signIn(request: IncomingMessage, address: URLSearchParams, users: readonly FrontUser[]): FrontUser {
  const ways = [basic(request), ownHeaders(request), inAddress(address)].filter(way => way !== undefined)
  if (ways.length > 1) throw failed('Invalid authentication: it is not allowed to use several ways to sign in at once')
  const { name, password, certificate } = ways[0] ?? { name: 'default', password: '', certificate: undefined }
  const user = users.find(each => each.name === name)
  const known =
    user !== undefined &&
    (user.password === undefined ? certificate === name : certificate === undefined && user.password === password)
  if (!known) {
    throw failed(`${name}: Authentication failed: password is incorrect, or there is no user with such name`)
  }
  return user
}

type Way = { readonly name: string; readonly password: string; readonly certificate: string | undefined }

const failed = (problem: string) => new Exception(authenticationFailed, problem, 'AUTHENTICATION_FAILED')

function basic(request: IncomingMessage): Way | undefined {
  const encoded = /^Basic (.*)$/.exec(request.headers.authorization ?? '')?.[1]
  if (encoded === undefined) return undefined
  const [name = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':')
  return { name, password: password.join(':'), certificate: undefined }
}

function ownHeaders({ headers, socket }: IncomingMessage): Way | undefined {
  const name = headers['x-clickhouse-user']
  if (typeof name !== 'string') return undefined
  const password = headers['x-clickhouse-key'] ?? ''
  const byCertificate = headers['x-clickhouse-ssl-certificate-auth'] === 'on'
  if (byCertificate && password !== '') {
    throw failed(
      'Invalid authentication: it is not allowed to use SSL certificate authentication and a password at once',
    )
  }
  const shown = socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined
  return { name, password: String(password), certificate: byCertificate ? String(shown) : undefined }
}

function inAddress(address: URLSearchParams): Way | undefined {
  const name = address.get('user')
  return name === null ? undefined : { name, password: address.get('password') ?? '', certificate: undefined }
}
