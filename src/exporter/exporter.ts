import { collectDefaultMetrics, Registry } from 'prom-client'
import type { EngineView, ProcessStatus } from '../engine/view.ts'
import type { Instant } from '../event/instant.ts'
import type { AccessCounts } from '../gateway/access/sign-in.ts'
import type { PushLatency } from '../gateway/stream/push-latency.ts'
import type { Delivery } from '../notify/delivery.ts'
import type { IngestCounts } from '../protocol/ingest.ts'
import type { DeadLetterTopicHealth } from '../source/kafka/dead-letter-topic.ts'
import type { StoreHealth } from '../store/writing/writer.ts'
import { accessSamples } from './access-samples.ts'
import { alertSamples } from './alert-samples.ts'
import { Families } from './family.ts'
import { ingestSamples } from './ingest-samples.ts'
import { measureSamples } from './measure-samples.ts'
import { notificationSamples } from './notification-samples.ts'
import { partitionSamples } from './partition-samples.ts'
import { pushSamples } from './push-samples.ts'
import { stageSamples } from './stage-samples.ts'

/*
 * Prometheus text, read off the engine's memory when somebody scrapes: nothing is counted here, so an event costs the
 * exporter nothing, and a number can never differ from what the page shows. All labels come from definitions (process,
 * stage, measure, rule), from fixed lists (result, reason, state) or are bounded (segments); case ids never become labels.
 */

export type ExporterOptions = {
  readonly view: EngineView
  /** undefined: there is no store. */
  readonly storeHealth: () => StoreHealth | undefined
  /** Snapshots that could not be read since the start; without it nobody keeps any. */
  readonly damagedSnapshots?: () => number
  /** undefined: nobody listens to a stream. */
  readonly pushLatency?: Pick<PushLatency, 'counts'>
  /** undefined: nobody is notified. */
  readonly delivery?: Delivery
  /** undefined, as without this: dead letters go to no topic. */
  readonly deadLetterHealth?: () => DeadLetterTopicHealth | undefined
  /** Without it no events come by HTTP. */
  readonly ingestCounts?: () => readonly IngestCounts[]
  /** undefined: what is in force was read when the program started. */
  readonly reload?: { readonly last: { readonly at: Instant; readonly succeeded: boolean } } | undefined
  /** undefined: nobody signs in. */
  readonly signIn?: { counts(): AccessCounts } | undefined
  readonly version: string
  /** The wall clock; lags are measured against it. */
  readonly now: () => Instant
}

export type Exporter = {
  /** The samples of this moment in the text format 0.0.4. */
  metrics(): Promise<string>
}

/** Gauges whose names end in `_total`, against the naming rules that `promtool check metrics` holds. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

export function createExporter(options: ExporterOptions): Exporter {
  const { view, storeHealth, damagedSnapshots, delivery, deadLetterHealth = () => undefined } = options
  const { ingestCounts, reload, pushLatency, signIn, version, now } = options
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const name of misnamed) registry.removeSingleMetric(name)

  const families = new Families(registry)
  const buildInfo = families.gauge('stagewatch_build_info', 'Always 1; the version is a label.', ['version', 'node'])
  const damaged = families.counter(
    'stagewatch_snapshots_damaged_total',
    'Snapshots that could not be read, so that an older one was used.',
  )
  const freshness = freshnessSamples(families)
  const partitions = partitionSamples(families)
  const stages = stageSamples(families)
  const measures = measureSamples(families)
  const alerts = alertSamples(families)
  const store = storeSamples(families)
  const notifications = notificationSamples(families)
  const pushed = pushSamples(families)
  const deadLetters = deadLetterSamples(families)
  const ingest = ingestSamples(families)
  const reloads = reloadSamples(families)
  const access = accessSamples(families)

  return {
    async metrics() {
      families.clear()
      buildInfo({ version, node: process.version }, 1)
      for (const definition of view.processes) {
        const status = view.status(definition.name)
        freshness(status, now())
        partitions(status)
        stages(definition, view.statistics(definition.name))
        measures(definition, view.measureStatistics(definition.name))
        alerts(definition, view.alerts(definition.name))
      }
      store(storeHealth())
      damaged({}, damagedSnapshots?.())
      notifications(delivery, now())
      pushed(pushLatency?.counts() ?? [])
      deadLetters(deadLetterHealth())
      ingest(ingestCounts?.() ?? [])
      reloads(reload?.last)
      access(signIn?.counts())
      return registry.metrics()
    },
  }
}

function freshnessSamples(families: Families): (status: ProcessStatus, now: Instant) => void {
  const gauge = (name: string, help: string) => families.gauge(`stagewatch_${name}`, help, ['process'])
  const watermark = gauge('watermark_timestamp_seconds', 'Lowest watermark of the partitions, seconds since the epoch.')
  const watermarkLag = gauge('watermark_lag_seconds', 'How far the lowest watermark is behind the wall clock.')
  const evaluated = gauge('evaluation_timestamp_seconds', 'Last evaluation instant, seconds since the epoch.')
  const evaluationLag = gauge('evaluation_lag_seconds', 'How far the last evaluation is behind the wall clock.')
  const catchingUp = gauge('catching_up', '1: history is being read, 0: live.')
  const sourceUp = gauge(
    'source_up',
    '1: the source is connected and can be read, 0: it is not, or something of it cannot.',
  )
  const unknownEnds = gauge(
    'partitions_end_unknown',
    'Partitions whose end is not known: while there are any, values are partial.',
  )
  const casesInMemory = gauge('cases_in_memory', 'Cases in memory, ended ones that may still be corrected included.')

  return (status, now) => {
    const labels = { process: status.process }
    if (status.watermark !== undefined) {
      watermark(labels, status.watermark / 1_000)
      watermarkLag(labels, (now - status.watermark) / 1_000)
    }
    if (status.evaluatedAt !== undefined) {
      evaluated(labels, status.evaluatedAt / 1_000)
      evaluationLag(labels, (now - status.evaluatedAt) / 1_000)
    }
    catchingUp(labels, status.catchingUp ? 1 : 0)
    sourceUp(labels, status.source.kind === 'connected' ? 1 : 0)
    unknownEnds(labels, status.unknownEnds.length)
    casesInMemory(labels, status.casesInMemory)
  }
}

function storeSamples(families: Families): (health: StoreHealth | undefined) => void {
  const up = families.gauge(
    'stagewatch_store_up',
    '1: the store takes rows, 0: rows wait. Missing where there is none.',
  )
  const waiting = families.gauge('stagewatch_store_rows_waiting', 'Rows that the store has not acknowledged yet.')
  const written = families.counter('stagewatch_store_rows_written_total', 'Rows that the store has acknowledged.')
  return health => {
    if (health === undefined) return
    up({}, health.ok ? 1 : 0)
    waiting({}, health.waitingRows)
    written({}, health.writtenRows)
  }
}

function reloadSamples(
  families: Families,
): (last: { readonly at: Instant; readonly succeeded: boolean } | undefined) => void {
  const succeeded = families.gauge(
    'stagewatch_rules_last_reload_successful',
    '1: the rules that were read last are in force, 0: they were refused. Missing where they are read at the start only.',
  )
  const at = families.gauge(
    'stagewatch_rules_last_reload_timestamp_seconds',
    'When the rules were read last, seconds since the epoch.',
  )
  return last => {
    if (last === undefined) return
    succeeded({}, last.succeeded ? 1 : 0)
    at({}, last.at / 1_000)
  }
}

function deadLetterSamples(families: Families): (health: DeadLetterTopicHealth | undefined) => void {
  const up = families.gauge(
    'stagewatch_dead_letter_topic_up',
    '1: the topic of dead letters takes them, 0: they wait. Missing where none is configured.',
  )
  const waiting = families.gauge(
    'stagewatch_dead_letter_topic_waiting',
    'Dead letters that the topic does not have yet.',
  )
  const written = families.counter('stagewatch_dead_letter_topic_written_total', 'Dead letters written to the topic.')
  const refused = families.counter(
    'stagewatch_dead_letter_topic_refused_total',
    'Dead letters too large for the topic; the store has them.',
  )
  return health => {
    if (health === undefined) return
    up({}, health.problem === undefined ? 1 : 0)
    waiting({}, health.waiting)
    written({}, health.written)
    refused({}, health.refused)
  }
}
