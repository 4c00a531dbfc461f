import type { DurationMs } from '../../src/event/duration.ts'
import type {
  AttributeDefinition,
  CalendarDefinition,
  EventPattern,
  EventsMapping,
  MeasureDefinition,
  ProcessDefinition,
  RuleDefinition,
  SourceDefinition,
  StageDefinition,
  Target,
} from '../../src/model/definitions.ts'

/** A pattern in short: an activity's name, or `name where condition`. */
export type PatternText = string

export type TopicKind = 'ids' | 'no ids' | 'wide'

/** A process in short, as the tests write it; durations in ms. */
export type ProcessSketch = {
  readonly activities: readonly string[]
  /** `name`, `name:value`, `name:instant`, `name:number` or `name:field`; dimensions first. */
  readonly attributes?: readonly string[]
  readonly starts?: readonly PatternText[]
  readonly ends?: Readonly<Record<string, readonly PatternText[]>>
  readonly stages: Readonly<Record<string, StageSketch>>
  readonly measures?: Readonly<Record<string, MeasureSketch>>
  readonly settle: number
  readonly pane: number
  readonly timeout: number
  /**
   * Topics, each read by a source of its own: `ids` where its events name an id, `wide` where a record is a row with a
   * column for each activity. One topic `events` without ids.
   */
  readonly topics?: Readonly<Record<string, TopicKind>>
}

export type StageSketch = {
  readonly from: readonly PatternText[]
  readonly to: readonly PatternText[]
  readonly by?: readonly string[]
  readonly calendar?: CalendarDefinition | undefined
  readonly deadline?: {
    /** An attribute. */
    readonly at?: string
    /** Other stages. */
    readonly through?: readonly string[]
    readonly window: number
    readonly level: number
  }
  readonly target?: { readonly default?: number; readonly by?: readonly (readonly [string, string, number])[] }
}

export type MeasureSketch = {
  /** An attribute of kind `value` or `number`. */
  readonly of: string
  readonly on?: readonly PatternText[]
  readonly by?: readonly string[]
  readonly distinct?: boolean
  readonly decimals?: number
}

/**
 * The checked definition that a process file of this content gives. Its sources read JSON records
 * `{case, activity, at, id?, …attributes}`, the wide ones `{case, at_<activity>, …attributes}`, with instants in epoch
 * ms, so that `recordValue` can write events for them.
 */
export function makeProcess(sketch: ProcessSketch): ProcessDefinition {
  const pattern = (text: PatternText): EventPattern => {
    const [name, where] = text.split(' where ')
    const activity = sketch.activities.indexOf(name!)
    if (activity < 0) throw new Error(`no activity ${name}`)
    return { activity, where }
  }
  const position = { file: 'sketch.yaml', line: 1, column: 1 }
  const starts = (sketch.starts ?? []).map(pattern)
  const ends = Object.entries(sketch.ends ?? {}).map(([group, texts]) => ({ group, patterns: texts.map(pattern) }))
  const names = (sketch.attributes ?? []).map(text => text.split(':')[0]!)
  const attributeAt = (name: string): number => {
    if (!names.includes(name)) throw new Error(`no attribute ${name}`)
    return names.indexOf(name)
  }
  const targetOf = (target: StageSketch['target']): Target | undefined =>
    target && {
      defaultMs: target.default as DurationMs | undefined,
      by: (target.by ?? []).map(([name, value, ms]) => ({
        attribute: attributeAt(name),
        value,
        targetMs: ms as DurationMs,
      })),
    }
  const stages = Object.entries(sketch.stages).map(
    ([name, stage]): StageDefinition => ({
      name,
      title: { en: name },
      from: stage.from.map(pattern),
      to: stage.to.map(pattern),
      owner: 'tests',
      target: targetOf(stage.target),
      calendar: stage.calendar,
      deadline: stage.deadline && {
        at: stage.deadline.at === undefined ? undefined : attributeAt(stage.deadline.at),
        through: (stage.deadline.through ?? []).map(inner => Object.keys(sketch.stages).indexOf(inner)),
        windowMs: stage.deadline.window as DurationMs,
        level: stage.deadline.level,
      },
      by: (stage.by ?? []).map(attributeAt),
      maxSegments: 1_000,
      position,
    }),
  )
  const measures = Object.entries(sketch.measures ?? {}).map(
    ([name, measure]): MeasureDefinition => ({
      name,
      title: { en: name },
      attribute: attributeAt(measure.of),
      decimals: measure.decimals ?? 0,
      currency: undefined,
      on: (measure.on ?? []).map(pattern),
      by: (measure.by ?? []).map(attributeAt),
      owner: 'tests',
      distinct: measure.distinct ?? false,
      maxSegments: 1_000,
      position,
    }),
  )
  const conditions = [
    ...starts,
    ...ends.flatMap(({ patterns }) => patterns),
    ...stages.flatMap(s => [...s.from, ...s.to]),
    ...measures.flatMap(({ on }) => on),
  ]
    .map(({ where }) => where ?? '')
    .join(' ')
    .replace(/"[^"]*"/g, '')
  const attributes = (sketch.attributes ?? []).map((text): AttributeDefinition => {
    const [name, kind = 'dimension'] = text.split(':')
    return {
      name: name!,
      kind: kind as AttributeDefinition['kind'],
      readByWhere: new RegExp(`\\b${name}\\b`).test(conditions),
    }
  })
  const sources = Object.entries(sketch.topics ?? { events: 'no ids' }).map(
    ([topic, kind]): SourceDefinition => ({
      topics: [topic],
      format: 'json',
      case: [['case']],
      events: kind === 'wide' ? wideRows(sketch.activities) : singleEvents,
      id: kind === 'ids' ? ['id'] : undefined,
      where: undefined,
      attributes: attributes.map(({ name, kind }) =>
        kind === 'instant' ? { from: [name], unit: 'ms', timezone: undefined } : [name],
      ),
    }),
  )
  return {
    name: 'sketch',
    title: { en: 'Sketch' },
    owner: 'tests',
    timezone: 'UTC',
    sources,
    activities: sketch.activities,
    attributes,
    value: attributes.some(({ kind }) => kind === 'value') ? { currency: undefined } : undefined,
    starts,
    ends,
    settleMs: sketch.settle as DurationMs,
    paneMs: sketch.pane as DurationMs,
    caseTimeoutMs: sketch.timeout as DurationMs,
    evaluateEveryMs: sketch.pane as DurationMs,
    limits: { maxCases: 5_000_000, maxEventsPerCase: 10_000 },
    stages,
    measures,
    metrics: [],
    rules: [],
    position,
  }
}

const singleEvents: EventsMapping = {
  kind: 'single',
  activity: { kind: 'path', path: ['activity'] },
  time: { from: ['at'], unit: 'ms', timezone: undefined },
}

/** `noise` is a column of an activity that the process does not name. */
const wideRows = (activities: readonly string[]): EventsMapping => ({
  kind: 'wide',
  columns: [...activities, 'noise'].map(activity => ({
    activity,
    time: { from: [`at_${activity}`], unit: 'ms', timezone: undefined },
  })),
})

/** A rule of a checked process file that watches for nothing in particular, with what the test is about put in. */
export const makeRule = (
  rule: Partial<Omit<RuleDefinition, 'windowMs' | 'forMs' | 'keepFiringForMs' | 'stage' | 'measure'>> & {
    readonly name: string
    /** Or `measure`; default: stage 0. */
    readonly stage?: number
    readonly measure?: number
    readonly window: number
    readonly for?: number
    readonly keepFiringFor?: number
  },
): RuleDefinition => {
  const { window, for: held = 0, keepFiringFor = 0, stage = 0, measure, ...rest } = rule
  return {
    ...(measure === undefined ? { stage } : { measure }),
    by: [],
    windowMs: window as DurationMs,
    when: measure === undefined ? 'wip > 0' : 'count > 0',
    recoverWhen: undefined,
    forMs: held as DurationMs,
    keepFiringForMs: keepFiringFor as DurationMs,
    minSamples: 0,
    noData: undefined,
    kind: undefined,
    graceMs: 0 as DurationMs,
    maxAlerts: 50,
    severity: 'warning',
    owner: 'tests',
    summary: undefined,
    action: undefined,
    runbook: undefined,
    position: { file: 'sketch.yaml', line: 1, column: 1 },
    ...rest,
  }
}
