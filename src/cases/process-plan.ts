import { AttributeTable } from '../event/attribute-table.ts'
import { type AttributeSplit, splitAttributes } from '../model/attribute-split.ts'
import type { EventPattern, ProcessDefinition, StageDefinition } from '../model/definitions.ts'
import { foldStagesOf } from '../model/fold-stages.ts'
import { AttributeTest, always, type EventTest } from './event-test.ts'
import type { NumberKind } from './kept-event.ts'

/** What an event of one activity may do to one stage. */
export type StageEffect = {
  readonly stage: number
  readonly closes: EventTest | undefined
  readonly opens: EventTest | undefined
}

/** What an event of one activity may do to its run. */
export type ActivityPlan = {
  readonly starts: EventTest | undefined
  readonly effects: readonly StageEffect[]
  /** The same to rests, which an event opens before it completes them. */
  readonly rests: readonly StageEffect[]
  /** `group` is a position in the process's `ends`. */
  readonly ends: readonly { readonly group: number; readonly condition: EventTest }[]
}

/** A process file, turned round: from stages that name activities to activities that know their stages. */
export type ProcessPlan = {
  readonly activities: readonly ActivityPlan[]
  /** Rests included. */
  readonly stageCount: number
  /** Stages whose visits have rows: those of the process, which come first. */
  readonly visibleStages: number
  /** Stages with a due instant. */
  readonly deadlines: readonly PlannedDeadline[]
  /** By stage: which of a run's numbers is the due instant of its visits; -1: they have none. */
  readonly dueNumbers: Int32Array
  /** Which of a run's numbers is what the case is worth; -1: nobody says. */
  readonly valueNumber: number
  /** false: any event starts a run. */
  readonly declaresStarts: boolean
  readonly split: AttributeSplit
  /** By number of the split. */
  readonly numberKinds: readonly NumberKind[]
  /** Labels (positions in the split) that are part of an event's identity where it has no id, and numbers likewise. */
  readonly identityLabels: readonly number[]
  readonly identityNumbers: readonly number[]
  /** Some source maps the producer's own ids. */
  readonly hasIds: boolean
  /** Some source has wide rows, which repeat old events with every change of the row. */
  readonly hasWideRows: boolean
  readonly caseTimeoutMs: number
  readonly settleMs: number
}

/** A stage with a due instant, and where a case in it can be. */
export type PlannedDeadline = {
  readonly stage: number
  /** Which of a run's numbers is the due instant. */
  readonly number: number
  /** Stages, rests included; see `FoldDeadline.positions`. */
  readonly positions: Int32Array
}

/** The table of the process's labels: dimensions are carried along a run, fields that only conditions read are not. */
export function newAttributeTable(process: ProcessDefinition): AttributeTable {
  const { labels } = splitAttributes(process.attributes)
  return new AttributeTable(labels.map(position => process.attributes[position]?.kind === 'dimension'))
}

/** @param table of the process's labels, to whose tuples the conditions' answers belong. */
export function planProcess(process: ProcessDefinition, table: AttributeTable): ProcessPlan {
  const split = splitAttributes(process.attributes)
  const test = (patterns: readonly EventPattern[], activity: number) => testOf(process, table, patterns, activity)
  const { all, deadlines } = foldStagesOf(process)
  const visible = process.stages.length
  const planned = deadlines.map(({ stage, at, positions }) => ({
    stage,
    number: split.numbers.indexOf(at),
    positions: Int32Array.from(positions, position => position.stage),
  }))
  const dueNumbers = new Int32Array(all.length).fill(-1)
  for (const { stage, number } of planned) dueNumbers[stage] = number
  const effectsOn = (stages: readonly StageDefinition[], first: number, activity: number): StageEffect[] =>
    stages
      .map(({ from, to }, index) => ({
        stage: first + index,
        closes: test(to, activity),
        opens: test(from, activity),
      }))
      .filter(effect => effect.closes !== undefined || effect.opens !== undefined)
  const readByWhere = (position: number) => process.attributes[position]?.readByWhere === true
  return {
    activities: process.activities.map((_, activity) => ({
      starts: test(process.starts, activity),
      effects: effectsOn(process.stages, 0, activity),
      rests: effectsOn(all.slice(visible), visible, activity),
      ends: process.ends.flatMap((end, group) => {
        const condition = test(end.patterns, activity)
        return condition === undefined ? [] : [{ group, condition }]
      }),
    })),
    stageCount: all.length,
    visibleStages: visible,
    deadlines: planned,
    dueNumbers,
    valueNumber: split.numbers.findIndex(position => process.attributes[position]?.kind === 'value'),
    declaresStarts: process.starts.length > 0,
    split,
    numberKinds: split.numbers.map(position =>
      process.attributes[position]?.kind === 'instant' ? ('instant' as const) : ('amount' as const),
    ),
    identityLabels: split.labels.flatMap((position, index) => (readByWhere(position) ? [index] : [])),
    identityNumbers: split.numbers.flatMap((position, index) => (readByWhere(position) ? [index] : [])),
    hasIds: process.sources.some(source => source.id !== undefined),
    hasWideRows: process.sources.some(source => source.events.kind === 'wide'),
    caseTimeoutMs: process.caseTimeoutMs,
    settleMs: process.settleMs,
  }
}

/** Which events of an activity match one of the patterns; undefined: none does. @param table as in `planProcess`. */
export function testOf(
  process: ProcessDefinition,
  table: AttributeTable,
  patterns: readonly EventPattern[],
  activity: number,
): EventTest | undefined {
  const conditions = patterns.filter(pattern => pattern.activity === activity)
  if (conditions.length === 0) return undefined
  if (conditions.some(pattern => pattern.where === undefined)) return always
  const names = process.attributes.map(attribute => attribute.name)
  const split = splitAttributes(process.attributes)
  const tests = conditions.map(({ where }) => new AttributeTest(where as string, names, split, table))
  const [only] = tests
  return tests.length === 1 ? only : { holds: event => tests.some(one => one.holds(event)) }
}
