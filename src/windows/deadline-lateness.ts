import type { SegmentKey } from '../event/segment.ts'
import type { BusinessCalendar } from '../model/business-calendar.ts'
import { lateRiskOf } from '../model/deadline.ts'
import type { Deadline, ProcessDefinition, StageDefinition } from '../model/definitions.ts'
import { foldStagesOf } from '../model/fold-stages.ts'
import { DeadlineTables } from './deadline-tables.ts'
import { CaseLateness, CERTAIN, type Chance, chanceLate } from './lateness.ts'
import type { LifeTable } from './life-table.ts'
import { calendarOf } from './stage-calendar.ts'
import type { StageView } from './views.ts'

/**
 * P(late) at T of a case that came to its position at an instant and is due at another.
 *
 * @param level where given, the answer is only right about the side of it on which both ends lie.
 */
export type ChanceOf = (entry: number, due: number, level?: number) => Chance

/**
 * P(late) within the deadline of one stage, for whichever position a case has there.
 *
 *     the stage itself, a rest     chanceLate      its own table
 *     a stage inside it            CaseLateness    its table, and that of its rest
 *     … that ends as it does       chanceLate      its table
 *
 * Ages are in the time of the position: of a stage with a calendar business time, and its rest counts in the same.
 */
export class DeadlineLateness {
  /** What the process says of it. */
  readonly deadline: Deadline
  readonly #stage: number
  readonly #positions = new Map<number, Position>()
  #at = -Infinity

  /**
   * @param stage with a due instant or a target.
   * @param wantedEntries that a segment's life table should rest on; not given: `WANTED_ENTRIES`.
   */
  constructor(process: ProcessDefinition, stage: number, wantedEntries?: number) {
    const deadline = lateRiskOf(process.stages[stage] as StageDefinition)
    if (deadline === undefined) throw new Error(`visits of stage ${stage} of ${process.name} are never due`)
    const { all, deadlines } = foldStagesOf(process)
    const { paneMs } = process
    this.deadline = deadline
    this.#stage = stage
    const positions = deadlines.find(one => one.stage === stage)?.positions ?? [{ stage, rest: undefined }]
    for (const position of positions) {
      const calendar = calendarOf(all[position.stage] as StageDefinition)
      const tables = () =>
        new DeadlineTables({ paneMs, windowMs: deadline.windowMs, calendar, ...(wantedEntries && { wantedEntries }) })
      this.#positions.set(position.stage, {
        calendar,
        tables: tables(),
        rest: position.rest === undefined ? undefined : { stage: position.rest, tables: tables() },
        latenesses: new Map(),
      })
    }
  }

  /**
   * Moves to T; never back.
   *
   * @param shards the stages of each of them, rests included.
   */
  moveTo(at: number, shards: readonly (readonly StageView[])[]): void {
    this.#at = at
    const stageOf = (stage: number) =>
      shards.map(stages => stages[stage]).filter((one): one is StageView => one !== undefined)
    for (const [stage, { tables, rest }] of this.#positions) {
      tables.moveTo(at, stageOf(stage))
      rest?.tables.moveTo(at, stageOf(rest.stage))
    }
  }

  /** The same of a stage that only has a target: of a visit that entered at an instant, in the target's own time. */
  byTarget(segment: SegmentKey | undefined): (entry: number, targetMs: number) => Chance {
    const { tables, calendar } = this.#positionOf(this.#stage)
    const table = tables.of(segment)
    const at = this.#at
    return (entry, targetMs) =>
      chanceLate(table, calendar === undefined ? at - entry : calendar.businessMs(entry, at), targetMs)
  }

  /** @param segment of the position's visit; undefined: its stage is not cut. */
  at(position: number, segment: SegmentKey | undefined): ChanceOf {
    const found = this.#positionOf(position)
    const { tables, rest, calendar } = found
    const at = this.#at
    const elapsed = (from: number, to: number) => (calendar === undefined ? to - from : calendar.businessMs(from, to))
    // Made when the first case asks that is not overdue: for the others nothing has to be known.
    let chance: ((age: number, due: number, level?: number) => Chance) | undefined
    const newChance = () => {
      const table = tables.of(segment)
      if (rest !== undefined) return latenessOf(found, segment, table, rest.tables.of(segment))
      return (age: number, due: number) => chanceLate(table, age, due)
    }
    return (entry, due, level) => {
      if (due <= at) return CERTAIN
      chance ??= newChance()
      return chance(elapsed(entry, at), elapsed(entry, due), level)
    }
  }

  #positionOf(position: number): Position {
    const found = this.#positions.get(position)
    if (found === undefined) throw new Error(`stage ${position} is no position of stage ${this.#stage}`)
    return found
  }
}

type Position = {
  readonly calendar: BusinessCalendar | undefined
  readonly tables: DeadlineTables
  readonly rest: { readonly stage: number; readonly tables: DeadlineTables } | undefined
  /** By segment: what was made of the two tables that it has now. */
  readonly latenesses: Map<SegmentKey | undefined, { stage: LifeTable; rest: LifeTable; lateness: CaseLateness }>
}

function latenessOf({ latenesses }: Position, segment: SegmentKey | undefined, stage: LifeTable, rest: LifeTable) {
  let known = latenesses.get(segment)
  if (known?.stage !== stage || known.rest !== rest) {
    if (latenesses.size > MOST_LATENESSES) latenesses.clear()
    known = { stage, rest, lateness: new CaseLateness(stage, rest) }
    latenesses.set(segment, known)
  }
  const { lateness } = known
  return (age: number, due: number, level?: number) => lateness.chance(age, due, level)
}

/** Segments that are gone leave with the others. */
const MOST_LATENESSES = 10_000
