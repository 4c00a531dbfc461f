import type { Alert } from '../../protocol/alert.ts'
import type { Latency, ServerMessage } from '../../protocol/message.ts'
import type { ProcessSummary } from '../../protocol/process.ts'
import type { ProcessStatistics } from '../../protocol/statistics.ts'
import type { Status } from '../../protocol/status.ts'

/** Everything that the page knows, as the stream said it last. */
export type World = {
  readonly processes: readonly ProcessSummary[]
  readonly statistics: ReadonlyMap<string, ProcessStatistics>
  readonly alerts: ReadonlyMap<string, Alert>
  readonly activeAlerts: number
  /** How many evaluations the page has heard of, and how many alerts fired or resolved, since it was opened. */
  readonly evaluations: number
  readonly turns: number
  readonly status: Status | undefined
  /** How long it took, lately, from reading a record until the page was told. */
  readonly latency: readonly Latency[]
  /** The newest alert that fired or resolved since the page was opened, to be said aloud. */
  readonly announced: Alert | undefined
  /** The evaluation instant, in ms, at which the page first saw a process catching up: where its progress begins. */
  readonly catchingUpFrom: ReadonlyMap<string, number>
}

export const emptyWorld: World = {
  processes: [],
  statistics: new Map(),
  alerts: new Map(),
  activeAlerts: 0,
  evaluations: 0,
  turns: 0,
  status: undefined,
  latency: [],
  announced: undefined,
  catchingUpFrom: new Map(),
}

/** Resolved alerts that a page keeps; a page that is open for weeks stays small. */
const MOST_RESOLVED = 50

/** The world after a message. What a message does not speak of keeps its identity, so nothing else is drawn again. */
export function applyMessage(world: World, message: ServerMessage): World {
  switch (message.type) {
    case 'snapshot':
      return withStatus(
        {
          ...world,
          processes: message.processes,
          statistics: new Map(message.statistics.map(statistics => [statistics.process, statistics])),
          alerts: new Map(message.alerts.map(alert => [alert.id, alert])),
          activeAlerts: message.active_alerts,
        },
        message.status,
      )
    case 'statistics':
      return {
        ...world,
        evaluations: world.evaluations + 1,
        statistics: new Map(world.statistics).set(message.statistics.process, message.statistics),
      }
    case 'alert':
      return withAlert(world, message.alert)
    case 'status':
      return withStatus({ ...world, latency: message.latency ?? [] }, message.status)
    case 'hello':
    case 'resumed':
    case 'pong':
      return world
  }
}

export const isOver = (alert: Alert): boolean => alert.state === 'resolved' || alert.state === 'inactive'

function withAlert(world: World, alert: Alert): World {
  const former = world.alerts.get(alert.id)
  const alerts = new Map(world.alerts)
  // A pending alert whose condition passed never fired: nobody need see it again.
  if (alert.state === 'inactive') alerts.delete(alert.id)
  else alerts.set(alert.id, alert)
  const resolved = [...alerts.values()].filter(isOver).sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
  for (const { id } of resolved.slice(MOST_RESOLVED)) alerts.delete(id)
  const wasActive = former !== undefined && !isOver(former) ? 1 : 0
  const turned = alert.state !== former?.state && (alert.state === 'firing' || alert.state === 'resolved')
  return {
    ...world,
    alerts,
    activeAlerts: world.activeAlerts - wasActive + (isOver(alert) ? 0 : 1),
    turns: world.turns + (turned ? 1 : 0),
    announced: turned ? alert : world.announced,
  }
}

function withStatus(world: World, status: Status): World {
  const from = new Map(world.catchingUpFrom)
  for (const { process, catching_up, evaluated_at } of status.processes) {
    if (!catching_up) from.delete(process)
    else if (evaluated_at !== null && !from.has(process)) from.set(process, Date.parse(evaluated_at))
  }
  return { ...world, status, catchingUpFrom: from }
}
