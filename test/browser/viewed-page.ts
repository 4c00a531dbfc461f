import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { type Instant, instant } from '../../src/event/instant.ts'
import { type Gateway, type GatewayOptions, startGateway } from '../../src/gateway/gateway.ts'
import { noSilences } from '../support/no-silences.ts'
import { until } from '../support/until.ts'
import type { PlainEngine } from './plain-engine.ts'
import { PlainHistory } from './plain-history.ts'
import { owners } from './quick-delivery.ts'

const executablePath = '/usr/bin/chromium'
/** Without it browser tests are skipped, but never where all tests are required. */
export const hasChromium = existsSync(executablePath) || process.env.CI === 'true'
export const whyNoBrowser = hasChromium ? '' : ' (skipped: no Chromium at /usr/bin/chromium)'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** Finds what hangs, not what is slow. */
const SHOWN_WITHIN_MS = 30_000
/** Where pictures of the page go, for a person to look at. */
const shots = join(tmpdir(), 'shots')

const FRESH = '[data-connection="fresh"]'

export const wallClock = (): Instant => instant(Date.now())

export type Look = {
  readonly scheme?: 'light' | 'dark'
  readonly language?: 'en' | 'zh'
  readonly width?: number
  readonly query?: string
  /** In place of the server's own address. */
  readonly through?: string
  /** What it has to show before anything else; default: that its numbers are fresh. */
  readonly awaits?: string
  /** Is told every text frame that the page receives over its sockets. */
  readonly heard?: (frame: string) => void
}

/** The built page in one browser, against the real gateway; only the engine and the store behind it are plain data. */
export class ViewedPage {
  readonly #browser: Browser
  readonly #assets: string
  #context: BrowserContext | undefined
  #page: Page | undefined
  #gateway: Gateway | undefined
  /** What the browser complained of: errors of scripts, and what its policies refused. */
  readonly complaints: string[] = []

  private constructor(browser: Browser, assets: string) {
    this.#browser = browser
    this.#assets = assets
  }

  static async start(): Promise<ViewedPage> {
    const assets = await mkdtemp(join(tmpdir(), 'stagewatch-dashboard-'))
    await build({
      root: join(root, 'src/dashboard'),
      configFile: join(root, 'vite.config.ts'),
      logLevel: 'error',
      build: { outDir: assets },
    })
    await mkdir(shots, { recursive: true })
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
    return new ViewedPage(await chromium.launch({ executablePath, args }), assets)
  }

  get page(): Page {
    if (this.#page === undefined) throw new Error('no page is open')
    return this.#page
  }

  get url(): string {
    if (this.#gateway === undefined) throw new Error('nothing is served')
    return this.#gateway.url
  }

  /** A gateway in the place of the one before, whose page is closed: it would complain that nobody answers any more. */
  async serve(view: PlainEngine, options: Partial<GatewayOptions> = {}): Promise<void> {
    await this.#context?.close()
    this.#context = undefined
    this.#page = undefined
    await this.#gateway?.close()
    this.#gateway = await startGateway({
      host: '127.0.0.1',
      port: 0,
      view,
      owners,
      brokers: ['kafka-1:9092'],
      history: new PlainHistory(wallClock()),
      health: () => ({
        version: '0.1.0',
        startedAt: wallClock(),
        store: { ok: true, waitingRows: 0, writtenRows: 12 },
      }),
      act: async () => ({ outcome: 'unknown-alert' }),
      silences: noSilences,
      outbox: () => ({ queued: [], dead: [], disabled: [], heldBack: [], alertmanagers: [] }),
      redrive: async () => 'unknown',
      metrics: async () => '',
      assets: this.#assets,
      logger: pino({ level: 'silent' }),
      ...options,
    })
  }

  /** A page of its own in the place of the one before, once it has heard from the server. */
  async open({
    scheme = 'light',
    language = 'en',
    width = 1440,
    query = '',
    through,
    awaits = FRESH,
    heard,
  }: Look = {}): Promise<Page> {
    await this.#context?.close()
    this.#context = await this.#browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: scheme,
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      timezoneId: 'Europe/Berlin',
    })
    this.#context.setDefaultTimeout(SHOWN_WITHIN_MS)
    this.#page = await this.#context.newPage()
    this.#page.on('pageerror', error => this.complaints.push(String(error)))
    this.#page.on('console', message => {
      // The browser reports each refusal and each server that has gone, too; the page tells of them itself.
      if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text()))
        this.complaints.push(message.text())
    })
    if (heard !== undefined) {
      this.#page.on('websocket', socket => socket.on('framereceived', ({ payload }) => heard(String(payload))))
    }
    await this.#page.goto((through ?? this.url) + query)
    await this.#page.locator(awaits).waitFor()
    return this.#page
  }

  seen = (selector: string) => this.page.locator(selector).first().waitFor()
  gone = (selector: string) => this.page.locator(selector).waitFor({ state: 'detached' })

  /** Waits until an element says something, all of it or a part; where it does not, what it said last is told. */
  async says(selector: string, expected: string | RegExp): Promise<void> {
    let said: string | null = null
    await until(
      () => `${selector} says ${expected}; it said: ${said}`,
      SHOWN_WITHIN_MS,
      async () => {
        said = await this.page.locator(selector).first().textContent()
        const isSaid = typeof expected === 'string' ? said?.includes(expected) : said !== null && expected.test(said)
        return isSaid ? true : undefined
      },
    )
  }

  /** How many pixels the page is wider than the window. */
  spill = (): Promise<number> => this.page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')

  shoot = async (name: string) => {
    await this.page.screenshot({ path: join(shots, `${name}.png`), fullPage: true })
  }

  async close(): Promise<void> {
    await this.#context?.close()
    await this.#gateway?.close()
    await this.#browser.close()
    await rm(this.#assets, { recursive: true, force: true })
  }
}
