import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { runCommandLine } from '../../src/app/command-line.ts'
import { tokenHash } from '../../src/gateway/access/static-tokens.ts'
import { sessionSchema } from '../../src/protocol/session.ts'
import { silenceListSchema } from '../../src/protocol/silence.ts'
import { detailedStatusSchema } from '../../src/protocol/status.ts'
import { freePort } from '../support/kafka/broker.ts'
import { ConfiguredRun } from './support/configured-run.ts'

/*
 * The built program at an address that other machines reach. Its broker is away, which keeps nobody from signing in.
 */

const adminToken = 'an-admin-token-of-the-environment'
const anasToken = 'a-token-of-ana-whose-hash-is-known'
let folder: string
let metricsPort: number
let run: ConfiguredRun

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stagewatch-sign-in-'))
  metricsPort = await freePort()
  const tokens = [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: configurations refer to secrets by ${…}
    { name: 'admin', role: 'admin', token: '${env:STAGEWATCH_ADMIN_TOKEN}' },
    { name: 'ana', role: 'responder', sha256: tokenHash(anasToken).toString('hex') },
  ]
  const http = { host: '0.0.0.0', sign_in: { tokens }, metrics: { port: metricsPort } }
  run = await ConfiguredRun.start(folder, {
    brokers: '127.0.0.1:1',
    rules: fileURLToPath(new URL('../../rules', import.meta.url)),
    settings: { http },
    env: { STAGEWATCH_ADMIN_TOKEN: adminToken },
  })
})

afterAll(async () => {
  await run.kill()
  rmSync(folder, { recursive: true, force: true })
})

const post = (path: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
  fetch(run.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

test('it serves at that address, asks who is there, and metrics at theirs ask nobody', async () => {
  expect((await run.get('/livez')).status).toBe(200)
  expect((await run.get('/api/v1/status')).status).toBe(401)
  expect((await run.get('/metrics')).status).toBe(404)
  expect(await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()).toContain('stagewatch_build_info')
  expect(run.command.said).not.toContain(adminToken)
})

test('whoever is signed in stays so when the rules are read anew', async () => {
  const signedIn = await post('/api/v1/session', { token: adminToken })
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
  const startedAt = async () => {
    const answer = await fetch(`${run.url}/api/v1/status`, { headers: { cookie } })
    return detailedStatusSchema.parse(await answer.json()).started_at
  }
  const before = await startedAt()
  expect((await post('/-/reload', {}, { cookie })).status).toBe(202)
  await run.until('opened again by the rules', 30_000, async () => (await startedAt()) !== before || undefined)
  const answer = await fetch(`${run.url}/api/v1/session`, { headers: { cookie } })
  expect(sessionSchema.parse(await answer.json()).visitor).toEqual({ name: 'admin', role: 'admin', owners: null })
})

async function command(args: readonly string[], token: string) {
  const said = { stdout: '', stderr: '' }
  vi.stubEnv('STAGEWATCH_TOKEN', token)
  const code = await runCommandLine([...args, '--url', run.url], {
    print: text => {
      said.stdout += text
    },
    complain: text => {
      said.stderr += text
    },
  }).finally(() => vi.unstubAllEnvs())
  return { code, ...said }
}

test('commands sign in by the token of the environment, and are whoever it belongs to', async () => {
  const made = await command(['silence', 'add', 'warehouse=WH-2', '--comment', 'shelves are moved'], anasToken)
  expect([made.code, made.stderr]).toEqual([0, ''])
  expect(made.stdout).toContain('ana: shelves are moved')
  const list = await fetch(`${run.url}/api/v1/silences`, { headers: { authorization: `Bearer ${anasToken}` } })
  expect(silenceListSchema.parse(await list.json()).silences.map(silence => silence.created_by)).toEqual(['ana'])
  const refused = await command(['alerts', 'list'], '')
  expect(refused.code).toBe(2)
  expect(refused.stderr).toMatch(/nobody has said who asks\n {2}remedy: .*STAGEWATCH_TOKEN/)
  const asOther = await command(['silence', 'add', 'warehouse=WH-2', '--comment', 'x', '--by', 'li.wei'], anasToken)
  expect(asOther.stderr).toMatch(/names somebody else than ana, who is signed in\n {2}remedy: leave `created_by` out/)
})
