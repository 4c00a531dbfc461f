import { expect, test } from 'vitest'
import { runBuilt } from '../built.ts'
import { machine, median, print } from '../machine.ts'

/*
 * How long is it until the last of many clients has an alert, what does that cost the server, and does one client that
 * reads nothing hurt the others? The clients are in a process of their own on the same machine, so where it has two cores
 * half of the time is theirs. Centrifugo's wire, loopback, 30 alerts a run after ten to warm up.
 */

const RUNS = 3

type FanOut = {
  readonly toLastMs: number
  readonly worstMs: number
  readonly pushMs: number
  readonly cpuMicrosecondsAMessage: number
}

test.each([
  [1_000, 300],
  [5_000, 300],
  [1_000, 0],
  [5_000, 0],
])('one alert to %i clients, %i bytes (0: a whole one)', (clients, bytes) => {
  const runs = Array.from({ length: RUNS }, () => run<FanOut>('fan-out', clients, bytes))
  const told = (pick: (one: FanOut) => number, digits = 1) => median(runs.map(pick)).toFixed(digits)
  print(
    `${clients} clients, ${bytes === 0 ? 'a whole alert' : `${bytes} bytes`}: ` +
      `last one after ${told(one => one.toLastMs)} ms (worst ${told(one => one.worstMs)}), ` +
      `handed over in ${told(one => one.pushMs)} ms, server CPU ${told(one => one.cpuMicrosecondsAMessage, 2)} µs a message`,
    machine(),
  )
  expect(runs.every(({ toLastMs }) => toLastMs > 0)).toBe(true)
})

test('two hundred clients, one of which reads nothing', () => {
  type Stalled = { readonly p99Ms: number; readonly p99StalledMs: number; readonly moreBytes: number }
  const runs = Array.from({ length: RUNS }, () => run<Stalled>('stalled', 200))
  const told = (pick: (one: Stalled) => number) => median(runs.map(pick))
  const [before, after, more] = [told(one => one.p99Ms), told(one => one.p99StalledMs), told(one => one.moreBytes)]
  print(
    `200 clients, 50 alerts a second: p99 ${before.toFixed(1)} ms; one of them stalled: ${after.toFixed(1)} ms, ` +
      `${(more / 1_048_576).toFixed(1)} MiB more`,
    machine(),
  )
  expect(after).toBeLessThanOrEqual(2 * before)
  expect(more).toBeLessThanOrEqual(5 * 1_048_576)
})

const run = <Figures>(...words: readonly (string | number)[]): Figures =>
  JSON.parse(runBuilt('push/pushing', words.map(String))) as Figures
