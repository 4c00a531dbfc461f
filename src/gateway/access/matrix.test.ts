import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { TestIssuer } from '../../../test/support/issuer.ts'
import { plainPlace, plainSources } from '../../../test/support/plain-gateway.ts'
import { CENTRIFUGO_PATH, STREAM_PATH, SUBPROTOCOL } from '../../protocol/message.ts'
import { type Role, roles } from '../../protocol/session.ts'
import { routesOf } from '../api/routes.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import { newServer } from '../server.ts'
import { channels } from '../stream/channels.ts'
import { errors } from '../stream/wire/centrifugo-protocol.ts'
import { isAllowed, type Permission } from './permission.ts'
import { SignIn } from './sign-in.ts'
import { tokenHash } from './static-tokens.ts'

/*
 * Everybody who might come × everything that can be asked for: each cell is allowed exactly where the permission that the
 * route or channel declares says so. A route that is added is in the matrix by that.
 */

const place = plainPlace()
const issuer = await TestIssuer.open()
const oidc = {
  address: issuer.address,
  audience: 'api',
  claims: {
    nameClaim: undefined,
    roleClaim: 'groups',
    roleOf: new Map<string, Role>(roles.map(role => [role, role])),
    ownersClaim: undefined,
  },
  people: {
    clientId: 'stagewatch',
    clientSecret: undefined,
    scopes: ['openid'],
    redirectUri: `${issuer.address}/back`,
  },
}
let now = Date.now()
const signIn = new SignIn({
  tokens: roles.map(role => ({ name: role, role, owners: undefined, sha256: tokenHash(`token-of-${role}`) })),
  oidc,
  limits: { failedSignInsPerMinute: 100_000, streamsOfAddress: 100_000 },
  now: () => now,
})
const sources = { ...plainSources(), access: signIn }

type Headers = Readonly<Record<string, string>>
type Comer = { readonly name: string; readonly role: Role | undefined; readonly headers: () => Promise<Headers> }
const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` })

const cookieOf = async (role: Role): Promise<Headers> => {
  const { cookie } = await signIn.begin(`token-of-${role}`, { headers: {}, socket: {} } as never)
  return { cookie: cookie.split(';', 1)[0] ?? '' }
}

const comers: readonly Comer[] = [
  { name: 'nobody', role: undefined, headers: async () => ({}) },
  ...roles.map(role => ({ name: role, role, headers: async () => bearer(`token-of-${role}`) })),
  ...roles.map(role => ({ name: `${role} by cookie`, role, headers: () => cookieOf(role) })),
  ...roles.map(role => ({
    name: `${role} of the issuer`,
    role,
    headers: async () => bearer(await issuer.sign({ groups: [role] })),
  })),
  { name: 'a wrong token', role: undefined, headers: async () => bearer('token-of-root') },
  { name: 'no bearer', role: undefined, headers: async () => ({ authorization: 'Basic YWRtaW46YWRtaW4=' }) },
  { name: 'a wrong cookie', role: undefined, headers: async () => ({ cookie: 'stagewatch_session=x' }) },
  {
    name: 'a cookie that has expired',
    role: undefined,
    async headers() {
      now -= 100 * 3_600_000
      const headers = await cookieOf('admin')
      now += 100 * 3_600_000
      return headers
    },
  },
  {
    name: 'a token of the issuer that has expired',
    role: undefined,
    headers: async () => bearer(await issuer.sign({ groups: ['admin'], exp: Math.floor(Date.now() / 1_000) - 60 })),
  },
  {
    name: 'somebody of the issuer without a role',
    role: undefined,
    headers: async () => bearer(await issuer.sign({ groups: ['others'] })),
  },
]

/** Something that can be asked for, and the last word of the problem that it is refused with; undefined: of its type there is none. */
type Asked = {
  readonly name: string
  readonly permission: Permission
  readonly ask: (headers: Headers) => Promise<string | undefined>
}

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ ...place, ...sources })
})
afterAll(async () => {
  await gateway.close()
  await issuer.close()
  place.remove()
})

const wordOf = (text: string): string | undefined => /"urn:stagewatch:problem:([\w-]+)"/.exec(text)?.[1]

const byRoute: readonly Asked[] = routesOf(sources).map(({ method, path, permission }) => ({
  name: `${method} ${path}`,
  permission,
  async ask(headers) {
    const response = await fetch(gateway.url + path.replaceAll(/\{\w+\}/g, 'none'), {
      method,
      redirect: 'manual',
      headers: { ...headers, ...(method === 'post' && { 'content-type': 'application/json' }) },
      ...(method === 'post' && { body: '{}' }),
    })
    return wordOf(await response.text())
  },
}))

const assets: readonly Asked[] = ['/', '/index.html'].map(path => ({
  name: path,
  permission: 'nothing',
  ask: async headers => wordOf(await (await fetch(gateway.url + path, { headers })).text()),
}))

/** Opens a socket, says what there is to say, and @returns the word by which it was not opened, or what it was told. */
const openSocket = (path: string, headers: Headers, offered?: string, commands: readonly object[] = []) =>
  new Promise<{ readonly refused?: string | undefined; readonly told?: readonly string[] }>((resolve, reject) => {
    const socket = new WebSocket(gateway.url.replace('http', 'ws') + path, offered, { headers })
    const told: string[] = []
    socket.once('error', reject)
    socket.once('open', () => {
      for (const command of commands) socket.send(JSON.stringify(command))
      if (commands.length > 0) return
      socket.terminate()
      resolve({ told })
    })
    socket.on('message', data => {
      told.push(...String(data).split('\n'))
      const answered = told.filter(line => 'id' in (JSON.parse(line) as object))
      if (answered.length < commands.length) return
      socket.terminate()
      resolve({ told: answered })
    })
    socket.once('unexpected-response', (_request, response) => {
      let text = ''
      response.on('data', chunk => {
        text += String(chunk)
      })
      response.once('end', () => resolve({ refused: wordOf(text) }))
    })
  })

const streams: readonly Asked[] = [
  {
    name: `the stream ${SUBPROTOCOL}`,
    permission: 'read',
    ask: async headers => (await openSocket(STREAM_PATH, headers, SUBPROTOCOL)).refused,
  },
  {
    name: 'the stream of events',
    permission: 'read',
    async ask(headers) {
      const ending = new AbortController()
      const response = await fetch(gateway.url + STREAM_PATH, { headers, signal: ending.signal })
      const word = response.ok ? undefined : wordOf(await response.text())
      ending.abort()
      return word
    },
  },
  ...Object.entries(channels).map(([name, { permission }]) => ({
    name: `the channel ${name}`,
    permission,
    async ask(headers: Headers) {
      const channel = name.replace('{process}', sources.view.processes[0]?.name ?? '')
      const commands = [
        { id: 1, connect: {} },
        { id: 2, subscribe: { channel } },
      ]
      const { refused, told = [] } = await openSocket(CENTRIFUGO_PATH, headers, undefined, commands)
      if (refused !== undefined) return refused
      const { error } = JSON.parse(told[1] ?? '{}') as { readonly error?: { readonly code: number } }
      return error && (error.code === errors.permissionDenied.code ? 'not-allowed' : `code ${error.code}`)
    },
  })),
]

const all: readonly Asked[] = [...byRoute, ...assets, ...streams]
let cells = 0

test.each(comers)('$name may what the role allows, and nothing else', async ({ name, role, headers }) => {
  for (const { name: asked, permission, ask } of all) {
    // Anew each time: signing out is one of what is asked for.
    const word = await ask(await headers())
    const cell = `${name} × ${asked} → ${word}`
    if (isAllowed(role, permission)) {
      // What it says of the request itself is for others to test; signing in with an empty body is refused as that.
      expect(['not-signed-in', 'not-allowed', 'not-your-owner', 'too-many-sign-ins'], cell).not.toContain(word)
      if (streams.some(stream => stream.name === asked)) expect(word, cell).toBeUndefined()
    } else {
      expect(word, cell).toBe(role === undefined && !name.includes('without a role') ? 'not-signed-in' : 'not-allowed')
    }
    cells += 1
  }
})

test('every cell of the matrix was looked at', () => {
  const permissions = new Set(all.map(({ permission }) => permission))
  expect([...permissions].sort()).toEqual(
    expect.arrayContaining(['administer', 'nothing', 'read', 'respond', 'steward']),
  )
  expect(cells).toBe(comers.length * all.length)
  process.stdout.write(
    `access matrix: ${comers.length} comers × ${all.length} (${byRoute.length} routes, ${assets.length} files, ${streams.length} streams) = ${cells} cells\n`,
  )
})

test('a server takes no route that does not say what it takes to be allowed', () => {
  const app = newServer('127.0.0.1', place.logger)
  expect(() => app.get('/secret', async () => 'x')).toThrow('the route GET /secret names no permission')
})
