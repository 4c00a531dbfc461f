import type { Event } from '../event/event.ts'
import type { EventPattern, ProcessDefinition } from '../model/definitions.ts'
import { compileEventCondition } from '../model/event-condition.ts'

/** Whether an event, known to be of the right activity, meets the pattern's condition. */
type Matches = (event: Event) => boolean

/** What an event of one activity may do to one stage. */
export type StageEffect = {
  readonly stage: number
  readonly closes: Matches | undefined
  readonly opens: Matches | undefined
}

/** What an event of one activity may do to its run. */
export type ActivityPlan = {
  readonly starts: Matches | undefined
  readonly effects: readonly StageEffect[]
  readonly ends: readonly { readonly group: string; readonly matches: Matches }[]
}

/** A process file, turned round: from stages that name activities to activities that know their stages. */
export type ProcessPlan = {
  readonly activities: readonly ActivityPlan[]
  readonly stageCount: number
  /** false: any event starts a run. */
  readonly declaresStarts: boolean
  /** Per attribute: carried along the run (dimensions, value), or only read by conditions. */
  readonly carried: readonly boolean[]
  /** Attributes that are part of an event's identity where it has no id. */
  readonly identityAttributes: readonly number[]
  /** Some source has wide rows, which repeat old events with every change of the row. */
  readonly hasWideRows: boolean
  readonly caseTimeoutMs: number
  readonly settleMs: number
}

export function planProcess(process: ProcessDefinition): ProcessPlan {
  const names = process.attributes.map(attribute => attribute.name)
  const matcher = (patterns: readonly EventPattern[], activity: number): Matches | undefined => {
    const conditions = patterns.filter(pattern => pattern.activity === activity)
    if (conditions.length === 0) return undefined
    if (conditions.some(pattern => pattern.where === undefined)) return () => true
    const tests = conditions.map(pattern => compileEventCondition(pattern.where as string, names))
    return event => tests.some(test => test(event.attributes))
  }
  return {
    activities: process.activities.map((_, activity) => ({
      starts: matcher(process.starts, activity),
      effects: process.stages
        .map((stage, index) => ({
          stage: index,
          closes: matcher(stage.to, activity),
          opens: matcher(stage.from, activity),
        }))
        .filter(effect => effect.closes !== undefined || effect.opens !== undefined),
      ends: process.ends.flatMap(end => {
        const matches = matcher(end.patterns, activity)
        return matches === undefined ? [] : [{ group: end.group, matches }]
      }),
    })),
    stageCount: process.stages.length,
    declaresStarts: process.starts.length > 0,
    carried: process.attributes.map(attribute => attribute.kind !== 'field'),
    identityAttributes: process.attributes.flatMap((attribute, index) => (attribute.readByWhere ? [index] : [])),
    hasWideRows: process.sources.some(source => source.events.kind === 'wide'),
    caseTimeoutMs: process.caseTimeoutMs,
    settleMs: process.settleMs,
  }
}
