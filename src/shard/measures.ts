import type { EventTest } from '../cases/event-test.ts'
import type { CaseEvent, EventSink } from '../cases/kept-event.ts'
import { testOf } from '../cases/process-plan.ts'
import { SegmentTable, type SegmentTableState } from '../cases/segment-table.ts'
import type { AttributeTable } from '../event/attribute-table.ts'
import { splitAttributes } from '../model/attribute-split.ts'
import type { MeasureDefinition, ProcessDefinition } from '../model/definitions.ts'
import { measureWindowsOf } from '../windows/config.ts'
import { type MeasurePaneVisitor, MeasureWindows, type MeasureWindowsState } from '../windows/measure-windows.ts'
import type { PublicationWriter } from './publication.ts'

/** Tells of a pane of a measure, as the windows do. */
export type MeasureVisitor = (measure: MeasureDefinition, ...pane: Parameters<MeasurePaneVisitor>) => void

type Measured = {
  readonly definition: MeasureDefinition
  readonly segments: SegmentTable
  readonly windows: MeasureWindows
  /** Its place among an event's numbers. */
  readonly number: number
}

/** A measure that events of one activity may count in. */
type Effect = { readonly measured: Measured; readonly condition: EventTest | undefined }

/**
 * The measures of a shard: counted events in, panes out.
 *
 * Every counted event that has the number counts, whatever its part in its run, by its own fields: what it leaves
 * depends on no other event, so a correction of a run changes nothing here.
 */
export class ShardMeasures implements EventSink {
  readonly #all: readonly Measured[]
  /** By activity. */
  readonly #effects: readonly (readonly Effect[])[]
  readonly windows: readonly MeasureWindows[]

  /**
   * @param table of the process's labels.
   * @param publication is told what changed; undefined: nobody takes it.
   */
  constructor(process: ProcessDefinition, table: AttributeTable, publication: PublicationWriter | undefined) {
    const split = splitAttributes(process.attributes)
    this.#all = process.measures.map((definition, measure) => {
      const labels = definition.by.map(position => split.labels.indexOf(position))
      const segments = new SegmentTable(labels, definition.maxSegments, table)
      const windows = new MeasureWindows({
        paneMs: process.paneMs,
        windowsMs: measureWindowsOf(process, measure),
        keepsDistinct: definition.distinct,
        keyOf: slot => segments.keyOf(slot),
        sink: publication?.sinkOfMeasure(measure),
      })
      return { definition, segments, windows, number: split.numbers.indexOf(definition.attribute) }
    })
    this.windows = this.#all.map(({ windows }) => windows)
    this.#effects = process.activities.map((_, activity) =>
      this.#all.flatMap((measured): Effect[] => {
        const { on } = measured.definition
        if (on.length === 0) return [{ measured, condition: undefined }]
        const condition = testOf(process, table, on, activity)
        return condition === undefined ? [] : [{ measured, condition }]
      }),
    )
  }

  add(event: CaseEvent): void {
    for (const { measured, condition } of this.#effects[event.activity] as readonly Effect[]) {
      const { segments, windows, number } = measured
      const value = event.numbers[number] as number
      if (Number.isNaN(value) || condition?.holds(event) === false || !windows.isOpenAt(event.at)) continue
      windows.add(segments.admit(event.tuple), event.at, value)
    }
  }

  withdraw(event: CaseEvent): void {
    for (const { measured, condition } of this.#effects[event.activity] as readonly Effect[]) {
      const { segments, windows, number } = measured
      const value = event.numbers[number] as number
      if (Number.isNaN(value) || condition?.holds(event) === false) continue
      windows.withdraw(segments.slotOf(event.tuple), event.at, value)
    }
  }

  /** Whether some segments of the measure were counted together for want of slots. */
  isPartial(measure: number): boolean {
    return this.#all[measure]?.segments.overflowed === true
  }

  /** Lets the horizon pass. @param unsaved is told of panes that nobody has taken before they settle or leave. */
  advance(horizon: number, unsaved: MeasureVisitor): void {
    for (const { definition, segments, windows } of this.#all) {
      windows.advance(
        horizon,
        (segment, pane) => unsaved(definition, segment, pane),
        slot => segments.release(slot),
      )
    }
  }

  /** Panes that changed since the last time. */
  takeDirty(visit: MeasureVisitor): void {
    for (const { definition, windows } of this.#all) {
      windows.takeDirty((segment, pane) => visit(definition, segment, pane))
    }
  }

  snapshot(): readonly MeasureState[] {
    return this.#all.map(({ segments, windows }) => ({ segments: segments.snapshot(), windows: windows.snapshot() }))
  }

  restore(states: readonly MeasureState[]): void {
    states.forEach((state, measure) => {
      this.#all[measure]?.segments.restore(state.segments)
      this.#all[measure]?.windows.restore(state.windows)
    })
  }
}

/** A measure's whole state, as plain data. */
export type MeasureState = { readonly segments: SegmentTableState; readonly windows: MeasureWindowsState }
