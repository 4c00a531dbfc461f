// biome-ignore-all lint/suspicious/noTemplateCurlyInString: configurations refer to secrets by ${…}
import { expect, test } from 'vitest'
import { formatProblem, type Problem } from '../../model/problem.ts'
import { loadConfig } from '../config.ts'
import { Mistakes } from '../mistakes.ts'

const environment: Readonly<Record<string, string>> = { SHORT: 'hush-hush', TOKEN: 'x'.repeat(40) }

function problemsOf(http: string): readonly Problem[] {
  try {
    loadConfig(`kafka: {brokers: [a:9092]}\nhttp: ${http}`, 'a.yaml', {
      env: name => environment[name],
      readFile: () => '',
    })
    return []
  } catch (error) {
    if (error instanceof Mistakes) return error.problems
    throw error
  }
}

const mistakesOf = (http: string) => problemsOf(http).map(problem => formatProblem(problem, 'en'))
const oidc = (more: string) =>
  `{sign_in: {oidc: {issuer: "https://id.example.com", roles: {claim: groups, values: {a: viewer}}, ${more}}}}`

test.each([
  ['{sign_in: {}}', /2:8 error with "sign_in" as it stands nobody could sign in; give "tokens" or "oidc"/],
  ['{sign_in: {tokens: [{name: a, role: root, token: "${env:TOKEN}"}]}}', /2:43 error "role" must be one of viewer, /],
  ['{sign_in: {tokens: [{name: a, role: admin, sha256: x}]}}', /2:58 error "sha256" must be the SHA-256 of a token/],
  ['{sign_in: {tokens: [{name: a, role: admin}]}}', /2:27 error a token has either its "sha256" or a "token"; let/],
  ['{sign_in: {tokens: [{name: a, role: admin, token: plain}]}}', /2:57 error "token" is a secret, which must not/],
  [
    '{sign_in: {tokens: [{name: a, role: admin, token: "${env:SHORT}"}]}}',
    /2:58 error "token" must be a token of at least 32 characters \(.*\), not what \$\{env:SHORT\} stands for/,
  ],
  [
    '{sign_in: {tokens: [{name: a, role: admin, token: "${env:TOKEN}"}, {name: b, role: viewer, token: "${env:TOKEN}"}]}}',
    /2:74 error the same token stands here twice; give everybody/,
  ],
  [oidc('client_id: x, client_secret: s'), /"client_secret" is a secret, which must not stand in this file/],
  [oidc('audience: x, client_secret: "${env:TOKEN}"'), /error "client_secret" is of no use without "client_id"; /],
  [oidc('name_claim: x'), /error "oidc" needs a "client_id", for people, or an "audience"/],
  [oidc('client_id: x, scopes: [email]'), /error without the scope openid the issuer does not say who/],
  [oidc('client_id: x').replace('https:', 'http:'), /error by http everybody on the way could say who people are; use/],
  [
    oidc('client_id: x').replace('{sign_in', '{host: 0.0.0.0, sign_in'),
    /error the issuer sends people back to the page, and nothing says where .*; set notify.page/,
  ],
  [oidc('client_id: x').replace(/}}$/, ', sessions: {idle: 1s}}}'), /error "idle" must lie between 1m and 30d, not 1s/],
  ['{origins: [https://a.example/path]}', /2:18 error .* must be an origin as browsers name it/],
  ['{proxies: [10.0.0.0/99]}', /2:18 error "10.0.0.0\/99" is neither a network nor an address; write 10/],
  ['{metrics: {port: 8080}}', /2:24 error metrics are served at a port of their own, .*; choose another one/],
])('%s is a mistake with its place, and a remedy', (http, message) => {
  const found = mistakesOf(http)
  expect(found).toEqual([expect.stringMatching(message)])
  expect(found.join()).not.toContain('hush')
  for (const { message: said } of problemsOf(http)) expect(said.zh).toMatch(/[\u4e00-\u9fff]/)
})

test('where only this machine reaches the page, the issuer sends people back there', () => {
  const { http } = loadConfig(`kafka: {brokers: [a:9092]}\nhttp: ${oidc('client_id: x')}`, 'a.yaml')
  expect(http.signIn?.oidc?.people?.redirectUri).toBe('http://127.0.0.1:8080/api/v1/session/issuer/callback')
})
