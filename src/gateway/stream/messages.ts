import type { AlertTransition } from '../../alerts/transition.ts'
import type { EngineView } from '../../engine/view.ts'
import { formatInstant, type Instant, instant } from '../../event/instant.ts'
import type { Alert } from '../../protocol/alert.ts'
import { alertView } from '../../protocol/alert-view.ts'
import type { ServerMessage } from '../../protocol/message.ts'
import { summarizeProcess } from '../../protocol/process-summary.ts'
import { isoOrNull, statisticsView } from '../../protocol/statistics-view.ts'
import { statusView } from '../../protocol/status-view.ts'
import { alertList } from '../alert-list.ts'
import type { RouteSources } from '../api/routes.ts'
import type { AlertHistory } from './alert-history.ts'
import { statisticsOf } from './channels.ts'
import { Edition } from './edition.ts'
import type { PushLatency } from './push-latency.ts'
import type { StreamLimits } from './stream-limits.ts'
import type { TagFilter, Tags } from './tag-filter.ts'

export type MessageSources = Pick<RouteSources, 'view' | 'owners' | 'brokers' | 'ingest' | 'health'>

/** What a state is asked for. */
export type Wanted = {
  /** Whose statistics; undefined: those of all. */
  readonly processes?: ReadonlySet<string> | undefined
  /** Of which alerts. */
  readonly filter?: TagFilter | undefined
}

/** Writes down what the engine says, with where that stands in time and in order. */
export class Messages {
  readonly #sources: MessageSources
  readonly #history: AlertHistory
  readonly #latency: PushLatency
  readonly #limits: StreamLimits
  #sequence = 0
  /** The state of everything, until something changes. */
  #whole: string | undefined

  constructor(sources: MessageSources, history: AlertHistory, latency: PushLatency, limits: StreamLimits) {
    this.#sources = sources
    this.#history = history
    this.#latency = latency
    this.#limits = limits
  }

  /** To be called when the engine shows something else than before. */
  changed(): void {
    this.#whole = undefined
  }

  alert(transition: AlertTransition, readAt: Instant | undefined): Edition {
    const { view, owners } = this.#sources
    const process = view.processes.find(({ name }) => name === transition.process)
    const { id } = transition
    const alert = alertView(transition, process, owners, view.overlayOf(id), view.marksOf(id))
    const { watermark } = alert.explanation
    return this.#history.add(offset => {
      const message = { ...this.#next(), as_of: alert.at, event_time: watermark, alert_offset: offset, alert }
      return new Edition('alerts', { type: 'alert', ...message }, { offset, tags: tagsOf(alert), readAt })
    })
  }

  /** @returns undefined: there is no such process. */
  statistics(name: string, readAt: Instant | undefined): Edition | undefined {
    const { view } = this.#sources
    const process = view.processes.find(candidate => candidate.name === name)
    if (process === undefined) return undefined
    const statistics = statisticsView(view, process, this.#limits.segments)
    const time = { as_of: statistics.as_of, event_time: isoOrNull(view.status(name).watermark) }
    return new Edition(statisticsOf(name), { type: 'statistics', ...this.#next(), ...time, statistics }, { readAt })
  }

  status(): Edition {
    const { view, health } = this.#sources
    const latency = this.#latency.recent(Date.now())
    return new Edition('status', {
      type: 'status',
      ...this.#next(),
      ...this.#time(),
      status: statusView(view, health()),
      ...(latency.length === 0 ? {} : { latency: [...latency] }),
    })
  }

  /** Everything as of now, as JSON. @param failed it was asked to go on from a position, and cannot be. */
  snapshot({ processes, filter }: Wanted, failed: boolean): string {
    const isWhole = processes === undefined && filter === undefined && !failed
    if (isWhole && this.#whole !== undefined) return this.#whole
    const { view, owners, health } = this.#sources
    const { activeAlerts: active, resolvedAlerts: resolved, segments } = this.#limits
    const wanted = (alert: Alert) => filter === undefined || filter(tagsOf(alert))
    const listed = alertList(view, owners, { active, resolved })
    const written = JSON.stringify({
      type: 'snapshot',
      ...this.#now(),
      alert_offset: this.#history.offset,
      processes: view.processes.map(process => this.#summary(process)),
      statistics: view.processes
        .filter(({ name }) => processes === undefined || processes.has(name))
        .map(process => statisticsView(view, process, segments)),
      alerts: listed.alerts.filter(wanted),
      active_alerts: listed.active,
      status: statusView(view, health()),
      ...(failed ? { recovered: false } : {}),
    } satisfies ServerMessage)
    if (isWhole) this.#whole = written
    return written
  }

  hello(): string {
    const { epoch, offset } = this.#history
    const { version } = this.#sources.health()
    return write({ type: 'hello', ...this.#now(), epoch, alert_offset: offset, version })
  }

  resumed(alertOffset: number): string {
    const { epoch } = this.#history
    return write({ type: 'resumed', ...this.#now(), epoch, alert_offset: alertOffset, recovered: true })
  }

  pong(): string {
    return write({ type: 'pong', ...this.#now() })
  }

  #summary(process: EngineView['processes'][number]) {
    const { owners, brokers, ingest } = this.#sources
    return summarizeProcess(process, owners, brokers, instant(Date.now()), ingest?.topics)
  }

  #next() {
    this.#sequence += 1
    return { sequence: this.#sequence, at: wallClock() }
  }

  #now() {
    return { sequence: this.#sequence, at: wallClock(), ...this.#time() }
  }

  /** Of all processes the furthest behind: everything shown is at least as new. */
  #time() {
    const { view } = this.#sources
    const status = view.processes.map(({ name }) => view.status(name))
    return {
      as_of: earliest(status.map(({ evaluatedAt }) => evaluatedAt)),
      event_time: earliest(status.map(({ watermark }) => watermark)),
    }
  }
}

const write = (message: ServerMessage): string => JSON.stringify(message)

const wallClock = (): string => formatInstant(instant(Date.now()))

const earliest = (instants: readonly (Instant | undefined)[]): string | null =>
  instants.length > 0 && instants.every(at => at !== undefined) ? isoOrNull(instant(Math.min(...instants))) : null

/** What an alert can be chosen by. */
function tagsOf({ process, rule, stage, measure, owner, severity, state }: Alert): Tags {
  const subject = { ...(stage === null ? {} : { stage }), ...(measure === null ? {} : { measure }) }
  return { process, rule, ...subject, owner, severity, state }
}
