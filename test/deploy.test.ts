import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { unmarked } from '../src/alerts/alert-marks.ts'
import { untouched } from '../src/alerts/overlay.ts'
import { loadConfig } from '../src/app/config.ts'
import type { EngineView } from '../src/engine/view.ts'
import { instant } from '../src/event/instant.ts'
import { createExporter } from '../src/exporter/exporter.ts'
import { PlainEngine } from './browser/plain-engine.ts'
import { statisticsOf, statusAt } from './browser/quick-delivery.ts'
import { measuredDelivery, measureStatistics } from './browser/revenue.ts'

// No container engine is at hand where these run: they hold what can be held without one.

const top = fileURLToPath(new URL('../', import.meta.url))
const textOf = (path: string) => readFileSync(join(top, path), 'utf8')

type Service = {
  readonly image?: string
  readonly build?: string
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>
}

const compose = parse(textOf('docker-compose.yml')) as {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}
const services = Object.entries(compose.services)

test('docker-compose has Kafka, ClickHouse, Prometheus, Grafana and Stagewatch, each from an image of a fixed version', () => {
  expect(Object.keys(compose.services)).toEqual(
    expect.arrayContaining(['kafka', 'clickhouse', 'prometheus', 'grafana', 'stagewatch']),
  )
  for (const [name, { image, build }] of services) {
    if (build === undefined) expect(image, name).toMatch(/^[\w./-]+:v?\d+\.\d+/)
    else expect(existsSync(join(top, build, 'Dockerfile')), name).toBe(true)
  }
})

test('everything that docker-compose mounts is there, and every named volume is declared', () => {
  const mounts = services.flatMap(([, { volumes }]) => (volumes ?? []).map(volume => volume.split(':')[0] ?? ''))
  expect(mounts.length).toBeGreaterThan(0)
  for (const source of mounts) {
    if (source.startsWith('.')) expect(existsSync(join(top, source)), source).toBe(true)
    else expect(Object.keys(compose.volumes)).toContain(source)
  }
})

test('what depends on a service depends on one that exists', () => {
  for (const [, { depends_on: needed = [] }] of services) {
    for (const name of Array.isArray(needed) ? needed : Object.keys(needed)) {
      expect(Object.keys(compose.services)).toContain(name)
    }
  }
})

test('no port is published beyond this machine, since not everything asks to sign in', () => {
  for (const port of services.flatMap(([, service]) => service.ports ?? [])) expect(port).toMatch(/^127\.0\.0\.1:/)
})

test('the image is built from files that exist', () => {
  const copied = [...textOf('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(match =>
    match[1]!.split(' '),
  )
  expect(copied.length).toBeGreaterThan(0)
  for (const file of copied) expect(existsSync(join(top, file)), file).toBe(true)
})

test('the configuration of the container is accepted, and reaches the services by their names', () => {
  const config = loadConfig(textOf('deploy/stagewatch.yaml'), '/etc/stagewatch/stagewatch.yaml', {
    env: name => ({ CLICKHOUSE_PASSWORD: 'secret', STAGEWATCH_ADMIN_TOKEN: 'a'.repeat(32) })[name],
    readFile: path => textOf(path),
  })
  const store = config.store.kind === 'server' ? new URL(config.store.url).hostname : undefined
  expect(Object.keys(compose.services)).toEqual(
    expect.arrayContaining([store, ...(config.kafka?.brokers ?? []).map(broker => broker.split(':')[0])]),
  )
  expect(config.http.signIn?.tokens).toMatchObject([{ name: 'admin', role: 'admin' }])
  const scraped = parse(textOf('deploy/prometheus.yml')) as {
    scrape_configs: { static_configs: { targets: string[] }[] }[]
  }
  const targets = scraped.scrape_configs.flatMap(job => job.static_configs.flatMap(({ targets: some }) => some))
  expect(targets).toEqual([`stagewatch:${config.http.metricsAt?.port}`])
  expect(compose.services.stagewatch?.ports?.join()).not.toContain(String(config.http.metricsAt?.port))
  expect(config).toMatchObject({ data: '/data', rules: '/etc/stagewatch/rules', store: { password: 'secret' } })
})

test('the topics of the shipped process are those that docker-compose creates', () => {
  const { sources } = parse(textOf('rules/order-fulfilment.yaml')) as { sources: { topics: string[] }[] }
  const command = (compose.services.topics as { command: string[] }).command
  expect(sources.flatMap(source => source.topics)).toEqual(command.filter((_, i) => command[i - 1] === '--topic'))
})

const dashboard = JSON.parse(textOf('deploy/grafana/dashboards/stagewatch.json')) as {
  readonly panels: readonly {
    readonly id: number
    readonly title: string
    readonly datasource: { readonly uid: string }
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[]
  }[]
}
const queries = dashboard.panels.flatMap(panel => panel.targets.map(target => target.expr))

test('every metric that the dashboard shows is one that the exporter has', async () => {
  const view: EngineView = {
    processes: [],
    status: () => {
      throw new Error('there is no process')
    },
    statistics: () => [],
    measureStatistics: () => [],
    openStage: () => undefined,
    deadlinesOf: async () => [],
    explain: () => undefined,
    alerts: () => [],
    actionsOf: () => [],
    overlayOf: () => untouched,
    marksOf: () => unmarked,
    onAction: () => () => {},
    onTransition: () => () => {},
    onEvaluation: () => () => {},
  }
  const storeHealth = () => ({ ok: true, waitingRows: 0, writtenRows: 0 })
  const text = await createExporter({ view, storeHealth, version: '0', now: () => instant(0) }).metrics()
  const exported = [...text.matchAll(/^# TYPE (\S+)/gm)].map(match => match[1])
  const shown = new Set(queries.flatMap(query => query.match(/stagewatch_\w+/g) ?? []))
  expect(shown.size).toBeGreaterThan(5)
  for (const metric of shown) expect(exported).toContain(metric)
})

/** What Prometheus would read of the process with measures. */
async function measuredSamples(): Promise<string> {
  const now = instant(Date.UTC(2026, 10, 23, 7))
  const view = new PlainEngine([measuredDelivery])
  view.evaluate(statusAt(now), statisticsOf(1), measureStatistics)
  const storeHealth = () => ({ ok: true, waitingRows: 0, writtenRows: 0 })
  return createExporter({ view, storeHealth, version: '0', now: () => now }).metrics()
}

test('the panels of the measures select samples that the exporter writes, and name labels that these have', async () => {
  const samples = (await measuredSamples()).split('\n')
  const targets = dashboard.panels.flatMap(panel => panel.targets)
  const ofMeasures = targets.filter(({ expr }) => expr.includes('stagewatch_measure_'))
  const metrics = new Set<string>()
  for (const { expr, legendFormat } of ofMeasures) {
    for (const [, metric = '', matchers = ''] of expr.matchAll(/(stagewatch_measure_\w+)\{([^}]*)\}/g)) {
      metrics.add(metric)
      const exact = matchers.split(', ').filter(matcher => !matcher.includes('=~'))
      const found = samples.filter(line => line.startsWith(`${metric}{`) && exact.every(part => line.includes(part)))
      expect(found.length, expr).toBeGreaterThan(0)
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(found[0]).toContain(`${label}="`)
    }
  }
  expect([...metrics]).toEqual([
    'stagewatch_measure_amount',
    'stagewatch_measure_segment_amount',
    'stagewatch_measure_segment_events',
  ])
})

test('no panel of the dashboard lies over another one, and each has a number of its own', () => {
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
  const taken = new Map<string, string>()
  for (const { title, gridPos } of dashboard.panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.get(`${x} ${y}`), title).toBeUndefined()
        taken.set(`${x} ${y}`, title)
      }
    }
  }
})

test('the dashboard asks the data source that is provisioned', () => {
  const provisioned = parse(textOf('deploy/grafana/provisioning/datasources/prometheus.yaml')) as {
    datasources: { uid: string }[]
  }
  const uids = new Set(dashboard.panels.map(panel => panel.datasource.uid))
  expect([...uids]).toEqual(provisioned.datasources.map(source => source.uid))
})

const promtool = spawnSync('promtool', ['--version']).status === 0
const promtoolRequired = process.env.CI === 'true'
test.skipIf(!promtool && !promtoolRequired)(
  `Prometheus accepts its configuration and the queries of the dashboard${promtool || promtoolRequired ? '' : ' (skipped: no promtool)'}`,
  () => {
    execFileSync('promtool', ['check', 'config', join(top, 'deploy/prometheus.yml')], { stdio: 'pipe' })
    const folder = mkdtempSync(join(tmpdir(), 'stagewatch-queries-'))
    try {
      const asked = queries.map(query =>
        query.replaceAll('$process', '.*').replaceAll('$stage', '.*').replaceAll('$__range', '1h'),
      )
      const rules = asked.map((expr, index) => ({ record: `query_${index}`, expr }))
      // JSON is YAML too.
      writeFileSync(join(folder, 'queries.yml'), JSON.stringify({ groups: [{ name: 'queries', rules }] }))
      execFileSync('promtool', ['check', 'rules', join(folder, 'queries.yml')], { stdio: 'pipe' })
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)

test('what compiles node-rdkafka says which tool is missing, and how to get it', () => {
  const tools = mkdtempSync(join(tmpdir(), 'stagewatch-tools-'))
  for (const tool of ['sh', 'dirname', 'node', 'npm']) {
    symlinkSync(execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim(), join(tools, tool))
  }
  const { status, stderr } = spawnSync('sh', [join(top, 'deploy/install-node-rdkafka.sh')], {
    env: { PATH: tools },
    encoding: 'utf8',
  })
  rmSync(tools, { recursive: true })
  expect(status).toBe(1)
  expect(stderr).toBe(
    'install-node-rdkafka: cc is not installed; on Debian and Ubuntu: apt-get install build-essential python3 libssl-dev zlib1g-dev libzstd-dev\n',
  )
})
