import type { AlertTransition } from '../alerts/transition.ts'
import type { EngineView } from '../engine/view.ts'
import type { Severity } from '../model/definitions.ts'
import type { Alert } from '../protocol/alert.ts'
import { alertView } from '../protocol/alert-view.ts'
import type { Owners } from '../protocol/process-summary.ts'

export type AlertList = {
  readonly alerts: readonly Alert[]
  /** How many are not resolved, listed or not. */
  readonly active: number
}

const severityRank: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 }

/**
 * The alerts of some processes: those not resolved first, the most severe and then the newest first; the resolved
 * ones after them, newest first.
 */
export function alertList(
  view: EngineView,
  owners: Owners,
  most: { readonly active: number; readonly resolved: number },
): AlertList {
  const latest = view.processes.flatMap(process =>
    view.alerts(process.name).map(transition => ({ process, transition })),
  )
  const newestFirst = (a: AlertTransition, b: AlertTransition) => b.at - a.at || (a.id < b.id ? -1 : 1)
  const active = latest
    .filter(({ transition }) => !isOver(transition))
    .sort(
      (a, b) =>
        severityRank[a.transition.severity] - severityRank[b.transition.severity] ||
        newestFirst(a.transition, b.transition),
    )
  const over = latest
    .filter(({ transition }) => isOver(transition))
    .sort((a, b) => newestFirst(a.transition, b.transition))
  const listed = [...active.slice(0, most.active), ...over.slice(0, most.resolved)]
  return {
    alerts: listed.map(({ process, transition }) =>
      alertView(transition, process, owners, view.overlayOf(transition.id), view.marksOf(transition.id)),
    ),
    active: active.length,
  }
}

const isOver = ({ state }: AlertTransition): boolean => state === 'resolved' || state === 'inactive'
