import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { PlainEngine } from '../../../test/browser/plain-engine.ts'
import { PlainHistory } from '../../../test/browser/plain-history.ts'
import { alertOf, owners, quickDelivery, statisticsOf, statusAt } from '../../../test/browser/quick-delivery.ts'
import { noSilences } from '../../../test/support/no-silences.ts'
import { instant } from '../../event/instant.ts'
import { alertListSchema } from '../../protocol/alert.ts'
import { SignIn } from '../access/sign-in.ts'
import { tokenHash } from '../access/static-tokens.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import { problems } from '../problem-error.ts'
import { newServer } from '../server.ts'
import { addRoutes, type Route } from './route.ts'
import { type RouteSources, routesOf } from './routes.ts'

const now = instant(Date.UTC(2026, 10, 23, 7))
const assets = mkdtempSync(join(tmpdir(), 'stagewatch-page-'))
const engine = new PlainEngine([quickDelivery])
const history = new PlainHistory(now)
const logger = pino({ level: 'silent' })
const signIn = new SignIn({
  tokens: [{ name: 'ana', role: 'admin', owners: undefined, sha256: tokenHash('right') }],
  oidc: {
    // Nobody listens there.
    address: 'http://127.0.0.1:1',
    claims: { nameClaim: undefined, roleClaim: 'groups', roleOf: new Map(), ownersClaim: undefined },
    audience: undefined,
    people: {
      clientId: 'stagewatch',
      clientSecret: 'secret',
      scopes: ['openid'],
      redirectUri: 'http://127.0.0.1/back',
    },
  },
})
const headers = { authorization: 'Bearer right' }
const sources: RouteSources = {
  access: signIn,
  view: engine,
  owners,
  brokers: undefined,
  history,
  health: () => ({ version: '1.2.3', startedAt: now, store: undefined }),
  now: () => now,
  metrics: async () => 'up 1\n',
  act: async () => ({ outcome: 'unknown-alert' }),
  silences: noSilences,
  outbox: () => ({ queued: [], dead: [], disabled: [], heldBack: [], alertmanagers: [] }),
  redrive: async () => 'unknown',
  reload: () => ({ problem: 'rules/orders.yaml:3:1', remedy: 'correct it' }),
}
const routes = routesOf(sources)
let gateway: Gateway
let text: string

type Operation = {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly responses: Readonly<Record<string, { readonly description: string }>>
}
type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }
let document: Document

beforeAll(async () => {
  writeFileSync(join(assets, 'index.html'), '<!doctype html><title>Stagewatch</title>')
  engine.evaluate(statusAt(now), statisticsOf(1))
  const [at, since] = [now, now]
  const firing = { id: 'a', rule: 'picking_slow', segment: { warehouse: 'WH-2' }, at, since, value: 400_000 } as const
  const alert = alertOf({ ...firing, state: 'firing', from: 'pending' })
  for (const id of ['c', 'b', 'a']) engine.announce({ ...alert, id })
  history.recorded.push(alert)
  gateway = await startGateway({ ...sources, host: '127.0.0.1', port: 0, assets, logger })
  text = await (await fetch(`${gateway.url}/api/openapi.json`, { headers })).text()
  document = JSON.parse(text)
})

afterAll(async () => {
  await gateway.close()
  rmSync(assets, { recursive: true })
})

test('the description is well-formed OpenAPI 3.1 without a finding of the linter', async () => {
  const config = await createConfig({ extends: ['recommended-strict'], rules: { 'security-defined': 'error' } })
  const found = await lintFromString({ source: text, absoluteRef: 'openapi.json', config })
  // Where a browser is sent elsewhere, nothing is answered.
  const leading = routes.filter(({ answer }) => 'leadsTo' in answer)
  const allowed = leading.map(({ path }) => `#/paths/${path.replaceAll('/', '~1')}/get/responses`)
  expect(found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual(
    allowed.map(pointer => ['operation-2xx-response', expect.any(String), pointer]),
  )
})

test('it describes every route that the server has, with its own parameters, and docs/api.md tells of each', async () => {
  const app = newServer('127.0.0.1', logger)
  const served: string[] = []
  app.addHook('onRoute', ({ method, url }) => {
    if (method !== 'HEAD') served.push(`${String(method).toLowerCase()} ${url.replaceAll(/:(\w+)/g, '{$1}')}`)
  })
  addRoutes(app, routes)
  await app.ready()
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  expect(operations.map(({ path, method }) => `${method} ${path}`).sort()).toEqual(served.sort())
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length)
  for (const { path, operation } of operations) {
    const names = operation.parameters?.filter(parameter => parameter.in === 'path').map(({ name }) => name) ?? []
    expect(path.match(/(?<=\{)\w+/g) ?? [], path).toEqual(names)
  }
  const told = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8')
  const untold = operations.filter(
    ({ path }) =>
      !told.includes(path.replace(/^\/api\/v1\/alerts\/\{alert\}\/\w+$/, '/api/v1/alerts/{alert}/{action}')),
  )
  expect(untold.map(({ path }) => path)).toEqual([])
})

test('a list comes in pages for whoever wants so many at once, each with a link to the next one', async () => {
  const seen: string[] = []
  let url: string | undefined = '/api/v1/alerts?limit=2'
  const tables: string[] = []
  while (url !== undefined) {
    const response: Response = await fetch(gateway.url + url, { headers })
    const { alerts, next } = alertListSchema.parse(await response.json())
    seen.push(...alerts.map(({ id }) => id))
    const link = response.headers.get('link') ?? undefined
    expect(link).toBe(next && `</api/v1/alerts?limit=2&cursor=${next}>; rel="next"`)
    const table: Response = await fetch(`${gateway.url}${url}&format=csv`, { headers })
    tables.push(...(await table.text()).split('\r\n').slice(1, -1))
    expect(table.headers.get('link')?.includes('format=csv')).toBe(link === undefined ? undefined : true)
    url = link?.match(/^<(.*)>/)?.[1]
  }
  expect(seen).toEqual(['a', 'b', 'c'])
  expect(tables.map(line => line.split(',', 1)[0])).toEqual(seen)
  const wrong = await fetch(`${gateway.url}/api/v1/alerts?cursor=nonsense`, { headers })
  expect([wrong.status, (await wrong.json()) as object]).toEqual([
    400,
    expect.objectContaining({ detail: '`cursor` is none of this list' }),
  ])
})

const parameters: Readonly<Record<string, string>> = {
  process: 'quick-delivery',
  stage: 'picking',
  case: 'ORD-20417',
  alert: 'a',
  rule: 'picking_slow',
  silence: 'none',
  id: 'none',
}
const queries: Readonly<Record<string, string>> = { explainRule: '?segment={"warehouse":"WH-2"}' }
const filled = ({ path, name }: Route, given = parameters) =>
  gateway.url + path.replaceAll(/\{(\w+)\}/g, (_, parameter) => given[parameter] as string) + (queries[name] ?? '')

/** A test that a route has not. */
const ignored = () => {}

describe.each(routes.map(route => [route.name, route] as const))('%s', (_, route) => {
  const { method, path, answer } = route
  const ask = (url: string, more: RequestInit = {}) =>
    fetch(url, {
      method,
      redirect: 'manual',
      ...(method === 'post' && { body: '{}' }),
      ...more,
      headers: { ...headers, ...(method === 'post' && { 'content-type': 'application/json' }), ...more.headers },
    })
  const describedAs = (status: number) => document.paths[path]?.[method]?.responses[status]?.description

  test('answers, or refuses, as it is described, and with nothing else', async () => {
    const response = await ask(filled(route))
    const body = await response.text()
    const described = describedAs(response.status)
    expect(described, `${response.status} ${body}`).toBeDefined()
    if (response.status >= 400) {
      const word = (JSON.parse(body) as { type: string }).type.replace('urn:stagewatch:problem:', '')
      expect(described).toContain(`(\`${word}\`)`)
      expect(problems[word as keyof typeof problems].status).toBe(response.status)
    } else if ('schema' in answer) {
      // Unknown keys are dropped by the schema: so there are none.
      expect(z.parse(answer.schema, JSON.parse(body))).toEqual(JSON.parse(body))
    } else if ('text' in answer) expect(response.headers.get('content-type')).toContain(answer.text)
  })

  const testIfRead = method === 'get' && 'schema' in answer ? test : ignored
  const testIfTable = 'schema' in answer && answer.csv !== undefined ? test : ignored
  testIfRead('is not sent again to whoever has it', async () => {
    const etag = (response: Response) => response.headers.get('etag') ?? ''
    const first = await ask(filled(route))
    if (first.status !== 200) return expect(first.headers.has('etag')).toBe(false)
    expect(etag(first)).toMatch(/^"[\w-]{27}"$/)
    // What is an example of a record of now is another one each time.
    if (route.name === 'listProcesses') return
    for (const known of [etag(first), `"other", W/${etag(first)}`, '*']) {
      const again = await ask(filled(route), { headers: { 'if-none-match': known } })
      expect([again.status, await again.text(), etag(again)]).toEqual([304, '', etag(first)])
    }
    expect((await ask(filled(route), { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
  })

  testIfTable('is a table for whoever asks for one', async () => {
    const url = new URL(filled(route))
    const byHeader = await ask(url.href, { headers: { accept: 'text/csv' } })
    const json = await ask(url.href, { headers: { accept: 'application/json, text/csv' } })
    expect(json.headers.get('content-type')).toBe('application/json; charset=utf-8')
    url.searchParams.set('format', 'csv')
    const table = await ask(url.href)
    expect(table.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(table.headers.get('content-disposition')).toBe(`attachment; filename="${route.name}.csv"`)
    const lines = (await table.text()).split('\r\n')
    expect(lines).toEqual((await byHeader.text()).split('\r\n'))
    const names = lines[0]?.split(',') ?? []
    expect(new Set(names).size).toBe(names.length)
    if (!['listSilences', 'listNotifications'].includes(route.name)) expect(lines.length).toBeGreaterThan(2)
    expect((await ask(`${filled(route).split('?', 1)[0]}?format=xml`)).status).toBe(400)
  })

  test('refuses what it does not take as it is described', async () => {
    const strange = await ask(`${filled(route).split('?', 1)[0]}?strange=1`)
    if (!['livez', 'metrics', 'readyz', 'comeBackFromIssuer'].includes(route.name)) expect(strange.status).toBe(400)
    const unknown = await ask(filled(route, Object.fromEntries(Object.keys(parameters).map(name => [name, 'none']))))
    expect(describedAs(unknown.status), `${unknown.status} ${await unknown.text()}`).toBeDefined()
    if (method === 'get') return
    for (const [body, type] of [
      ['{', 'application/json'],
      ['x=1', 'text/plain'],
      [JSON.stringify({ by: 'x'.repeat(70_000) }), 'application/json'],
    ] as const) {
      const refused = await ask(filled(route), { body, headers: { 'content-type': type } })
      expect(describedAs(refused.status), `${refused.status} ${await refused.text()}`).toBeDefined()
    }
  })
})
