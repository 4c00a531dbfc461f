import type { SegmentLabels } from '../event/segment.ts'
import type { Labels } from '../model/label-matcher.ts'

/** What labels are made of; a transition has it, and so has a rule at a segment. */
export type Labelled = {
  readonly rule: string
  readonly process: string
  readonly stage?: string | undefined
  readonly measure?: string | undefined
  readonly severity: string
  readonly owner: string
  readonly segment: SegmentLabels
}

/**
 * The labels of an alert, as Alertmanager is told them.
 *
 * Dimensions whose names are taken, or none that a label may have, are told by a prefix. A missing label is an unknown value.
 */
export function alertLabels({ rule, process, stage, measure, severity, owner, segment }: Labelled): Labels {
  const labels: Record<string, string> = {
    alertname: rule,
    process,
    ...(stage !== undefined && { stage }),
    ...(measure !== undefined && { measure }),
    severity,
    owner,
  }
  for (const [dimension, value] of Object.entries(segment)) {
    if (value !== null) labels[dimensionLabel(dimension, name => Object.hasOwn(labels, name))] = value
  }
  return labels
}

/** The same with `rule`, which people say for `alertname`, unless a dimension is called so. */
export function labelsToMatch(alert: Labelled): Labels {
  return { rule: alert.rule, ...alertLabels(alert) }
}

const dimensionLabel = (dimension: string, isTaken: (name: string) => boolean): string =>
  isTaken(dimension) || dimension.startsWith('__') ? `segment_${dimension}` : dimension
