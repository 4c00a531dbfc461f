import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stagewatch } from '../../test/integration/support/command.ts'
import { type Broker, startBroker } from '../../test/support/kafka/broker.ts'
import { machine, print, whole } from '../machine.ts'
import { type Alerting, measureAlerting } from './alerting.ts'
import { liveRate, nameOf, partitions, probes, records, type Setup, setups } from './plan.ts'
import { measureReading, type Reading } from './reading.ts'

/*
 * Two questions, for each client and number of workers: how many events a second go from a topic of Kafka through
 * windows to judged rules, and where does the CPU time go? And how long is it, under half of that load, from an event to
 * its alert on the WebSocket?
 *
 * The broker runs on the same machine, a real one with the settings of the tests; the program is the built one with
 * the defaults that are shipped, its embedded store included; and once with a hundredth of the visits stored. The topic holds records of 190 bytes of JSON and a key of
 * 14, written by `stagewatch simulate`; the rules are those of the demo and one with `for: 0s`. CPU time by part is that
 * of the JavaScript threads, by profile (which itself takes some hundredths); `others` is the rest of the process: ClickHouse, compiling, collecting garbage
 * beside the program.
 */
const LONG_MS = 1_200_000
const TOPIC = 'bench.reading'

const folder = mkdtempSync(join(tmpdir(), 'stagewatch-kafka-'))
let broker: Broker | undefined
const readings = new Map<Setup, Reading>()
const alertings = new Map<Setup, Alerting>()

beforeAll(async () => {
  broker = await startBroker({ folder })
  const { records_per_second } = await simulate(TOPIC, '--count', String(records), '--rate', '10000', '--at-once')
  print(machine(), `${whole(records)} records written, ${whole(records_per_second)} a second`)
}, LONG_MS)

afterAll(async () => {
  await broker?.stop()
  rmSync(folder, { recursive: true, force: true })
  if (readings.size + alertings.size > 0) print('', ...table())
})

async function simulate(topic: string, ...args: string[]): Promise<{ readonly records_per_second: number }> {
  const into = ['--brokers', broker?.brokers ?? '', '--topic', topic, '--create', '--partitions', String(partitions)]
  const { code, stdout, stderr } = await stagewatch('simulate', ...into, ...args, '--json')
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

for (const setup of setups) {
  test(`${nameOf(setup)}: from a topic to judged rules`, { timeout: LONG_MS }, async () => {
    const { brokers } = broker as Broker
    const brokerPid = Number(readFileSync(join(folder, 'broker.pid'), 'utf8'))
    const reading = await measureReading(setup, { brokers, brokerPid, topic: TOPIC, records })
    readings.set(setup, reading)
    expect(reading.perSecond).toBeGreaterThan(0)
  })

  test(`${nameOf(setup)}: from an event to its alert`, { timeout: LONG_MS }, async () => {
    const rate = Math.round(liveRate ?? (readings.get(setup)?.perSecond ?? 0) / 2)
    const topic = `bench.alerting.${setups.indexOf(setup)}`
    await simulate(topic, '--count', '1', '--at-once')
    const { brokers } = broker as Broker
    const alerting = await measureAlerting(setup, { brokers, topic, rate, probes })
    alertings.set(setup, alerting)
    expect(alerting.latencies).toHaveLength(probes)
  })
}

function table(): string[] {
  const parts = ['client', 'decode', 'fold', 'rules', 'store', 'page', 'garbage', 'native', 'rest']
  const figure = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(2))
  const lines = [...readings].map(([setup, { perSecond, cpu, parts: taken, brokerCpu }]) => {
    const inScript = [...taken.values()].reduce((sum, seconds) => sum + seconds, 0)
    const figures = [cpu, ...parts.map(part => taken.get(part) ?? 0), cpu - inScript, brokerCpu]
    return `| ${[nameOf(setup), whole(perSecond), ...figures.map(figure)].join(' | ')} |`
  })
  const headings = ['CPU seconds per million events', 'events/s', 'process', ...parts, 'others', 'broker']
  const alerts = [...alertings].map(([setup, { latencies, rate }]) => {
    const at = (share: number) => `${whole(latencies[Math.ceil(share * latencies.length) - 1] ?? Number.NaN)} ms`
    return `| ${[nameOf(setup), whole(rate), at(0.5), at(0.99), at(1)].join(' | ')} |`
  })
  return [
    `| ${headings.join(' | ')} |`,
    `|${headings.map(() => ' --- |').join('')}`,
    ...lines,
    '',
    `| from an event to its alert, ${probes} times | events/s meanwhile | p50 | p99 | longest |`,
    '| --- | --- | --- | --- | --- |',
    ...alerts,
  ]
}
