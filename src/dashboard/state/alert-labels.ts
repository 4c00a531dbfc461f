import type { Alert } from '../../protocol/alert.ts'

export type Label = { readonly name: string; readonly value: string }

const own = ['rule', 'alertname', 'process', 'stage', 'measure', 'severity', 'owner']

/**
 * The labels by which a silence picks this alert and its like, the most telling first. A dimension whose name is one of
 * an alert's own labels goes by another, and one whose value is unknown picks nothing, so it is left out.
 */
export function alertLabels({ rule, process, stage, measure, segment, severity }: Alert): Label[] {
  const dimensions = Object.entries(segment).flatMap(([name, value]): Label[] =>
    value === null || value === '' ? [] : [{ name: own.includes(name) ? `segment_${name}` : name, value }],
  )
  return [
    { name: 'alertname', value: rule },
    ...dimensions,
    ...(stage === null ? [] : [{ name: 'stage', value: stage }]),
    ...(measure === null ? [] : [{ name: 'measure', value: measure }]),
    { name: 'process', value: process },
    { name: 'severity', value: severity },
  ]
}
