import { CaseBook, type CaseBookState } from '../cases/case-book.ts'
import { type ProcessPlan, planProcess } from '../cases/process-plan.ts'
import { SegmentTable, type SegmentTableState } from '../cases/segment-table.ts'
import type { VisitChange } from '../cases/visit.ts'
import type { Decoded } from '../decode/decoded.ts'
import type { Event } from '../event/event.ts'
import type { DeadLetter, SourceRecord } from '../event/record.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import { windowsOf } from '../windows/config.ts'
import { paneIndexOf } from '../windows/span.ts'
import { StageWindows, type StageWindowsState } from '../windows/stage-windows.ts'
import { targetsOf } from '../windows/targets.ts'
import { countIgnored, newPartitionCounts, type PartitionCounts } from './counts.ts'
import type { PaneRow, RowVersion, ShardOutput, VisitRow } from './output.ts'
import { ChangedVisits, paneRow } from './rows.ts'
import { Watermarks } from './watermarks.ts'

export type ShardOptions = {
  readonly process: ProcessDefinition
  /** Partition number, the same in all topics of the process. */
  readonly partition: number
  readonly topics: readonly string[]
  /** Rises when the topics are others than before or history is read anew on purpose. */
  readonly epoch: number
}

/*
 * The fold of one partition: a pure function of its records.
 *
 *     record ─decode─▶ events ─cases─▶ signed changes of visits ─windows─▶ panes, open visits
 *
 * For each event, in this order: it is judged by the watermark as it was before it; its changes are counted; it lifts
 * the watermark; what the watermark lets expire is counted; then panes settle. So a result never depends on where a
 * batch was cut, nor an expiry on whether time came in steps or in one leap.
 */
export class Shard {
  readonly #process: ProcessDefinition
  readonly #options: ShardOptions
  readonly #plan: ProcessPlan
  readonly #segments: readonly SegmentTable[]
  readonly #book: CaseBook
  readonly #watermarks: Watermarks
  readonly #counts: PartitionCounts[]
  /** By topic: the offset after the last record folded. */
  readonly #nextOffsets: number[]
  readonly stages: readonly StageWindows[]
  readonly #changed = new ChangedVisits()
  #unsavedPanes: PaneRow[] = []
  #deadLetters: DeadLetter[] = []
  #settledPane = -Infinity
  /** Rises whenever a segment came or went, so that a reader knows when to look again. */
  segmentsVersion = 0

  constructor(options: ShardOptions) {
    const { process, topics } = options
    this.#process = process
    this.#options = options
    this.#plan = planProcess(process)
    this.#segments = process.stages.map(stage => new SegmentTable(stage.by, stage.maxSegments))
    this.#book = new CaseBook(this.#plan, this.#segments, topics.length)
    this.#watermarks = new Watermarks(topics.length, process.settleMs)
    this.#counts = topics.map(newPartitionCounts)
    this.#nextOffsets = topics.map(() => 0)
    this.stages = process.stages.map(
      (stage, index) =>
        new StageWindows({
          paneMs: process.paneMs,
          windowsMs: windowsOf(process, index),
          isSegmented: stage.by.length > 0,
          targetOf: targetsOf(stage),
        }),
    )
  }

  get partition(): number {
    return this.#options.partition
  }

  /** Cases in memory. */
  get casesInMemory(): number {
    return this.#book.size
  }

  /** How far event time has come in the topic; `-Infinity` before the first event. */
  watermarkOf(topic: number): number {
    return this.#watermarks.of(topic)
  }

  nextOffsetOf(topic: number): number {
    return this.#nextOffsets[topic] as number
  }

  countsOf(topic: number): PartitionCounts {
    const { conflicting, ...roles } = this.#book.roles(topic)
    return { ...(this.#counts[topic] as PartitionCounts), conflicting, ...roles }
  }

  /** Whether some segments of the stage were counted together for want of slots. */
  isPartial(stage: number): boolean {
    return this.#segments[stage]?.overflowed === true
  }

  /**
   * Folds one record.
   *
   * @param topic position in the shard's topics.
   * @param record of a higher offset than any of this topic before.
   */
  fold(topic: number, record: SourceRecord, decoded: Decoded): void {
    const counts = this.#counts[topic] as PartitionCounts
    this.#nextOffsets[topic] = record.offset + 1
    counts.consumed++
    if (decoded.kind === 'skipped') {
      counts.skipped++
      return
    }
    if (decoded.kind === 'rejected') {
      counts.rejected++
      counts.rejectedBy[decoded.reason] = (counts.rejectedBy[decoded.reason] ?? 0) + 1
      this.#bury(topic, record, decoded.reason, decoded.detail)
      return
    }
    counts.decoded++
    const lateDetails: string[] = []
    for (const event of decoded.events) {
      counts.events++
      if ('ignored' in event) countIgnored(counts, event.ignored)
      else if (!this.#accept(topic, event, counts)) lateDetails.push(this.#process.activities[event.activity] as string)
    }
    if (lateDetails.length > 0) this.#bury(topic, record, 'late', `older than the watermark allows: ${lateDetails}`)
  }

  /** What changed since the last time, as rows to be stored. */
  takeOutput(): ShardOutput {
    const version = this.#version()
    const panes = this.#unsavedPanes
    this.#process.stages.forEach((stage, index) => {
      this.stages[index]?.takeDirty((segment, pane, content) => {
        panes.push(paneRow(this.#process, version, stage, segment, pane, content))
      })
    })
    const visits: VisitRow[] = this.#changed.take(this.#process, version)
    const deadLetters = this.#deadLetters
    this.#unsavedPanes = []
    this.#deadLetters = []
    return { visits, panes, deadLetters }
  }

  snapshot(): ShardState {
    return {
      topics: this.#options.topics,
      epoch: this.#options.epoch,
      nextOffsets: this.#nextOffsets.slice(),
      watermarks: this.#watermarks.snapshot(),
      counts: structuredClone(this.#counts),
      segments: this.#segments.map(table => table.snapshot()),
      cases: this.#book.snapshot(),
      stages: this.stages.map(stage => stage.snapshot()),
    }
  }

  /**
   * Takes over a snapshot's state; the shard must be new.
   *
   * Every visit and pane in memory is then handed out again: rows that were on their way to the store when the
   * snapshot was taken may not have arrived, and absolute rows may be written twice.
   */
  restore(state: ShardState): void {
    this.#watermarks.restore(state.watermarks)
    state.nextOffsets.forEach((offset, topic) => {
      this.#nextOffsets[topic] = offset
    })
    state.counts.forEach((counts, topic) => {
      this.#counts[topic] = counts
    })
    state.segments.forEach((table, stage) => {
      this.#segments[stage]?.restore(table)
    })
    state.stages.forEach((stage, index) => {
      this.stages[index]?.restore(stage)
    })
    this.#book.restore(state.cases)
    this.#book.forEachVisit(visit => this.#changed.add({ sign: 1, visit }, undefined))
    this.segmentsVersion++
  }

  /** @returns false where the event is late and could not be applied. */
  #accept(topic: number, event: Event, counts: PartitionCounts): boolean {
    const changes: VisitChange[] = []
    const { horizon } = this.#watermarks
    const acceptance = this.#book.accept(event, topic, this.#watermarks.lateBefore(topic), horizon, changes)
    counts[acceptance.outcome]++
    if (acceptance.outcome === 'counted' && acceptance.lateApplied) counts.lateApplied++
    if (acceptance.outcome !== 'late') this.#watermarks.lift(topic, event.at)
    this.#book.advance(this.#watermarks.shard, changes)
    changes.forEach((change, index) => {
      this.#apply(change, changes[index + 1])
    })
    this.#settle()
    return acceptance.outcome !== 'late'
  }

  #apply(change: VisitChange, next: VisitChange | undefined): void {
    const stage = this.stages[change.visit.stage] as StageWindows
    const before = stage.segments.size
    stage.apply(change)
    if (stage.segments.size !== before) this.segmentsVersion++
    this.#changed.add(change, next)
  }

  #settle(): void {
    const { horizon } = this.#watermarks
    const settledPane = paneIndexOf(horizon, this.#process.paneMs) - 1
    if (settledPane <= this.#settledPane) return
    this.#settledPane = settledPane
    this.stages.forEach((stage, index) => {
      const definition = this.#process.stages[index]
      if (definition === undefined) throw new Error(`stage ${index} is not one of the process`)
      const dropped = stage.advance(horizon, (segment, pane, content) => {
        this.#unsavedPanes.push(paneRow(this.#process, this.#version(), definition, segment, pane, content))
      })
      if (!dropped) return
      this.#segments[index]?.release(key => stage.segments.has(key))
      this.segmentsVersion++
    })
  }

  #bury(topic: number, record: SourceRecord, reason: DeadLetter['reason'], detail: string): void {
    this.#deadLetters.push({
      process: this.#process.name,
      topic: this.#options.topics[topic] as string,
      partition: this.partition,
      offset: record.offset,
      reason,
      detail,
      key: record.key,
      value: record.value,
    })
  }

  #version(): RowVersion {
    return {
      source: this.#options.topics.join(','),
      partition: this.partition,
      epoch: this.#options.epoch,
      position: this.#nextOffsets.reduce((sum, offset) => sum + offset, 0),
    }
  }
}

/** A shard's whole state, as plain data. */
export type ShardState = {
  readonly topics: readonly string[]
  readonly epoch: number
  readonly nextOffsets: readonly number[]
  readonly watermarks: readonly number[]
  readonly counts: readonly PartitionCounts[]
  readonly segments: readonly SegmentTableState[]
  readonly cases: CaseBookState
  readonly stages: readonly StageWindowsState[]
}
