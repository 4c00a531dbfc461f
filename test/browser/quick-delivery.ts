import type { AlertPhase, AlertTransition } from '../../src/alerts/transition.ts'
import type { ProcessStatus, SegmentStatistics, StageStatistics } from '../../src/engine/view.ts'
import { durationMs } from '../../src/event/duration.ts'
import { type Instant, instant } from '../../src/event/instant.ts'
import type { SegmentLabels } from '../../src/event/segment.ts'
import type { Owner, ProcessDefinition, StageDefinition } from '../../src/model/definitions.ts'
import type { StatisticName } from '../../src/model/statistics.ts'
import { newPartitionCounts } from '../../src/shard/counts.ts'

const position = { file: 'rules/quick-delivery.yaml', line: 1, column: 1 }
const minutes = (count: number) => durationMs(count * 60_000)
const activities = ['created', 'paid', 'picked', 'packed', 'handed_over', 'delivered', 'cancelled']
const dimensions = ['warehouse', 'carrier', 'region']

function stage(
  name: string,
  title: { en: string; zh: string },
  [from, to]: readonly [string, string],
  owner: string,
  targetMinutes: number | undefined,
  by: readonly string[],
): StageDefinition {
  const pattern = (activity: string) => [{ activity: activities.indexOf(activity), where: undefined }]
  return {
    name,
    title,
    from: pattern(from),
    to: pattern(to),
    owner,
    target: targetMinutes === undefined ? undefined : { defaultMs: minutes(targetMinutes), by: [] },
    calendar: undefined,
    by: by.map(dimension => dimensions.indexOf(dimension)),
    maxSegments: 1_000,
    deadline: undefined,
    position,
  }
}

/** Groceries within half an hour: what a test watches when it needs a process that a reader knows. */
export const quickDelivery: ProcessDefinition = {
  name: 'quick-delivery',
  title: { en: 'Quick delivery', zh: '即时配送' },
  owner: 'fulfilment',
  timezone: 'Asia/Shanghai',
  sources: [
    {
      topics: ['orders.events'],
      format: 'json',
      case: [['order_id']],
      events: {
        kind: 'single',
        activity: { kind: 'path', path: ['activity'] },
        time: { from: ['ts'], unit: undefined, timezone: undefined },
      },
      id: ['event_id'],
      where: undefined,
      attributes: dimensions.map(dimension => [dimension]),
    },
  ],
  activities,
  attributes: dimensions.map(name => ({ name, kind: 'dimension', readByWhere: false })),
  value: undefined,
  starts: [],
  ends: [],
  settleMs: minutes(60),
  paneMs: durationMs(10_000),
  caseTimeoutMs: minutes(1_440),
  evaluateEveryMs: durationMs(1_000),
  limits: { maxCases: 5_000_000, maxEventsPerCase: 10_000 },
  stages: [
    stage('payment', { en: 'Payment', zh: '支付' }, ['created', 'paid'], 'checkout', 2, []),
    stage('picking', { en: 'Picking', zh: '拣货' }, ['paid', 'picked'], 'warehouse', 3, ['warehouse']),
    stage('packing', { en: 'Packing', zh: '打包' }, ['picked', 'packed'], 'warehouse', 2, ['warehouse']),
    stage('handover', { en: 'Handover', zh: '交接' }, ['packed', 'handed_over'], 'carriers', undefined, ['carrier']),
    stage('delivery', { en: 'Delivery', zh: '配送' }, ['handed_over', 'delivered'], 'carriers', 15, [
      'carrier',
      'region',
    ]),
    stage('lead_time', { en: 'Order lead time', zh: '订单全程时长' }, ['created', 'delivered'], 'fulfilment', 30, [
      'region',
    ]),
  ],
  measures: [],
  metrics: [
    {
      name: 'picking_time',
      stage: 1,
      title: { en: 'Picking time', zh: '拣货时长' },
      statistic: 'live_p90',
      windowMs: minutes(15),
      unit: 'duration',
      direction: 'lower_is_better',
      definition: { en: 'How long picking takes nine orders of ten, those that wait included.' },
      owner: 'warehouse',
      status: 'published',
      version: 3,
      position,
    },
  ],
  rules: [
    {
      name: 'picking_slow',
      stage: 1,
      by: [0],
      windowMs: minutes(15),
      when: 'age_p90 > duration("3m") && wip >= 10.0',
      recoverWhen: undefined,
      forMs: durationMs(10_000),
      keepFiringForMs: durationMs(10_000),
      minSamples: 0,
      noData: undefined,
      kind: undefined,
      graceMs: durationMs(0),
      maxAlerts: 50,
      severity: 'critical',
      owner: 'warehouse',
      summary: undefined,
      action: undefined,
      runbook: undefined,
      position,
    },
    {
      name: 'delivery_late',
      stage: 4,
      by: [1, 2],
      windowMs: minutes(15),
      when: 'within_target < 0.8',
      recoverWhen: undefined,
      forMs: durationMs(60_000),
      keepFiringForMs: durationMs(60_000),
      minSamples: 20,
      noData: undefined,
      kind: undefined,
      graceMs: durationMs(0),
      maxAlerts: 50,
      severity: 'warning',
      owner: 'carriers',
      summary: undefined,
      action: undefined,
      runbook: undefined,
      position,
    },
  ],
  position,
}

const owner = (key: string, en: string, zh: string): [string, Owner] => [
  key,
  { key, title: { en, zh }, members: [], contactPoints: [] },
]
export const owners = new Map([
  owner('fulfilment', 'Fulfilment', '履约中心'),
  owner('warehouse', 'Warehouse operations', '仓储运营'),
  owner('carriers', 'Carrier management', '承运商管理'),
  owner('checkout', 'Checkout', '结算'),
])

/** Typical time in minutes of each stage and open visits of a segment of it. */
const usual: Readonly<Record<string, { readonly minutes: number; readonly wip: number }>> = {
  payment: { minutes: 0.6, wip: 16 },
  picking: { minutes: 1.3, wip: 9 },
  packing: { minutes: 0.7, wip: 5 },
  handover: { minutes: 1.1, wip: 7 },
  delivery: { minutes: 9.5, wip: 12 },
  lead_time: { minutes: 13.8, wip: 41 },
}
const values: Readonly<Record<string, readonly string[]>> = {
  warehouse: ['WH-1', 'WH-2', 'WH-3', 'WH-4'],
  carrier: ['Falcon', 'Swift', 'Yuanda'],
  region: ['east', 'north', 'west'],
}

/**
 * Statistics of an afternoon.
 *
 * @param slow how many times longer picking in WH-2 takes than usual; 1: an ordinary day.
 * @param turn changes the numbers a little, as a later evaluation would.
 */
export function statisticsOf(slow: number, turn = 0): readonly StageStatistics[] {
  return quickDelivery.stages.map((definition, index) => {
    const { minutes: typical, wip } = usual[definition.name]!
    const combinations = definition.by.reduce<SegmentLabels[]>(
      (segments, attribute) =>
        segments.flatMap(labels =>
          values[dimensions[attribute]!]!.map(value => ({ ...labels, [dimensions[attribute]!]: value })),
        ),
      [{}],
    )
    const bySegment = definition.by.length === 0 ? [] : combinations
    const segments = bySegment.map((segment, place): SegmentStatistics => {
      const factor = definition.name === 'picking' && segment.warehouse === 'WH-2' ? slow : 1
      const late =
        definition.name === 'delivery' && segment.carrier === 'Yuanda' && segment.region === 'north' ? 1.25 : 1
      const wobble = 1 + 0.12 * Math.sin(index * 7 + place * 3 + turn)
      return { segment, total: false, values: valuesOf(typical * wobble * late, wip, factor, definition) }
    })
    const totalWip = bySegment.length === 0 ? wip : segments.reduce((sum, { values: { wip } }) => sum + (wip ?? 0), 0)
    const total = valuesOf(typical * (1 + 0.03 * Math.sin(turn)), totalWip, 1, definition)
    if (definition.name === 'picking' && slow > 1) {
      total.age_p90 = (segments[1]?.values.age_p90 ?? 0) * 0.8
      total.age_max = segments[1]?.values.age_max ?? 0
      total.overdue = segments[1]?.values.overdue ?? 0
      total.entered = (total.exited ?? 0) + 62
      total.p90 = (total.p90 ?? 0) * 1.2
    }
    return {
      stage: definition.name,
      windowMs: minutes(15),
      segments: [{ segment: {}, total: true, values: total }, ...segments],
      partial: false,
    }
  })
}

function valuesOf(
  typicalMinutes: number,
  wip: number,
  factor: number,
  definition: StageDefinition,
): Partial<Record<StatisticName, number>> {
  const typical = typicalMinutes * 60_000
  const open = Math.round(wip * (1 + (factor - 1) * 0.9))
  const exited = Math.round((wip / typicalMinutes) * 15)
  const age = typical * factor
  const target = definition.target?.defaultMs
  return {
    entered: exited + open - wip,
    exited,
    abandoned: 1,
    expired: 0,
    reworked: 0,
    throughput: exited * 4,
    avg: typical,
    min: typical * 0.3,
    max: typical * 2.2,
    sum: typical * exited,
    p50: typical * 0.93,
    p75: typical * 1.2,
    p90: typical * 1.55,
    p95: typical * 1.8,
    p99: typical * 2.1,
    wip: open,
    age_p50: age * 0.5,
    age_p75: age * 0.8,
    age_p90: age * 1.1,
    age_p95: age * 1.3,
    age_p99: age * 1.5,
    age_max: age * 1.7,
    at_risk: open + exited,
    ...(target === undefined
      ? {}
      : {
          within_target: Math.min(1, (0.97 * target) / (typical * 1.1 + target * 0.04)),
          breached: 1,
          overdue: age * 1.1 > target ? Math.round(open * 0.6) : 0,
        }),
  }
}

export function statusAt(at: Instant, counted = 1_204_331, catchingUp = false): ProcessStatus {
  const endOf = (partition: number) => (catchingUp ? 640_000 : 602_001 + partition)
  return {
    process: quickDelivery.name,
    source: { kind: 'connected', to: 'kafka:9092', since: instant(at - 3_600_000) },
    evaluatedAt: at,
    watermark: instant(at - 400),
    catchingUp,
    heldBy: catchingUp ? [{ topic: 'orders.events', partition: 1 }] : [],
    held: undefined,
    unknownEnds: [],
    casesInMemory: counted === 0 ? 0 : 211,
    partitions: [0, 1].map(partition => ({
      topic: 'orders.events',
      partition,
      offset: counted === 0 ? undefined : 602_000 + partition,
      watermark: counted === 0 ? undefined : instant(at - 400 * partition),
      atEnd: !catchingUp,
      progress:
        counted === 0
          ? undefined
          : { next: 602_001 + partition, begunAt: 0, firstEnd: endOf(partition), end: endOf(partition) },
      counts: {
        ...newPartitionCounts(),
        consumed: counted + 14,
        decoded: counted + 2,
        rejected: 12,
        rejectedBy: { 'missing-field': 12 },
        events: counted + 2,
        counted,
        duplicate: 2,
      },
    })),
  }
}

export type AlertOf = {
  readonly id: string
  readonly rule: 'picking_slow' | 'delivery_late'
  readonly segment: SegmentLabels
  readonly state: AlertPhase
  readonly from: AlertPhase
  readonly at: Instant
  readonly since: Instant
  readonly value: number
}

export function alertOf({ id, rule, segment, state, from, at, since, value }: AlertOf): AlertTransition {
  const picking = rule === 'picking_slow'
  const definition = quickDelivery.rules.find(({ name }) => name === rule)!
  const where = Object.values(segment).join(' · ')
  return {
    id,
    process: quickDelivery.name,
    rule,
    stage: picking ? 'picking' : 'delivery',
    segment,
    state,
    from,
    because: state === 'pending' ? 'breach-too-young' : state === 'resolved' ? 'recovery-held' : 'breach-held',
    at,
    since,
    firedAt: state === 'pending' ? undefined : instant(since + definition.forMs),
    value,
    owner: definition.owner,
    severity: definition.severity,
    summary: picking
      ? { en: `Picking in ${where} is slow`, zh: `${where} 拣货变慢` }
      : { en: `Deliveries by ${where} miss their target`, zh: `${where} 配送未达标` },
    explanation: {
      expression: definition.when,
      terms: picking
        ? [
            { text: 'age_p90 > duration("3m")', values: { age_p90: value }, result: value > 180_000 },
            { text: 'wip >= 10.0', values: { wip: 34 }, result: true },
          ]
        : [{ text: 'within_target < 0.8', values: { within_target: value }, result: value < 0.8 }],
      result: picking ? value > 180_000 : value < 0.8,
      window: { start: instant(at - 900_000), end: at },
      watermark: instant(at - 400),
      samples: 141,
      minSamples: definition.minSamples,
      ...(picking
        ? {
            past: [{ when: 'hour_before' as const, at: instant(at - 3_600_000), value: 61_000 }],
            flow: { entered: 64, exited: 41, left: 2, wip: 34 },
            openCases: {
              open: 34,
              oldest: [
                {
                  case: 'ORD-20417',
                  enteredAt: instant(at - 4_500_000),
                  ageMs: 4_500_000,
                  due: instant(at + 600_000),
                  late: { low: 0.62, high: 0.62 },
                },
              ],
              overdue: 3,
              probablyLate: { low: 12, high: 14 },
              atStake: { amount: '12300.00', currency: 'CNY', cases: 34 },
            },
            neighbours: [
              {
                stage: 'packing',
                relation: 'downstream' as const,
                windowMs: 900_000,
                entered: 41,
                exited: 44,
                left: 0,
                wip: 5,
                alerts: [],
              },
            ],
          }
        : {}),
      owner: definition.owner,
      action: picking
        ? { en: 'Move two pickers from zone B to WH-2', zh: '从 B 区调两名拣货员到 WH-2' }
        : { en: 'Offer waiting parcels to another carrier', zh: '将等待的包裹转给其他承运商' },
      runbook: picking ? 'docs/runbooks/picking.md' : 'https://runbooks.example/delivery',
    },
  }
}
