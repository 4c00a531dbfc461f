import { SignJWT, UnsecuredJWT } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TestIssuer } from '../../../test/support/issuer.ts'
import { freePort } from '../../../test/support/kafka/broker.ts'
import { plainPlace, plainSources } from '../../../test/support/plain-gateway.ts'
import { problemSchema } from '../../protocol/problem.ts'
import { sessionSchema } from '../../protocol/session.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import { SignIn } from './sign-in.ts'

const place = plainPlace()
let issuer: TestIssuer
let gateway: Gateway

beforeEach(async () => {
  issuer = await TestIssuer.open()
  // Where people reach it has to be known before it listens.
  const port = await freePort()
  const access = signInAt(`http://127.0.0.1:${port}`)
  gateway = await startGateway({ ...place, port, ...plainSources(), access })
})

afterEach(async () => {
  await gateway.close()
  await issuer.close()
})

const signInAt = (url: string) =>
  new SignIn({
    tokens: [],
    oidc: {
      address: issuer.address,
      looksAgainAfterMs: 0,
      audience: 'api',
      claims: {
        nameClaim: undefined,
        roleClaim: 'access.groups',
        roleOf: new Map([
          ['ops', 'responder'],
          ['leads', 'steward'],
        ]),
        ownersClaim: 'teams',
      },
      people: {
        clientId: 'stagewatch',
        clientSecret: 'a secret: 1',
        scopes: ['openid', 'groups'],
        redirectUri: `${url}/api/v1/session/issuer/callback`,
      },
    },
  })

const who = async (init: RequestInit) => {
  const response = await fetch(`${gateway.url}/api/v1/session`, init)
  return sessionSchema.parse(await response.json()).visitor
}

/** What a token is refused with; undefined: it is not. */
async function refusalOf(token: string): Promise<string | undefined> {
  const response = await fetch(`${gateway.url}/api/v1/status`, { headers: { authorization: `Bearer ${token}` } })
  const body: unknown = await response.json()
  if (response.ok) return undefined
  const { status, detail } = problemSchema.parse(body)
  return `${status} ${detail}`
}

const ops = { access: { groups: ['ops'] } }
const inS = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds

test('a program is who its token says, with the role that may do most of those it has, and its owners', async () => {
  const token = await issuer.sign({ access: { groups: ['ops', 'leads', 'others'] }, teams: ['warehouse-ops', 'it'] })
  expect(await who({ headers: { authorization: `Bearer ${token}` } })).toEqual({
    name: 'li.wei',
    role: 'steward',
    owners: ['it', 'warehouse-ops'],
  })
  const withoutTeams = await issuer.sign({ ...ops, preferred_username: undefined, email: 'li@example.com' })
  const shown = await who({ headers: { authorization: `bearer ${withoutTeams}` } })
  expect(shown).toEqual({ name: 'li@example.com', role: 'responder', owners: [] })
})

test('a token that was signed otherwise, for others, or for another time is refused, and told why', async () => {
  const other = await TestIssuer.open()
  const { alg, kid } = issuer.publicKey
  const secret = Buffer.from(JSON.stringify(issuer.publicKey))
  const claims = { iss: issuer.address, aud: 'api', sub: 'u-1', exp: inS(300), ...ops }
  const refusals = {
    good: await refusalOf(await issuer.sign(ops)),
    expired: await refusalOf(await issuer.sign({ ...ops, exp: inS(-10) })),
    'without an end': await refusalOf(await issuer.sign({ ...ops, exp: undefined })),
    'not yet': await refusalOf(await issuer.sign({ ...ops, nbf: inS(60) })),
    'for others': await refusalOf(await issuer.sign({ ...ops, aud: 'stagewatch' })),
    'of another issuer': await refusalOf(await other.sign(ops)),
    'says another issuer': await refusalOf(await issuer.sign({ ...ops, iss: other.address })),
    'by another key': await refusalOf(await other.sign({ ...ops, iss: issuer.address }, { kid })),
    'by a key that nobody has': await refusalOf(await issuer.sign(ops, { kid: 'x' })),
    unsigned: await refusalOf(new UnsecuredJWT(claims).encode()),
    'by the public key as a secret': await refusalOf(
      await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: kid as string }).sign(secret),
    ),
    'changed on its way': await refusalOf((await issuer.sign(ops)).replace(/\.[^.]+\./, `.${btoa('{"sub":"root"}')}.`)),
    'of no role': await refusalOf(await issuer.sign({ access: { groups: ['others'] } })),
    'no token at all': await refusalOf('a.b.c'),
  }
  await other.close()
  expect(alg).toBe('ES256')
  expect(refusals).toEqual({
    good: undefined,
    expired: '401 the token has expired',
    'without an end': '401 the token has no claim exp',
    'not yet': '401 the token is not in force yet',
    'for others': '401 the token is for another audience',
    'of another issuer': expect.stringMatching(/^401 the token is signed by a key that the issuer does not have$/),
    'says another issuer': '401 the token is of another issuer',
    'by another key': '401 the token is not signed by the issuer',
    'by a key that nobody has': '401 the token is signed by a key that the issuer does not have',
    unsigned: expect.stringMatching(/^401 the token is /),
    'by the public key as a secret': '401 the token is signed in a way that is not accepted',
    'changed on its way': '401 the token is not signed by the issuer',
    'of no role': '403 li.wei has no role here',
    'no token at all': '401 the token is malformed',
  })
})

test('a key that the issuer has taken into use is fetched, and one that it has given up counts no more', async () => {
  const before = await issuer.sign(ops)
  expect(await refusalOf(before)).toBeUndefined()
  await issuer.rotate('RS256')
  expect(await refusalOf(await issuer.sign(ops))).toBeUndefined()
  expect(await refusalOf(before)).toBe('401 the token is signed by a key that the issuer does not have')
})

test('an issuer that is away is told as that, does not count against whoever asks, and is not asked for each token', async () => {
  const tokens = await Promise.all([1, 2, 3].map(() => issuer.sign(ops)))
  await issuer.close()
  for (const token of tokens)
    expect(await refusalOf(token)).toMatch(/^503 the issuer that people sign in at cannot be asked/)
  issuer = await TestIssuer.open()
})

/** Goes where a browser is sent, with the cookies that it was given, until it is at the page. */
async function browse(path: string, kept = new Map<string, string>()) {
  let url = new URL(path, gateway.url)
  const set: string[] = []
  for (let hops = 0; hops < 5; hops++) {
    const cookie = [...kept].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      redirect: 'manual',
      ...(url.href.startsWith(gateway.url) && { headers: { cookie } }),
    })
    await response.text()
    for (const header of response.headers.getSetCookie()) {
      set.push(header)
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? []
      if (value === '') kept.delete(name)
      else kept.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) return { at: url.pathname + url.search, status: response.status, kept, set }
    url = new URL(location, url)
  }
  throw new Error('it was sent from place to place')
}

test('a person signs in at the issuer, is back at the page that was left, and is known there by a cookie', async () => {
  issuer.claims = { ...issuer.claims, ...ops, teams: 'warehouse-ops' }
  const { at, status, kept, set } = await browse('/api/v1/session/issuer?page=%3Falert%3Da%26lang%3Dzh')
  expect([at, status]).toEqual(['/?alert=a&lang=zh', 200])
  expect([...kept.keys()]).toEqual(['stagewatch_session'])
  expect(set.map(header => header.replace(/=[\w-]{20,};/, '=…;'))).toEqual([
    'stagewatch_sign_in=…; Path=/; Max-Age=600; HttpOnly; SameSite=Lax',
    'stagewatch_session=…; Path=/; Max-Age=86400; HttpOnly; SameSite=Strict',
    'stagewatch_sign_in=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
  ])
  const cookie = `stagewatch_session=${kept.get('stagewatch_session')}`
  expect(await who({ headers: { cookie } })).toEqual({ name: 'li.wei', role: 'responder', owners: ['warehouse-ops'] })
  expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/authorize', '/token', '/keys'])
})

test.each([
  ['a state of somebody else', { state: 'x' }, 'not-signed-in'],
  ['a nonce of somebody else', { nonce: 'x' }, 'not-signed-in'],
  ['the name of another issuer', { iss: 'https://evil.example' }, 'not-signed-in'],
  ['a token for another client', { audience: 'other' }, 'not-signed-in'],
  ['a token that was made for another client', { azp: 'other' }, 'not-signed-in'],
])('whoever comes back with %s is not signed in', async (_what, amiss, word) => {
  issuer.claims = { ...issuer.claims, ...ops }
  issuer.amiss = amiss
  const { at, kept } = await browse('/api/v1/session/issuer')
  expect([at, [...kept.keys()]]).toEqual([`/?sign_in_problem=${word}`, []])
})

test('whoever has no role there, or whose client has a wrong secret, is told so at the page', async () => {
  expect((await browse('/api/v1/session/issuer')).at).toBe('/?sign_in_problem=not-allowed')
  issuer.clientSecret = 'another'
  expect((await browse('/api/v1/session/issuer')).at).toBe('/?sign_in_problem=sign-in-unavailable')
  const denied = await browse('/api/v1/session/issuer/callback?error=access_denied')
  expect([denied.at, denied.kept.size]).toEqual(['/?sign_in_problem=not-signed-in', 0])
})

test('an answer of the issuer signs in the browser that was sent there, and no other one', async () => {
  issuer.claims = { ...issuer.claims, ...ops }
  const left = await fetch(`${gateway.url}/api/v1/session/issuer`, { redirect: 'manual' })
  const sentBack = await fetch(left.headers.get('location') ?? '', { redirect: 'manual' })
  const answer = new URL(sentBack.headers.get('location') ?? '')
  const stolen = await browse(answer.pathname + answer.search)
  expect([stolen.at, stolen.kept.size]).toEqual(['/?sign_in_problem=not-signed-in', 0])
})

test('a page to come back to is one of this server', async () => {
  for (const page of ['//evil.example', 'https://evil.example', '/x', '?a#b', `?${'x'.repeat(1_001)}`]) {
    const response = await fetch(`${gateway.url}/api/v1/session/issuer?page=${encodeURIComponent(page)}`, {
      redirect: 'manual',
    })
    expect(response.status, page).toBe(400)
  }
})
