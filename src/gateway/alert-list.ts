import type { AlertTransition } from '../alerts/transition.ts'
import type { EngineView } from '../engine/view.ts'
import type { ProcessDefinition, Severity } from '../model/definitions.ts'
import type { Alert } from '../protocol/alert.ts'
import { alertView } from '../protocol/alert-view.ts'
import type { Owners } from '../protocol/process-summary.ts'
import { comparePlaces, type Place } from './api/page-of-list.ts'

/** An alert by its latest transition, and the process that it is of. */
export type ListedAlert = { readonly process: ProcessDefinition; readonly transition: AlertTransition }

const severityRank: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 }

/** Those not resolved come first, the most severe and then the newest first; the resolved ones after them, newest first. */
export const placeOfAlert = ({ transition }: ListedAlert): Place => {
  const { severity, at, id } = transition
  return isOver(transition) ? [1, 0, -at, id] : [0, severityRank[severity], -at, id]
}

/** The alerts of all processes, in their order. */
export const listedAlerts = (view: EngineView): readonly ListedAlert[] =>
  view.processes
    .flatMap(process => view.alerts(process.name).map(transition => ({ process, transition })))
    .map(alert => ({ alert, place: placeOfAlert(alert) }))
    .sort((left, right) => comparePlaces(left.place, right.place))
    .map(({ alert }) => alert)

export const shownAlert = (view: EngineView, owners: Owners, { process, transition }: ListedAlert): Alert =>
  alertView(transition, process, owners, view.overlayOf(transition.id), view.marksOf(transition.id))

export type AlertList = {
  readonly alerts: readonly Alert[]
  /** How many are not resolved, listed or not. */
  readonly active: number
}

/** So many of them. */
export function alertList(
  view: EngineView,
  owners: Owners,
  most: { readonly active: number; readonly resolved: number },
): AlertList {
  const listed = listedAlerts(view)
  const active = listed.filter(({ transition }) => !isOver(transition)).length
  const some = [...listed.slice(0, Math.min(active, most.active)), ...listed.slice(active, active + most.resolved)]
  return { alerts: some.map(alert => shownAlert(view, owners, alert)), active }
}

const isOver = ({ state }: AlertTransition): boolean => state === 'resolved' || state === 'inactive'
