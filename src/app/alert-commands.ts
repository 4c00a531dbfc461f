import { formatDuration } from '../event/duration.ts'
import {
  type ActionAnswer,
  type Alert,
  type AlertActionView,
  type AlertHistory,
  actionAnswerSchema,
  alertHistorySchema,
  alertListSchema,
} from '../protocol/alert.ts'
import { getFrom, postTo } from './api-request.ts'
import { CouldNotRun } from './could-not-run.ts'
import { explanationText } from './explain.ts'

/** What is listed of the alerts of a process. */
export type AlertChoice = {
  /** With those that are over. */
  readonly all: boolean
  readonly process: string | undefined
}

/** The alerts that a process has, in its order. @throws CouldNotRun where it cannot be asked. */
export async function listAlerts(url: URL, { all, process }: AlertChoice): Promise<Alert[]> {
  const { alerts } = alertListSchema.parse(await getFrom(new URL('/api/v1/alerts', url)))
  return alerts.filter(alert => (all || !isOver(alert)) && (process === undefined || alert.process === process))
}

export const isOver = ({ state }: Alert): boolean => state === 'resolved' || state === 'inactive'

/** One alert with its history. */
export type ShownAlert = { readonly alert: Alert; readonly history: AlertHistory }

export async function showAlert(url: URL, id: string): Promise<ShownAlert> {
  const history = alertHistorySchema.parse(await getFrom(new URL(`/api/v1/alerts/${encodeURIComponent(id)}`, url)))
  const listed = await listAlerts(url, { all: true, process: undefined })
  const alert = listed.find(each => each.id === id)
  if (alert === undefined) {
    throw new CouldNotRun({ problem: `no alert ${id} is listed`, remedy: 'take its id from stagewatch alerts list' })
  }
  return { alert, history }
}

/** Something that somebody does to an alert. @throws CouldNotRun where it is refused, with the reason. */
export async function actOn(
  url: URL,
  id: string,
  action: AlertActionView['kind'],
  body: object,
): Promise<ActionAnswer> {
  const path = `/api/v1/alerts/${encodeURIComponent(id)}/${action}`
  return actionAnswerSchema.parse(await postTo(new URL(path, url), body))
}

export function alertListText(alerts: readonly Alert[], now: number): string {
  if (alerts.length === 0) return 'no alerts\n'
  return alerts.map(alert => `${alertLines(alert, now).join('\n')}\n`).join('')
}

export function shownAlertText({ alert, history }: ShownAlert, now: number): string {
  const transitions = history.transitions.toSorted((left, right) => Date.parse(left.at) - Date.parse(right.at))
  return [
    explanationText({ kind: 'alert', alert }),
    ...marksOf(alert, now).map(mark => `  ${mark}\n`),
    ...transitions.map(({ at, state, from, because }) => `  ${at} ${from} → ${state} (${because})\n`),
    ...history.actions.map(action => `  ${actionText(action)}\n`),
  ].join('')
}

/** What takes something back has null. */
const nothing: Partial<Readonly<Record<AlertActionView['kind'], string>>> = { assign: 'nobody', snooze: 'ended' }

export const actionText = ({ at, by, kind, fields }: AlertActionView): string =>
  `${at} ${by}: ${[kind, ...Object.values(fields).map(value => value ?? nothing[kind] ?? '')].join(' ')}`

function alertLines(alert: Alert, now: number): string[] {
  const { id, severity, state, rule, segment, since } = alert
  const place = Object.entries(segment).map(([dimension, value]) => `${dimension}=${value ?? '–'}`)
  const where = place.length === 0 ? '' : ` at ${place.join(', ')}`
  const age = formatDuration(Math.max(0, now - Date.parse(since)))
  return [
    `${id}  ${severity.padEnd(8)}  ${state.padEnd(10)}  ${alert.process}/${rule}${where}, for ${age}`,
    ...marksOf(alert, now).map(mark => `${' '.repeat(18)}${mark}`),
  ]
}

/** What people have made of it, and why nobody is told, a line each. */
function marksOf(alert: Alert, now: number): string[] {
  const { acknowledged, assigned_to: assigned, snoozed_until: snoozed, comments = [], feedback } = alert
  const { resolution } = alert
  const { silenced_by: silencedBy = [], inhibited_by: inhibitedBy, flapping } = alert
  return [
    ...(acknowledged === undefined ? [] : [`acknowledged by ${acknowledged.by}, ${acknowledged.at}`]),
    ...(assigned === undefined ? [] : [`assigned to ${assigned}`]),
    ...(snoozed === undefined || Date.parse(snoozed) <= now ? [] : [`snoozed until ${snoozed}`]),
    ...(silencedBy.length === 0 ? [] : [`silenced by ${silencedBy.join(', ')}`]),
    ...(inhibitedBy === undefined ? [] : [`inhibited by ${inhibitedBy}`]),
    ...(flapping === undefined ? [] : [`flapping: fired ${flapping.times} times since ${flapping.since}`]),
    ...(feedback === undefined ? [] : [`${feedback.verdict.replace('_', ' ')}, says ${feedback.by}`]),
    ...(resolution === undefined ? [] : [resolutionText(resolution)]),
    ...comments.map(({ by, text }) => `${by}: ${text}`),
  ]
}

const resolutionText = ({ by, cause, text }: NonNullable<Alert['resolution']>): string =>
  `resolved by ${by}: ${cause}${text === undefined ? '' : `, ${text}`}`
