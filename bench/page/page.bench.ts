import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { instant } from '../../src/event/instant.ts'
import { evaluate } from '../../test/browser/people.ts'
import { PlainEngine } from '../../test/browser/plain-engine.ts'
import { alertOf, quickDelivery } from '../../test/browser/quick-delivery.ts'
import { ViewedPage } from '../../test/browser/viewed-page.ts'
import { RunningCommand } from '../../test/integration/support/command.ts'
import { freePort } from '../../test/support/kafka/broker.ts'
import { until, WillNotCome } from '../../test/support/until.ts'
import { machine, print } from '../machine.ts'

/*
 * The page in headless Chromium on this machine: how long a newcomer waits for his first alert, and what many updates cost.
 * It takes a build: npm run build.
 */

const FIRES_WITHIN_MS = 60_000

test('the first start, from an empty folder until the page shows an alert that fires', async () => {
  const data = mkdtempSync(join(tmpdir(), 'stagewatch-first-'))
  const viewed = await ViewedPage.start()
  const port = await freePort()
  const began = performance.now()
  const command = new RunningCommand(['start', '--port', String(port), '--data', data])
  try {
    const url = `http://127.0.0.1:${port}`
    await until('the page answers', FIRES_WITHIN_MS, async () => {
      if (!command.isRunning) throw new WillNotCome(`it has ended:\n${command.said}`)
      return (await fetch(url)).ok
    })
    const answers = performance.now() - began
    const page = await viewed.open({ through: url, awaits: 'body' })
    await page.locator('[data-alert][data-state="firing"]').first().waitFor({ timeout: FIRES_WITHIN_MS })
    const fires = performance.now() - began
    print(
      `the page answers after ${seconds(answers)}, and shows an alert that fires after ${seconds(fires)}`,
      machine(),
    )
    expect(fires).toBeLessThanOrEqual(FIRES_WITHIN_MS)
  } finally {
    command.tell('SIGKILL')
    await command.ended
    await viewed.close()
    rmSync(data, { recursive: true, force: true })
  }
})

const UPDATES_PER_SECOND = 50
const FOR_MS = 60_000

test(`${UPDATES_PER_SECOND} updates a second for ${FOR_MS / 1_000} s`, async () => {
  const engine = new PlainEngine([quickDelivery])
  const viewed = await ViewedPage.start()
  try {
    await viewed.serve(engine)
    evaluate(engine)
    let messages = 0
    const page = await viewed.open({ heard: frame => (messages += frame.split('\n').length) })
    const debug = await page.context().newCDPSession(page)
    const heapBytes = async () => {
      await debug.send('HeapProfiler.collectGarbage')
      return (await debug.send('Runtime.getHeapUsage')).usedSize
    }
    await page.evaluate(
      `globalThis.longTasks = []; new PerformanceObserver(list => longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' })`,
    )
    // One that is there is seen.
    await page.evaluate('setTimeout(() => { const end = performance.now() + 120; while (performance.now() < end); })')
    await until('a long task is seen', 10_000, () => page.evaluate<boolean>('longTasks.length > 0'))
    const update = (turn: number) => {
      // Statistics of one process are merged to ten a second; alerts are not.
      if (turn % 5 === 0) return evaluate(engine, 1 + (turn % 37) / 20, turn)
      const at = instant(Date.now())
      const states = ['firing', 'recovering'] as const
      engine.announce(
        alertOf({
          id: `alert-${turn % 20}`,
          rule: 'picking_slow',
          segment: { warehouse: `WH-${1 + (turn % 4)}` },
          state: states[turn % 2] ?? 'firing',
          from: 'pending',
          at,
          since: instant(at - 60_000),
          value: 200_000 + turn,
        }),
      )
    }
    let turn = 0
    const play = async (forMs: number) => {
      const began = performance.now() - (turn * 1_000) / UPDATES_PER_SECOND
      for (const last = turn + (forMs / 1_000) * UPDATES_PER_SECOND; turn < last; turn++) {
        update(turn)
        const next = began + ((turn + 1) * 1_000) / UPDATES_PER_SECOND
        await new Promise(resolve => setTimeout(resolve, Math.max(0, next - performance.now())))
      }
    }
    await play(5_000)
    messages = 0
    await page.evaluate('longTasks.length = 0')
    const before = await heapBytes()
    const cpuBefore = await taskSeconds(debug)
    await play(FOR_MS)
    const durations = await page.evaluate<readonly number[]>('longTasks')
    const cpu = (await taskSeconds(debug)) - cpuBefore
    const after = await heapBytes()
    const total = durations.reduce((sum, duration) => sum + duration, 0)
    print(
      `${(FOR_MS / 1_000) * UPDATES_PER_SECOND} updates, ${messages} messages: ${durations.length} tasks of more than 50 ms, the longest ${Math.round(Math.max(0, ...durations))} ms, ` +
        `${Math.round(total)} ms in all; main thread busy ${((cpu / FOR_MS) * 100_000).toFixed(0)} % of the time`,
      `heap ${mebibytes(before)} before, ${mebibytes(after)} after`,
      machine(),
    )
    expect(viewed.complaints).toEqual([])
    expect(after - before).toBeLessThan(10 * 1_048_576)
  } finally {
    await viewed.close()
  }
})

type Debug = { send(method: 'Performance.enable' | 'Performance.getMetrics'): Promise<unknown> }

async function taskSeconds(debug: Debug): Promise<number> {
  await debug.send('Performance.enable')
  const { metrics } = (await debug.send('Performance.getMetrics')) as {
    readonly metrics: readonly { readonly name: string; readonly value: number }[]
  }
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
const mebibytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`
