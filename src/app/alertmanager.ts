import type { Logger } from 'pino'
import type { AlertTransition } from '../alerts/transition.ts'
import type { EngineView } from '../engine/view.ts'
import { formatInstant, type Instant, instant } from '../event/instant.ts'
import type { Json } from '../event/json.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import { AlertmanagerPush } from '../notify/alertmanager/push.ts'
import { AddressPolicy } from '../notify/http/address-policy.ts'
import { alertView } from '../protocol/alert-view.ts'
import { postableAlert } from '../protocol/channels/alertmanager.ts'
import type { Owners } from '../protocol/process-summary.ts'
import type { NotifyConfig } from './config/notify.ts'

/** Whoever is told no more takes an alert to be over after so long: some pushes may be lost before. */
const ENDS_AFTER_MS = 4 * 60_000
/** For so long it is told that an alert is over: some of that may be lost, too. */
const TELLS_END_FOR_MS = 5 * 60_000

type AlertsView = Pick<EngineView, 'processes' | 'alerts' | 'status' | 'onTransition'>

export type AlertmanagerParts = {
  readonly view: AlertsView
  readonly owners: Owners
  readonly config: NotifyConfig
  readonly version: string
  readonly logger: Logger
}

/** Keeps the members of an Alertmanager told of what fires; undefined where none is configured. */
export function openAlertmanagerPush(parts: AlertmanagerParts): Pick<AlertmanagerPush, 'health' | 'stop'> | undefined {
  const { view, owners, config, version, logger } = parts
  const { alertmanager, allow, timeLimitMs, page } = config
  if (alertmanager === undefined) return undefined
  const told = new ToldAlerts(view)
  const push = new AlertmanagerPush({
    policy: new AddressPolicy(allow),
    timeLimitMs,
    userAgent: `stagewatch/${version}`,
    now: Date.now,
    members: alertmanager.members,
    alertsAt: now =>
      told.at(now).map(({ transition, process, endsAt }): Json => {
        const about = { process_title: process.title, timezone: process.timezone, page: page ?? null }
        const alert = alertView(transition, process, owners)
        return postableAlert(alert, about, alertmanager.language, formatInstant(endsAt))
      }),
    logger,
  })
  const unsubscribe = view.onTransition(() => push.soon())
  return {
    health: () => push.health(),
    async stop() {
      unsubscribe()
      await push.stop()
    },
  }
}

export type ToldAlert = {
  readonly transition: AlertTransition
  readonly process: ProcessDefinition
  readonly endsAt: Instant
}

/**
 * What an Alertmanager is to be told: alerts that fire, recover or lack data, and for five minutes that one is over.
 *
 * What fires while its process catches up is of the past, and not told; what was told before goes on to be. Alertmanager tells
 * alerts apart by their labels, so of several episodes of one rule and segment only the last is told.
 */
export class ToldAlerts {
  readonly #view: Omit<AlertsView, 'onTransition'>
  /** Ids of the episodes that were told and are not over. */
  #told: ReadonlySet<string> = new Set()

  constructor(view: Omit<AlertsView, 'onTransition'>) {
    this.#view = view
  }

  at(now: Instant): ToldAlert[] {
    const told = this.#view.processes.flatMap(process => this.#of(process, now))
    this.#told = new Set(told.flatMap(({ transition: { id, state } }) => (state === 'resolved' ? [] : [id])))
    return told
  }

  #of(process: ProcessDefinition, now: Instant): ToldAlert[] {
    const { catchingUp } = this.#view.status(process.name)
    const latest = new Map<string, ToldAlert>()
    for (const transition of this.#view.alerts(process.name)) {
      const { id, rule, segment, state, at } = transition
      const isOver = state === 'resolved'
      if (isOver ? at < now - TELLS_END_FOR_MS : !isFiring(transition)) continue
      if (catchingUp && !isOver && !this.#told.has(id)) continue
      const key = JSON.stringify([rule, Object.entries(segment).sort()])
      const other = latest.get(key)
      if (other !== undefined && other.transition.at > at) continue
      latest.set(key, { transition, process, endsAt: isOver ? at : instant(now + ENDS_AFTER_MS) })
    }
    return [...latest.values()]
  }
}

const isFiring = ({ state }: AlertTransition): boolean =>
  state === 'firing' || state === 'recovering' || state === 'no_data'
