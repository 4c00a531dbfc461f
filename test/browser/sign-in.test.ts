import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SignIn } from '../../src/gateway/access/sign-in.ts'
import { tokenHash } from '../../src/gateway/access/static-tokens.ts'
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts'
import { TestIssuer } from '../support/issuer.ts'
import { freePort } from '../support/kafka/broker.ts'
import { plainPlace, plainSources } from '../support/plain-gateway.ts'

/*
 * Signing in and out as a person does, in a real browser, with the page as it was built (`npm run build`).
 */

const executablePath = '/usr/bin/chromium'
const hasChromium = existsSync(executablePath)
const required = process.env.CI === 'true'
const reason = hasChromium || required ? '' : ' (skipped: no Chromium at /usr/bin/chromium)'
const assets = fileURLToPath(new URL('../../dist/dashboard', import.meta.url))
/** Where pictures of the page go, for a person to look at. */
const shots = join(tmpdir(), 'shots')

describe.skipIf(!hasChromium && !required)(`signing in on the page${reason}`, () => {
  const { remove, ...place } = plainPlace()
  let browser: Browser
  let issuer: TestIssuer
  let gateway: Gateway
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    remove()
    await mkdir(shots, { recursive: true })
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  })
  afterAll(async () => {
    await browser?.close()
  })

  beforeEach(async () => {
    issuer = await TestIssuer.open()
    // Where people are sent back to has to be known before it listens.
    const port = await freePort()
    const access = signInAt(`http://127.0.0.1:${port}`)
    gateway = await startGateway({ ...place, port, assets, ...plainSources(), access })
  })
  afterEach(async () => {
    await page.context().close()
    await gateway.close()
    await issuer.close()
    expect(complaints.splice(0)).toEqual([])
  })

  const signInAt = (url: string) =>
    new SignIn({
      tokens: [{ name: 'ana', role: 'responder', owners: undefined, sha256: tokenHash('token-of-ana') }],
      oidc: {
        address: issuer.address,
        audience: undefined,
        claims: {
          nameClaim: undefined,
          roleClaim: 'groups',
          roleOf: new Map([['ops', 'viewer']]),
          ownersClaim: undefined,
        },
        people: {
          clientId: issuer.clientId,
          clientSecret: issuer.clientSecret,
          scopes: ['openid'],
          redirectUri: `${url}/api/v1/session/issuer/callback`,
        },
      },
    })

  async function open(query = ''): Promise<void> {
    const context = await browser.newContext({ locale: 'en-GB' })
    page = await context.newPage()
    page.on('pageerror', error => complaints.push(error.message))
    // Answers that refuse are told on the console, too; what a policy refuses would be a mistake of the page.
    page.on('console', message => {
      if (message.type() === 'error' && !message.text().includes('Failed to load')) complaints.push(message.text())
    })
    await page.goto(`${gateway.url}/${query}`)
  }

  async function takeShots(language: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.screenshot({ path: join(shots, `sign-in-${colorScheme}-${language}.png`) })
    }
  }

  const heading = () => page.getByRole('heading', { name: 'Sign in' })

  test('in either language a token opens the page, a wrong one is told; the stream is there, and signing out ends it', async () => {
    await open()
    await heading().waitFor()
    await takeShots('en')
    await page.getByRole('button', { name: '中文' }).click()
    await page.getByRole('button', { name: '使用令牌登录' }).waitFor()
    await takeShots('zh')
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByLabel('Token').fill('token-of-root')
    await page.keyboard.press('Enter')
    await page.getByText('That does not count here').waitFor()
    await page.getByLabel('Token').fill('token-of-ana')
    await page.keyboard.press('Enter')
    await page.locator('[data-connection="fresh"], [data-connection="stale"]').waitFor()
    expect(await page.locator('.account').textContent()).toMatch(/^ana responder\s*Sign out$/)
    expect(await page.evaluate('document.cookie')).toBe('')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await heading().waitFor()
    expect(await page.context().cookies()).toEqual([])
  })

  test('a session that ends elsewhere leaves nothing of the page within 5 s', async () => {
    await open()
    await page.getByLabel('Token').fill('token-of-ana')
    await page.getByRole('button', { name: 'Sign in with the token' }).click()
    await page.locator('[data-connection="fresh"], [data-connection="stale"]').waitFor()
    const [cookie] = await page.context().cookies()
    const headers = { cookie: `${cookie?.name}=${cookie?.value}`, 'content-type': 'application/json' }
    const began = performance.now()
    await fetch(`${gateway.url}/api/v1/session/end`, { method: 'POST', headers, body: '{}' })
    await heading().waitFor()
    expect(performance.now() - began).toBeLessThan(5_000)
    expect(await page.locator('.alerts, .header, [data-connection]').count()).toBe(0)
  })

  test('an issuer opens the page that was asked for, and whoever has no role there is told so', async () => {
    issuer.claims = { ...issuer.claims, groups: ['others'] }
    await open('?alert=a')
    await page.getByRole('link', { name: 'Sign in with your organisation' }).click()
    await page.getByText('You are known, but have no role here').waitFor()
    issuer.claims = { ...issuer.claims, groups: ['ops'] }
    await page.goto(`${gateway.url}/?alert=a`)
    await page.getByRole('link', { name: 'Sign in with your organisation' }).click()
    await page.getByText('li.wei').waitFor()
    expect(new URL(page.url()).search).toBe('?alert=a')
    await page.getByRole('dialog').waitFor()
  })
})
