import { type IncomingHttpHeaders, request as plainRequest } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { TestIssuer } from '../../../test/support/issuer.ts'
import { plainPlace, plainSources } from '../../../test/support/plain-gateway.ts'
import { until } from '../../../test/support/until.ts'
import { CENTRIFUGO_PATH, closeCode, STREAM_PATH, SUBPROTOCOL } from '../../protocol/message.ts'
import { problemSchema } from '../../protocol/problem.ts'
import type { Role } from '../../protocol/session.ts'
import { sessionSchema } from '../../protocol/session.ts'
import type { ActionRequest } from '../api/alert-actions.ts'
import type { SilenceRequest } from '../api/silences.ts'
import { type Gateway, type GatewayOptions, startGateway } from '../gateway.ts'
import { SignIn, type SignInOptions } from './sign-in.ts'
import { tokenHash } from './static-tokens.ts'

const place = plainPlace()
const HOUR_MS = 3_600_000
let now: number
let gateway: Gateway
let access: SignIn
let acted: ActionRequest[]
let silenced: SilenceRequest[]
const sockets: WebSocket[] = []

const tokenOf = (name: string, role: Role, owners?: readonly string[]) => ({
  name,
  role,
  owners: owners && new Set(owners),
  sha256: tokenHash(`token-of-${name}`),
})

const signInBy = (options: Partial<SignInOptions> = {}) =>
  new SignIn({
    tokens: [
      tokenOf('ana', 'responder'),
      tokenOf('bot', 'responder', ['transport-ops']),
      tokenOf('own', 'responder', ['warehouse']),
      tokenOf('vera', 'viewer'),
    ],
    now: () => now,
    ...options,
  })

async function start(options: Partial<GatewayOptions> = {}): Promise<void> {
  const sources = plainSources()
  gateway = await startGateway({
    ...place,
    ...sources,
    access,
    act: async request => {
      acted.push(request)
      return { outcome: 'busy' }
    },
    silences: {
      ...sources.silences,
      create: async request => {
        silenced.push(request)
        return { outcome: 'busy' }
      },
    },
    ...options,
  })
}

beforeEach(async () => {
  now = Date.now()
  acted = []
  silenced = []
  access = signInBy()
  await start()
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  await gateway.close()
})

type Headers = Readonly<Record<string, string>>
const bearer = (name: string): Headers => ({ authorization: `Bearer token-of-${name}` })

async function ask(path: string, headers: Headers = {}, body?: unknown) {
  const response = await fetch(gateway.url + path, {
    ...(body !== undefined && { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
  })
  const text = await response.text()
  const problem = problemSchema.safeParse(text.startsWith('{') ? JSON.parse(text) : undefined).data
  return { response, text, status: response.status, word: problem?.type.split(':').at(-1), problem }
}

/** A browser that signs in by a token. @returns its cookie. */
async function signedIn(name: string, headers: Headers = {}): Promise<Headers> {
  const { response, status } = await ask('/api/v1/session', headers, { token: `token-of-${name}` })
  expect(status).toBe(200)
  return { cookie: response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '' }
}

const who = async (headers: Headers) => sessionSchema.parse(JSON.parse((await ask('/api/v1/session', headers)).text))

async function stream(headers: Headers, path = STREAM_PATH) {
  const offered = path === STREAM_PATH ? [SUBPROTOCOL] : []
  const socket = new WebSocket(gateway.url.replace('http', 'ws') + path, offered, { headers })
  sockets.push(socket)
  socket.on('error', () => socket.terminate())
  const closed = new Promise<number>(resolve => socket.once('close', resolve))
  const status = await new Promise<number>(resolve => {
    socket.once('open', () => resolve(101))
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
  })
  return { status, closed, socket }
}

test('whoever has not signed in is told how, by a header too', async () => {
  const { response, status, word, problem } = await ask('/api/v1/status')
  expect([status, word, response.headers.get('www-authenticate')]).toEqual([
    401,
    'not-signed-in',
    'Bearer realm="Stagewatch"',
  ])
  expect(problem?.remedy).toContain('STAGEWATCH_TOKEN')
  const wrong = await ask('/api/v1/status', bearer('root'))
  expect(wrong.response.headers.get('www-authenticate')).toBe('Bearer realm="Stagewatch", error="invalid_token"')
  const refused = await ask('/api/v1/notifications/x/redrive', bearer('ana'), {})
  expect([refused.status, refused.word, refused.problem?.detail]).toEqual([
    403,
    'not-allowed',
    'this takes the role steward, and ana has the role responder',
  ])
  expect(refused.problem?.remedy).toContain('the role steward')
})

test('a browser signs in by a token, is known by a cookie that no script sees, and signs out', async () => {
  expect(await who({})).toEqual({ visitor: null, sign_in: { issuer: false } })
  const { response, text } = await ask('/api/v1/session', {}, { token: 'token-of-own' })
  const visitor = { name: 'own', role: 'responder', owners: ['warehouse'] }
  expect(JSON.parse(text)).toEqual({ visitor, sign_in: { issuer: false } })
  const [set = ''] = response.headers.getSetCookie()
  expect(set).toMatch(/^stagewatch_session=[\w-]{43}; Path=\/; Max-Age=86400; HttpOnly; SameSite=Strict$/)
  const cookie = { cookie: set.split(';', 1)[0] ?? '' }
  expect((await who(cookie)).visitor).toEqual(visitor)
  const again = await signedIn('vera', cookie)
  expect([(await who(cookie)).visitor, (await who(again)).visitor?.name]).toEqual([null, 'vera'])
  const left = await ask('/api/v1/session/end', again, {})
  expect(left.response.headers.getSetCookie()).toEqual([
    'stagewatch_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict',
  ])
  expect((await who(again)).visitor).toBeNull()
  expect((await ask('/api/v1/status', again)).problem?.detail).toBe('the session has ended')
})

test('behind https a cookie is bound to this very host, and one that was set twice is not believed', async () => {
  const cookie = await signedIn('ana', { 'x-forwarded-proto': 'https, http' })
  expect(cookie.cookie).toMatch(/^__Host-stagewatch_session=/)
  expect((await who(cookie)).visitor?.name).toBe('ana')
  const set = (await ask('/api/v1/session', { 'x-forwarded-proto': 'https' }, { token: 'token-of-ana' })).response
  expect(set.headers.getSetCookie()[0]).toMatch(/; HttpOnly; SameSite=Strict; Secure$/)
  expect((await who({ cookie: `${cookie.cookie}; ${cookie.cookie}x` })).visitor).toBeNull()
})

test('signing out closes all streams of the session within 5 s, and no others', async () => {
  const cookie = await signedIn('ana')
  const own = await Promise.all([stream(cookie), stream(cookie), stream(cookie, CENTRIFUGO_PATH)])
  const events = await fetch(gateway.url + STREAM_PATH, { headers: cookie })
  const others = [await stream(await signedIn('ana')), await stream(bearer('ana'))]
  expect([...own, ...others].map(({ status }) => status)).toEqual([101, 101, 101, 101, 101])
  const began = performance.now()
  await ask('/api/v1/session/end', cookie, {})
  expect(await Promise.all(own.map(({ closed }) => closed))).toEqual(own.map(() => closeCode.signedOut))
  // It ends by itself, and says why.
  expect(await events.text()).toContain(`"code":${closeCode.signedOut}`)
  const tookMs = performance.now() - began
  expect(tookMs).toBeLessThan(5_000)
  process.stdout.write(`4 streams were closed ${tookMs.toFixed(0)} ms after signing out\n`)
  expect(others.map(({ socket }) => socket.readyState)).toEqual([WebSocket.OPEN, WebSocket.OPEN])
  expect((await stream(cookie)).status).toBe(401)
})

test('a session ends when it is old, or was not used; a stream that is open uses it', async () => {
  const [used, unused, watching] = [await signedIn('ana'), await signedIn('ana'), await signedIn('ana')]
  const open = await stream(watching)
  now += 7 * HOUR_MS
  expect((await who(used)).visitor?.name).toBe('ana')
  now += 2 * HOUR_MS
  expect((await who(unused)).visitor).toBeNull()
  expect((await who(used)).visitor?.name).toBe('ana')
  expect((await who(watching)).visitor?.name).toBe('ana')
  expect(open.socket.readyState).toBe(WebSocket.OPEN)
  now += 15 * HOUR_MS
  expect(await open.closed).toBe(closeCode.signedOut)
  expect((await who(used)).visitor).toBeNull()
})

test('a token of an issuer that ends closes its streams within 5 s, and the session that it began', async () => {
  const issuer = await TestIssuer.open()
  const roleOf = new Map<string, Role>([['ops', 'viewer']])
  access = signInBy({
    oidc: {
      address: issuer.address,
      audience: 'api',
      claims: { nameClaim: undefined, roleClaim: 'groups', roleOf, ownersClaim: undefined },
      people: undefined,
    },
    now: Date.now,
  })
  await gateway.close()
  await start()
  const exp = Math.floor(Date.now() / 1_000) + 2
  const token = await issuer.sign({ exp })
  const direct = await stream({ authorization: `Bearer ${token}` })
  const signed = await ask('/api/v1/session', {}, { token })
  const cookie = { cookie: signed.response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '' }
  const bySession = await stream(cookie)
  expect([direct.status, bySession.status]).toEqual([101, 101])
  expect(await Promise.all([direct.closed, bySession.closed])).toEqual([closeCode.signedOut, closeCode.signedOut])
  const lateMs = Date.now() - exp * 1_000
  expect(lateMs).toBeGreaterThanOrEqual(0)
  expect(lateMs).toBeLessThan(5_000)
  expect((await who(cookie)).visitor).toBeNull()
  process.stdout.write(`2 streams were closed ${lateMs} ms after their token had ended\n`)
  await issuer.close()
})

test('whoever is signed in stays so when everything is closed and opened again', async () => {
  const cookie = await signedIn('ana')
  const port = Number(new URL(gateway.url).port)
  await gateway.close()
  await start({ port })
  expect((await who(cookie)).visitor?.name).toBe('ana')
})

test('sessions are bounded: of one visitor, and of all, the one that was not used for longest gives way', async () => {
  access = signInBy({ sessions: { mostOfVisitor: 2, most: 3 } })
  await gateway.close()
  await start()
  const [first, second] = [await signedIn('ana'), await signedIn('ana')]
  await who(first)
  const third = await signedIn('ana')
  const names = async (all: readonly Headers[]) => Promise.all(all.map(async each => (await who(each)).visitor?.name))
  expect(await names([first, second, third])).toEqual(['ana', undefined, 'ana'])
  const [other, another] = [await signedIn('vera'), await signedIn('vera')]
  expect(await names([first, third, other, another])).toEqual([undefined, 'ana', 'vera', 'vera'])
})

test('after so many tokens that do not count nothing more of that address is looked at for a minute', async () => {
  const told: string[] = []
  const warn = (_details: object, message: string) => told.push(message)
  access = signInBy({ limits: { failedSignInsPerMinute: 5 }, proxies: [{ address: '127.0.0.0', prefix: 8 }], warn })
  await gateway.close()
  await start()
  const from = (address: string) => ({ 'x-forwarded-for': address })
  const cookie = await signedIn('ana')
  const statuses: number[] = []
  for (let tries = 0; tries < 20; tries++) {
    const isByHeader = tries % 2 === 0
    const wrong = { token: `guess-${tries}` }
    const asked = isByHeader
      ? ask('/api/v1/status', { ...bearer(`x${tries}`), ...from('203.0.113.9') })
      : ask('/api/v1/session', from('203.0.113.9'), wrong)
    statuses.push((await asked).status)
  }
  expect(statuses).toEqual([401, 401, 401, 401, 401, ...Array(15).fill(429)])
  const right = await ask('/api/v1/status', { ...bearer('ana'), ...from('203.0.113.9') })
  expect([right.status, right.word, Number(right.response.headers.get('retry-after'))]).toEqual([
    429,
    'too-many-sign-ins',
    60,
  ])
  expect(told).toHaveLength(1)
  // Others behind the same proxy, and whoever is signed in already, do not notice.
  expect((await ask('/api/v1/status', { ...bearer('ana'), ...from('203.0.113.10') })).status).toBe(200)
  expect((await ask('/api/v1/status', { ...cookie, ...from('203.0.113.9') })).status).toBe(200)
  // What somebody says of himself before the proxy appends where he comes from does not help him.
  const lied = from('198.51.100.1, 203.0.113.9')
  expect((await ask('/api/v1/status', { ...bearer('ana'), ...lied })).status).toBe(429)
  now += 61_000
  expect((await ask('/api/v1/status', { ...bearer('ana'), ...from('203.0.113.9') })).status).toBe(200)
})

test('whoever is no proxy is not believed for whom he asks', async () => {
  access = signInBy({ limits: { failedSignInsPerMinute: 2 } })
  await gateway.close()
  await start()
  const statuses: number[] = []
  for (const last of [1, 2, 3]) {
    statuses.push((await ask('/api/v1/status', { ...bearer('root'), 'x-forwarded-for': `203.0.113.${last}` })).status)
  }
  expect(statuses).toEqual([401, 401, 429])
})

test('streams are bounded for each visitor and each address, and counted when they close', async () => {
  access = signInBy({ limits: { streamsOfVisitor: 2, streamsOfAddress: 3 } })
  await gateway.close()
  await start()
  const first = await stream(bearer('ana'))
  expect([first.status, (await stream(bearer('ana'))).status, (await stream(bearer('ana'))).status]).toEqual([
    101, 101, 429,
  ])
  expect([(await stream(bearer('vera'))).status, (await stream(bearer('own'))).status]).toEqual([101, 429])
  first.socket.close()
  await first.closed
  await until(
    'a stream in place of the one that closed',
    10_000,
    async () => (await stream(bearer('own'))).status === 101,
  )
})

const deed = (headers: Headers, body: object) => ask('/api/v1/alerts/a/acknowledge', headers, body)

test('what is done is done by whoever is signed in, whether he says so or not, and by nobody else', async () => {
  expect((await deed(bearer('ana'), {})).word).toBe('journal-unavailable')
  expect((await deed(bearer('ana'), { by: 'ana' })).word).toBe('journal-unavailable')
  const lied = await deed(bearer('ana'), { by: 'li.wei' })
  expect([lied.status, lied.word]).toEqual([403, 'not-you'])
  expect(acted.map(({ by }) => by)).toEqual(['ana', 'ana'])
  const silence = { matchers: ['warehouse="WH-2"'], duration: '1h', comment: 'x' }
  expect((await ask('/api/v1/silences', bearer('ana'), silence)).word).toBe('journal-unavailable')
  expect((await ask('/api/v1/silences', bearer('ana'), { ...silence, created_by: 'x' })).word).toBe('not-you')
  expect(silenced.map(({ createdBy }) => createdBy)).toEqual(['ana'])
})

test('whoever acts for some owners acts on their alerts alone, and sees all', async () => {
  expect((await ask('/api/v1/alerts', bearer('bot'))).status).toBe(200)
  const refused = await deed(bearer('bot'), {})
  expect([refused.status, refused.word, refused.problem?.detail]).toEqual([
    403,
    'not-your-owner',
    'bot may act for transport-ops, and this is for warehouse',
  ])
  expect((await deed(bearer('own'), {})).word).toBe('journal-unavailable')
  expect(acted.map(({ by }) => by)).toEqual(['own'])
  const silence = (matchers: string[]) =>
    ask('/api/v1/silences', bearer('own'), { matchers, duration: '1h', comment: 'x' })
  for (const matchers of [
    ['warehouse="WH-2"'],
    ['owner="transport-ops"'],
    ['owner=~"ware.*"'],
    ['owner!="x"', 'warehouse="WH-2"'],
  ]) {
    expect((await silence(matchers)).word, matchers.join()).toBe('not-your-owner')
  }
  expect((await silence(['owner="warehouse"', 'warehouse="WH-2"'])).word).toBe('journal-unavailable')
  expect(silenced).toHaveLength(1)
})

test('a page of another site changes nothing, by whichever of eight ways it tries, though the cookie came with it', async () => {
  const cookie = await signedIn('ana')
  const { host, port } = new URL(gateway.url)
  const json = { 'content-type': 'application/json' }
  const shapes: Readonly<Record<string, Headers>> = {
    'another site': { ...json, origin: 'https://evil.example' },
    'a sandboxed frame': { ...json, origin: 'null' },
    'a name that begins alike': { ...json, origin: `http://${host}.evil.example` },
    'a name that ends alike': { ...json, origin: `http://evil-${host}` },
    'another port': { ...json, origin: `http://127.0.0.1:${Number(port) + 1}` },
    'a user before the host': { ...json, origin: `http://${host}@evil.example` },
    'a form': { 'content-type': 'text/plain' },
    'a browser that says so only': { ...json, 'sec-fetch-site': 'cross-site' },
  }
  for (const [shape, headers] of Object.entries(shapes)) {
    const { status } = await ask('/api/v1/alerts/a/acknowledge', { ...headers, ...cookie }, '{}')
    expect([403, 415], shape).toContain(status)
  }
  for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    expect((await ask('/api/v1/alerts/a/acknowledge', { ...cookie, 'content-type': type }, 'by=x')).status).toBe(415)
  }
  expect(acted).toEqual([])
  await ask('/api/v1/alerts/a/acknowledge', { ...json, ...cookie, origin: gateway.url }, '{}')
  expect(acted).toHaveLength(1)
})

test('pages of listed origins may read, act and open a stream; others see no answer', async () => {
  const origin = 'https://ops.example.com'
  await gateway.close()
  await start({ origins: [origin] })
  const preflight = await fetch(`${gateway.url}/api/v1/alerts/a/acknowledge`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
  })
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, origin])
  expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization')
  const read = await ask('/api/v1/alerts', { ...bearer('ana'), origin })
  expect([
    read.status,
    read.response.headers.get('access-control-allow-origin'),
    read.response.headers.get('vary'),
  ]).toEqual([200, origin, 'Origin, Accept'])
  expect((await ask('/api/v1/alerts/a/acknowledge', { ...bearer('ana'), origin }, {})).word).toBe('journal-unavailable')
  expect((await stream({ ...bearer('ana'), origin })).status).toBe(101)
  const events = await fetch(gateway.url + STREAM_PATH, { headers: { ...bearer('ana'), origin } })
  expect([events.status, events.headers.get('access-control-allow-origin')]).toEqual([200, origin])
  expect(events.headers.get('content-security-policy')).toContain("default-src 'none'")
  await events.body?.cancel()
  const other = await ask('/api/v1/alerts', { ...bearer('ana'), origin: 'https://ops.example.com.evil.example' })
  expect(other.response.headers.get('access-control-allow-origin')).toBeNull()
  expect((await stream({ ...bearer('ana'), origin: 'https://evil.example' })).status).toBe(403)
  // As a proxy on this machine passes it on, under the name that it was asked by.
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { ...bearer('ana'), host: 'ops.example.com' }
    plainRequest(`${gateway.url}/api/v1/status`, { headers }, response => resolve(response.resume().statusCode))
      .once('error', reject)
      .end()
  })
  expect(status).toBe(200)
})

test('metrics at an address of their own ask nobody, and are nowhere else', async () => {
  await gateway.close()
  const probe = await startGateway({ ...place, ...plainSources() })
  const port = Number(new URL(probe.url).port)
  await probe.close()
  await start({ metricsAt: { host: '127.0.0.1', port } })
  const alone = await fetch(`http://127.0.0.1:${port}/metrics`)
  expect([alone.status, await alone.text()]).toEqual([200, 'up 1\n'])
  expect((await fetch(`http://127.0.0.1:${port}/api/v1/status`)).status).toBe(404)
  expect((await ask('/metrics', bearer('ana'))).status).toBe(404)
  for (const probed of ['/livez', '/readyz']) expect((await ask(probed)).status).toBe(200)
})

test('an address that others reach is refused by the gateway itself where nobody has to sign in', async () => {
  const { access: _, ...open } = { ...place, ...plainSources(), access: undefined }
  await expect(startGateway({ ...open, host: '0.0.0.0' })).rejects.toThrow(/nobody would have to sign in/)
})

test('an address that is none is refused as everything is, with what every answer has', async () => {
  const answer = await new Promise<{ headers: IncomingHttpHeaders; text: string }>((resolve, reject) => {
    const { hostname, port } = new URL(gateway.url)
    plainRequest({ hostname, port, path: '/%E0%A4%A' }, async response => {
      resolve({ headers: response.headers, text: await readText(response) })
    })
      .once('error', reject)
      .end()
  })
  expect(problemSchema.parse(JSON.parse(answer.text))).toMatchObject({ status: 400, instance: '/%E0%A4%A' })
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
})
