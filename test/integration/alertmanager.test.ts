import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import type { AlertPhase } from '../../src/alerts/transition.ts'
import { openAlertmanagerPush } from '../../src/app/alertmanager.ts'
import { defaultNotify, loopback } from '../../src/app/config/notify.ts'
import { instant } from '../../src/event/instant.ts'
import { PlainEngine } from '../browser/plain-engine.ts'
import { alertOf, owners, quickDelivery } from '../browser/quick-delivery.ts'
import { freePort } from '../support/kafka/broker.ts'
import { WebhookReceiver } from '../support/notify/webhook-receiver.ts'
import { until } from '../support/until.ts'

/** Finds what hangs. */
const WITHIN_MS = 60_000
const PROGRAM = 'prometheus-alertmanager'
const isThere = hasAlertmanager()
const isRequired = process.env.CI === 'true'

test.skipIf(!isThere && !isRequired)(
  `a real Alertmanager is told what fires and that it is over, and amtool shows it${isThere || isRequired ? '' : ` (skipped: no ${PROGRAM})`}`,
  async () => {
    const receiver = await WebhookReceiver.start()
    onTestFinished(() => receiver.close())
    const url = await startAlertmanager(receiver.url)
    const engine = new PlainEngine([quickDelivery])
    const push = openAlertmanagerPush({
      view: engine,
      owners,
      config: { ...defaultNotify, allow: loopback, alertmanager: { members: [new URL(url)], language: 'en' } },
      version: '1',
      logger: pino({ level: 'silent' }),
    })
    onTestFinished(async () => push?.stop())
    const since = instant(Date.now() - 60_000)
    const announce = (state: AlertPhase) => {
      const segment = { warehouse: 'WH-2' }
      const at = instant(Date.now())
      engine.announce(
        alertOf({ id: 'a', rule: 'picking_slow', segment, state, from: 'firing', at, since, value: 400_000 }),
      )
    }
    announce('firing')
    const shown = await until('amtool shows the alert', WITHIN_MS, async () => {
      const [alert] = await alertsOf(url)
      return alert
    })
    expect(shown).toMatchObject({
      labels: {
        alertname: 'picking_slow',
        process: 'quick-delivery',
        stage: 'picking',
        severity: 'critical',
        warehouse: 'WH-2',
      },
      annotations: { summary: 'Picking in WH-2 is slow', state: 'firing' },
      status: { state: 'active' },
    })
    const sent = () => receiver.received.map(({ body }) => (JSON.parse(body) as { status: string }).status)
    await until('its receiver is told', WITHIN_MS, () => (sent().includes('firing') ? true : undefined))
    announce('resolved')
    await until('amtool shows nothing', WITHIN_MS, async () => ((await alertsOf(url)).length === 0 ? true : undefined))
    await until('its receiver is told that it is over', WITHIN_MS, () =>
      sent().includes('resolved') ? true : undefined,
    )
  },
)

/** @returns where it listens. */
async function startAlertmanager(webhook: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'stagewatch-alertmanager-'))
  const config = join(folder, 'alertmanager.yml')
  writeFileSync(
    config,
    `route: {receiver: told, group_by: [alertname], group_wait: 10ms, group_interval: 100ms}
receivers: [{name: told, webhook_configs: [{url: "${webhook}", send_resolved: true}]}]
`,
  )
  const address = `127.0.0.1:${await freePort()}`
  const child: ChildProcess = spawn(
    PROGRAM,
    [
      `--config.file=${config}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  )
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true })
  })
  const url = `http://${address}`
  await until('Alertmanager is ready', WITHIN_MS, async () => ((await fetch(`${url}/-/ready`)).ok ? true : undefined))
  return url
}

async function alertsOf(url: string): Promise<object[]> {
  const { stdout } = await promisify(execFile)('amtool', ['alert', 'query', '-o', 'json', `--alertmanager.url=${url}`])
  return JSON.parse(stdout) as object[]
}

function hasAlertmanager(): boolean {
  try {
    for (const program of [PROGRAM, 'amtool']) execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    // Not installed: the test is skipped and says so.
    return false
  }
}
