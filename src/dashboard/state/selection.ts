import { computed } from '@preact/signals'
import type { Alert } from '../../protocol/alert.ts'
import { processLayout } from '../../protocol/process-layout.ts'
import type { SegmentStatistics, StageStatistics } from '../../protocol/statistics.ts'
import { chosenProcess, chosenStage, zone } from './address.ts'
import { findBottleneck } from './bottleneck.ts'
import { freshness } from './freshness.ts'
import { alerts, connection, now, processes, statistics, status, world } from './live.ts'
import { pause } from './pause.ts'
import { isOver } from './world.ts'

/*
 * What the page shows of the world: one process, and one stage of it in detail.
 */

export const process = computed(
  () => processes.value.find(({ name }) => name === chosenProcess.value) ?? processes.value[0],
)
export const processStatus = computed(() =>
  status.value?.processes.find(candidate => candidate.process === process.value?.name),
)
export const stages = computed<readonly StageStatistics[]>(
  () => statistics.value.get(process.value?.name ?? '')?.stages ?? [],
)
export const layout = computed(() => processLayout(process.value?.stages ?? []))
/** Whose time instants are told in: the process's, or the browser's where the reader chose so. */
export const timeZone = computed(() =>
  zone.value === 'browser' ? new Intl.DateTimeFormat().resolvedOptions().timeZone : (process.value?.timezone ?? 'UTC'),
)
const newestEvaluation = (name: string | undefined): number | undefined => {
  const at = status.value?.processes.find(({ process }) => process === name)?.evaluated_at
  const ofNumbers = world.value.statistics.get(name ?? '')?.as_of
  const newest = [at, ofNumbers].flatMap(text => (text ? [Date.parse(text)] : []))
  return newest.length === 0 ? undefined : Math.max(...newest)
}
const heardOf = computed(() => newestEvaluation(process.value?.name))
/** The instant that the numbers are of, in ms; they are older than the newest that was heard of while the page is paused. */
export const evaluatedAt = computed(() => pause.value?.evaluatedAt.get(process.value?.name ?? '') ?? heardOf.value)

/** Lets the numbers hold still, or move on. */
export function togglePause(): void {
  if (pause.value !== undefined) {
    pause.value = undefined
    return
  }
  const evaluated = processes.value.flatMap(({ name }): [string, number][] => {
    const at = newestEvaluation(name)
    return at === undefined ? [] : [[name, at]]
  })
  const { statistics: held, evaluations, turns } = world.value
  pause.value = { since: now.value, statistics: held, evaluatedAt: new Map(evaluated), evaluations, turns }
}

/** From reading a record until the numbers of the process that it changed were here, in ms; undefined: none came lately. */
export const latency = computed(() => {
  const told = world.value.latency.filter(({ process: name }) => name === process.value?.name)
  const of = (kind: (typeof told)[number]['of']) => told.find(each => each.of === kind)
  return { statistics: of('statistics'), alerts: of('alert') }
})

const phaseRank = { firing: 0, no_data: 0, recovering: 1, pending: 2, resolved: 3, inactive: 4 } as const
const severityRank = { critical: 0, warning: 1, info: 2 } as const

/** Firing first, then by severity, then the newest. */
export const alertsInOrder = computed<readonly Alert[]>(() =>
  [...alerts.value.values()]
    .filter(alert => alert.process === process.value?.name && alert.state !== 'inactive')
    .sort(
      (a, b) =>
        phaseRank[a.state] - phaseRank[b.state] ||
        (isOver(a) ? 0 : severityRank[a.severity] - severityRank[b.severity]) ||
        Date.parse(b.at) - Date.parse(a.at),
    ),
)

export const finding = computed(() =>
  findBottleneck(layout.value.chain, stages.value, alertsInOrder.value, processStatus.value?.catching_up === true),
)
export const currentBottleneck = computed(() => (finding.value.kind === 'found' ? finding.value.bottleneck : undefined))

/** The stage shown in detail: the chosen one, else the bottleneck, else the first. */
export const stage = computed(
  () =>
    process.value?.stages.find(({ name }) => name === chosenStage.value) ??
    currentBottleneck.value?.stage ??
    layout.value.chain[0],
)

/** The measures of the process with their statistics. */
export const measures = computed(() =>
  (process.value?.measures ?? []).flatMap(measure => {
    const found = statistics.value.get(process.value?.name ?? '')?.measures.find(one => one.measure === measure.name)
    return found === undefined ? [] : [{ measure, statistics: found }]
  }),
)

export const totalOf = (name: string): SegmentStatistics | undefined =>
  stages.value.find(candidate => candidate.stage === name)?.segments.find(({ total }) => total)

export const currentFreshness = computed(() => {
  const shown = process.value
  const state = processStatus.value
  const at = heardOf.value
  return freshness(
    connection.value,
    world.value.status !== undefined,
    shown &&
      state && {
        status: { ...state, evaluated_at: at === undefined ? null : new Date(at).toISOString() },
        evaluateEveryMs: shown.evaluate_every_ms,
        catchingUpFrom: world.value.catchingUpFrom.get(shown.name),
      },
    now.value,
    Date.now(),
  )
})
