import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { SilenceBook } from '../alerts/silence-book.ts'
import type { AlertTransition } from '../alerts/transition.ts'
import { type AskDues, LiveView } from '../engine/live-view.ts'
import type { ProcessEngine } from '../engine/process-engine.ts'
import { type Instant, instant } from '../event/instant.ts'
import { createExporter } from '../exporter/exporter.ts'
import type { ReloadSources } from '../gateway/api/operations.ts'
import { type Gateway, startGateway } from '../gateway/gateway.ts'
import type { ListenOptions } from '../gateway/server.ts'
import { PushLatency } from '../gateway/stream/push-latency.ts'
import type { Journal } from '../journal/journal.ts'
import type { Definitions } from '../model/definitions.ts'
import type { DeadLetterTopicHealth } from '../source/kafka/dead-letter-topic.ts'
import type { Store } from '../store/store.ts'
import type { DefinitionRow } from '../store/writing/tables/definitions.ts'
import type { StoreHealth } from '../store/writing/writer.ts'
import { AlertActions, type AlertActionsParts } from './alert-actions.ts'
import { openAlertmanagerPush } from './alertmanager.ts'
import { auditOfStart } from './audit-of-start.ts'
import type { Opened } from './closing.ts'
import type { NotifyConfig } from './config/notify.ts'
import type { ResolvedContactPoint } from './contact-points.ts'
import { type Feed, feedOf } from './feed.ts'
import type { FullDisk } from './full-disk.ts'
import { Hushing } from './hushing.ts'
import type { EventIngest } from './ingest/event-ingest.ts'
import { Notifications } from './notifications.ts'
import { type Reload, refusalOf } from './reloading.ts'
import { Silences } from './silences.ts'

export type WatchingParts = {
  readonly definitions: Definitions
  readonly contactPoints: ReadonlyMap<string, ResolvedContactPoint>
  readonly engines: readonly ProcessEngine[]
  /** Definitions that are others than before. */
  readonly changed: readonly DefinitionRow[]
  readonly replaces: boolean
  readonly journal: Journal
  /** Names the journal's audit among those of others in the same store. */
  readonly installation: string
  readonly store: Store
  readonly storeHealth: () => StoreHealth
  readonly deadLetterHealth: () => DeadLetterTopicHealth | undefined
  readonly http: ListenOptions
  readonly notify: NotifyConfig
  readonly brokers: readonly string[] | undefined
  readonly ingest?: EventIngest | undefined
  readonly disk: FullDisk
  readonly startedAt: Instant
  readonly askDues: AskDues
  readonly resolve: AlertActionsParts['resolve']
  readonly damagedSnapshots: () => number
  /** When the newest state of a partition was saved; undefined: none was. */
  readonly savedAt: (process: string, partition: number) => Promise<Instant | undefined>
  /** undefined: the rules are read at the start only. */
  readonly reload?: Reload | undefined
  readonly logger: Logger
  readonly fail: (error: Error) => void
}

export type Watching = {
  readonly view: LiveView
  readonly hushing: Hushing
  readonly feed: Feed
  readonly notifications: Notifications
  readonly gateway: Gateway
}

/** Goes on from what a journal has: alerts are shown, ClickHouse gets what it lacks, messages leave; and listens. */
export async function openWatching(parts: WatchingParts, { running, held }: Opened): Promise<Watching> {
  const { engines, journal, store, logger, startedAt } = parts
  const { transitions, actions, unfed, tornBytes } = journal.recover()
  if (tornBytes > 0) logger.warn({ tornBytes }, 'the journal ended in a torn line, which nobody had relied on')
  // A process that is no longer among the rules is shown no more; what it left is history all the same.
  const isWatched = ({ process }: AlertTransition) => engines.some(engine => engine.process.name === process)
  const watched = transitions.filter(isWatched)
  const silencing = new SilenceBook(journal.recover().silences)
  const hushing: Hushing = new Hushing({
    silences: silencing,
    overlayOf: alert => view.overlayOf(alert),
    processes: parts.definitions.processes,
    inhibitRules: parts.definitions.inhibitRules ?? [],
    transitions: watched,
    now: Date.now,
  })
  const view: LiveView = new LiveView(engines, startedAt, parts.askDues, hushing)
  view.add(watched, false)
  const feed = feedOf(journal, store, parts.installation, logger)
  // Those of the last day once more: ClickHouse acknowledges before its own disk has been synced.
  store.write({ transitions, actions })
  feed(unfed)
  for (const record of auditOfStart(parts.changed, parts.replaces, startedAt)) {
    feed({ audit: [await journal.audit(record)] })
  }
  // Before anything is told: what is snoozed is not.
  const people = new AlertActions({ journal, view, feed, resolve: parts.resolve, now: Date.now })
  const silences = new Silences({ journal, book: silencing, view, feed, now: Date.now })
  held.push(async () => silences.stop())
  const { definitions, contactPoints, notify: config, disk, fail } = parts
  const version = versionOf()
  const notifications = new Notifications({
    ...{ definitions, contactPoints, config, journal, disk, version, logger },
    isQuiet: (alert, now) => hushing.isQuiet(alert, now),
    overlayOf: alert => view.overlayOf(alert),
    holdsEnd: (alert, now) => hushing.holdsEnd(alert, now),
    flappingOf: (alert, now) => hushing.flappingOf(alert, now),
    fail,
  })
  held.push(() => notifications.stop())
  const push = openAlertmanagerPush({ view, owners: definitions.owners, config, version, logger })
  held.push(async () => push?.stop())
  const gateway = await openGateway(parts, view, notifications, push, people, silences)
  running.push(() => gateway.close())
  return { view, hushing, feed, notifications, gateway }
}

function openGateway(
  parts: WatchingParts,
  view: LiveView,
  notifications: Notifications,
  push: ReturnType<typeof openAlertmanagerPush>,
  people: AlertActions,
  silences: Silences,
): Promise<Gateway> {
  const { store, storeHealth, deadLetterHealth, damagedSnapshots, startedAt, reload } = parts
  const version = versionOf()
  const now = (): Instant => instant(Date.now())
  const { delivery } = notifications
  const latency = new PushLatency()
  const exporter = createExporter({
    view,
    storeHealth,
    damagedSnapshots,
    delivery,
    deadLetterHealth,
    ingestCounts: () => parts.ingest?.counts() ?? [],
    reload,
    signIn: parts.http.access?.signIn,
    pushLatency: latency,
    version,
    now,
  })
  return startGateway({
    ...parts.http,
    view,
    owners: parts.definitions.owners,
    act: request => people.act(request),
    silences,
    brokers: parts.brokers,
    ingest: parts.ingest,
    history: store,
    savedAt: parts.savedAt,
    health: () => ({ version, startedAt, store: storeHealth() }),
    outbox: () => ({ ...notifications.view(), alertmanagers: push?.health() ?? [] }),
    redrive: id => notifications.redrive(id),
    reload: reload && (() => prepared(reload)),
    metrics: () => exporter.metrics(),
    latency,
    assets: fileURLToPath(new URL('../dashboard/', import.meta.url)),
    logger: parts.logger.child({}, { level: 'warn' }),
  })
}

/** What is wrong with the rules is told to whoever asked. */
function prepared(reload: Reload): ReturnType<NonNullable<ReloadSources['reload']>> {
  try {
    return reload.prepare()
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === undefined) throw error
    return refusal
  }
}

const versionOf = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
