import { DUPLICATE, LATE, LATE_APPLIED } from '../cases/acceptance.ts'
import { CaseBook } from '../cases/case-book.ts'
import type { CaseLooks } from '../cases/case-looks.ts'
import { newAttributeTable, planProcess } from '../cases/process-plan.ts'
import { SegmentTable } from '../cases/segment-table.ts'
import type { ChangedVisit } from '../cases/visit.ts'
import { DecodedRecord } from '../decode/decoded-record.ts'
import type { AttributeTable } from '../event/attribute-table.ts'
import type { SourceRecord } from '../event/record.ts'
import { splitAttributes } from '../model/attribute-split.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { DueLedger } from '../windows/due-ledger.ts'
import type { MeasureWindows } from '../windows/measure-windows.ts'
import { paneIndexOf, paneStart } from '../windows/span.ts'
import { StageWindows } from '../windows/stage-windows.ts'
import { countIgnored, newPartitionCounts, type PartitionCounts } from './counts.ts'
import { whyOverLimit } from './limits.ts'
import { ShardMeasures } from './measures.ts'
import { OpenCases } from './open-cases/open-cases.ts'
import type { ShardOptions } from './options.ts'
import {
  type MeasurePaneRow,
  type PaneRow,
  positionOf,
  type RowVersion,
  type SettledRow,
  type ShardOutput,
} from './output.ts'
import { type Publication, PublicationWriter } from './publication.ts'
import { RawRecords } from './raw-records.ts'
import { ReadPositions } from './read-positions.ts'
import { measurePaneRow, paneRow } from './rows.ts'
import { duesOfShard } from './shard-dues.ts'
import type { ShardState } from './shard-state.ts'
import { stageSettingsOf } from './stage-settings.ts'
import { summaryOf } from './summary.ts'
import type { ShardView } from './view.ts'
import { allVisits, showsOpenVisits } from './visit-policy.ts'
import { VisitRows } from './visit-rows.ts'
import { Watermarks } from './watermarks.ts'

/*
 * The fold of one partition: a pure function of its records.
 *
 *     record ─decode─▶ events ─cases─▶ signed changes of visits ─windows─▶ panes, open visits
 *                                  └─▶ counted events ───measures─▶ panes of measures
 *
 * For each event, in this order: it is judged by the watermark as it was before it; its changes are counted; it lifts
 * the watermark; what the watermark lets expire is counted; then panes settle. So a result never depends on where a
 * batch was cut, nor an expiry on whether time came in steps or in one leap.
 */
export class Shard implements ShardView {
  readonly #process: ProcessDefinition
  readonly #options: ShardOptions
  readonly #table: AttributeTable
  readonly #segments: readonly SegmentTable[]
  readonly #book: CaseBook
  readonly #watermarks: Watermarks
  readonly #counts: PartitionCounts[]
  readonly #positions: ReadPositions
  readonly stages: readonly StageWindows[]
  /** undefined: the process has none. */
  readonly #measures: ShardMeasures | undefined
  /** The stages, and behind them the rests that deadlines ask for, which nobody sees. */
  readonly allStages: readonly StageWindows[]
  /** Where its open cases stand within deadlines. */
  readonly due: DueLedger
  readonly openCases: OpenCases
  #unsavedPanes: PaneRow[] = []
  #unsavedMeasurePanes: MeasurePaneRow[] = []
  /** Changed visits that a snapshot had to look up before they were asked for. */
  #untakenVisits: ChangedVisit[] = []
  readonly #visitRows: VisitRows
  readonly #raw: RawRecords
  readonly #keepsRecords: boolean
  /** undefined: nobody takes publications. */
  readonly #publication: PublicationWriter | undefined
  #settledPane = -Infinity
  /** What was last told of it. */
  #settledTold = -Infinity

  constructor(options: ShardOptions) {
    const { process, topics } = options
    this.#process = process
    this.#options = options
    this.#raw = new RawRecords(process.name, topics, options.partition)
    this.#keepsRecords = options.withRecords ?? false
    const publication = options.isPublished === true ? new PublicationWriter() : undefined
    this.#publication = publication
    this.#table = newAttributeTable(process)
    const plan = planProcess(process, this.#table)
    const settings = stageSettingsOf(process, publication !== undefined)
    this.#segments = settings.map(({ definition: { by, maxSegments } }) => {
      const labels = by.map(position => plan.split.labels.indexOf(position))
      return new SegmentTable(labels, maxSegments, this.#table)
    })
    const calendars = settings.map(({ calendar }) => calendar)
    const targets = settings.map(({ targetOf }) => targetOf)
    const visits = options.visits ?? allVisits
    this.#visitRows = new VisitRows({ process, calendars, targets, visits })
    this.allStages = settings.map((own, index) => {
      const segments = this.#segments[index] as SegmentTable
      return new StageWindows({
        ...own,
        targetOfOther: labels => own.targetOf(segments.ownKeyOf(labels)),
        keyOf: slot => segments.keyOf(slot),
        sink: publication?.sinkOfStage(index),
      })
    })
    this.#watermarks = new Watermarks(topics.length, process.settleMs)
    this.#measures = process.measures.length === 0 ? undefined : new ShardMeasures(process, this.#table, publication)
    this.stages = this.allStages.slice(0, process.stages.length)
    this.due = duesOfShard(process, this.#segments, settings, publication !== undefined)
    this.openCases = new OpenCases({
      process,
      segments: this.#segments,
      stages: () => this.allStages,
      looks: () => this.looks,
      isPublished: publication !== undefined,
    })
    this.#book = new CaseBook({
      plan,
      table: this.#table,
      segments: this.#segments,
      sinks: this.allStages,
      openCases: this.openCases.byStage,
      due: this.openCases.besideDues(this.due),
      time: this.#watermarks.time,
      counted: this.#measures,
      sources: topics.length,
      showsOpenVisits: caseId => showsOpenVisits(visits, caseId),
      withVisits: visits.keep !== 'none',
      limits: { cases: process.limits.maxCases, eventsPerCase: process.limits.maxEventsPerCase },
    })
    this.#counts = topics.map(newPartitionCounts)
    this.#positions = new ReadPositions(topics.length)
  }

  /** The labels of the records that are folded here. */
  get table(): AttributeTable {
    return this.#table
  }

  /** The first `count` of these records will be folded next. */
  foresee(decoded: readonly DecodedRecord[], count: number): void {
    this.#book.foresee(decoded, count)
  }

  /** What records are decoded into, for this shard: its labels are those of the shard's table. */
  newRecord(): DecodedRecord {
    return new DecodedRecord(this.#table, splitAttributes(this.#process.attributes))
  }

  get partition(): number {
    return this.#options.partition
  }

  /** Cases in memory. */
  get casesInMemory(): number {
    return this.#book.size
  }

  /** Bytes of the blocks that cases lie in. */
  get caseBytes(): number {
    return this.#book.bytes
  }

  /** Reads single cases. */
  get looks(): CaseLooks {
    return this.#book.looks
  }

  /** How far event time has come in the topic; `-Infinity` before the first event. */
  watermarkOf(topic: number): number {
    return this.#watermarks.of(topic)
  }

  nextOffsetOf(topic: number): number {
    return this.#positions.nextOffsetOf(topic)
  }

  countsOf(topic: number): PartitionCounts {
    const { conflicting, ...roles } = this.#book.roles(topic)
    return { ...(this.#counts[topic] as PartitionCounts), conflicting, ...roles }
  }

  /** Rises whenever a segment came or went, so that a reader knows when to look again. */
  get segmentsVersion(): number {
    let version = 0
    for (const { segmentsVersion } of [...this.stages, ...this.measures]) version += segmentsVersion
    return version
  }

  /** Of each measure of the process. */
  get measures(): readonly MeasureWindows[] {
    return this.#measures?.windows ?? []
  }

  /** Whether some segments of the stage were counted together for want of slots, or events turned away for want of room. */
  isPartial(stage: number): boolean {
    return this.#hasTurnedAway() || this.#segments[stage]?.overflowed === true
  }

  isMeasurePartial(measure: number): boolean {
    return this.#hasTurnedAway() || this.#measures?.isPartial(measure) === true
  }

  /**
   * Folds one record.
   *
   * @param topic position in the shard's topics.
   * @param record of a higher offset than any of this topic before.
   * @param decoded what it says, in a record made by `newRecord`.
   */
  fold(topic: number, record: SourceRecord, decoded: DecodedRecord): void {
    const counts = this.#counts[topic] as PartitionCounts
    this.#positions.folded(topic, record.offset)
    counts.consumed++
    if (this.#keepsRecords) this.#raw.keep(topic, record)
    if (decoded.kind === 'skipped') {
      counts.skipped++
      return
    }
    if (decoded.kind === 'rejected') {
      counts.rejected++
      counts.rejectedBy[decoded.reason] = (counts.rejectedBy[decoded.reason] ?? 0) + 1
      this.#raw.bury(topic, record, decoded.reason, decoded.detail)
      return
    }
    if (decoded.count > 0 && !this.#hasRoomFor(decoded, counts)) {
      counts.rejected++
      counts.rejectedBy['over-limit'] = (counts.rejectedBy['over-limit'] ?? 0) + 1
      const { limits } = this.#process
      const isCaseTooLong = this.#book.knowsCase() || decoded.count > limits.maxEventsPerCase
      this.#raw.bury(topic, record, 'over-limit', whyOverLimit(limits, isCaseTooLong))
      return
    }
    counts.decoded++
    counts.events += decoded.count + decoded.ignored.length
    for (const activity of decoded.ignored) countIgnored(counts, activity)
    if (decoded.count > 0) this.#foldEvents(topic, record, decoded, counts)
  }

  /** Nothing that could be folded lies in the topic before this offset. */
  passTo(topic: number, offset: number): void {
    this.#positions.passTo(topic, offset)
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
    const visits = this.#visitRows.of(version, this.#takeVisits())
    this.#untakenVisits = []
    const measurePanes = this.#unsavedMeasurePanes
    this.#measures?.takeDirty((measure, segment, pane) => {
      measurePanes.push(measurePaneRow(this.#process, version, measure, segment, pane))
    })
    this.#unsavedPanes = []
    this.#unsavedMeasurePanes = []
    return { visits, panes, measurePanes, ...this.#raw.take(), settled: this.#newlySettled(version) }
  }

  /** What changed since the last time, for a replica. Only where `isPublished`. */
  publish(): Publication {
    const writer = this.#publication
    if (writer === undefined) throw new Error('a shard that is not published was asked for a publication')
    this.due.takeChanged((place, line) => writer.due(place, line))
    for (const stage of this.allStages) stage.publish()
    for (const measure of this.measures) measure.publish()
    this.openCases.publish(writer)
    return { entries: writer.take(), summary: summaryOf(this, this.#options, this.#watermarks, this.#positions) }
  }

  snapshot(): ShardState {
    this.openCases.tidy()
    return {
      topics: this.#options.topics,
      epoch: this.#options.epoch,
      nextOffsets: this.#positions.snapshot(),
      watermarks: this.#watermarks.snapshot(),
      counts: structuredClone(this.#counts),
      attributes: this.#table.snapshot(),
      segments: this.#segments.map(table => table.snapshot()),
      changedVisits: this.#takeVisits(),
      cases: this.#book.snapshot(),
      stages: this.allStages.map(stage => stage.snapshot()),
      measures: this.#measures?.snapshot() ?? [],
    }
  }

  /**
   * Takes over a snapshot's state; the shard must be new.
   *
   * Every pane in memory is then handed out again; absolute rows may be written twice.
   */
  restore(state: ShardState): void {
    this.#watermarks.restore(state.watermarks)
    this.#positions.restore(state.nextOffsets)
    Object.assign(this.#counts, state.counts)
    this.#table.restore(state.attributes)
    state.segments.forEach((table, stage) => {
      this.#segments[stage]?.restore(table)
    })
    state.stages.forEach((stage, index) => {
      this.allStages[index]?.restore(stage)
    })
    this.#measures?.restore(state.measures)
    this.#book.restore(state.cases)
    this.#untakenVisits = [...state.changedVisits]
  }

  #takeVisits(): readonly ChangedVisit[] {
    this.#untakenVisits = [...this.#untakenVisits, ...this.#book.takeChanged()]
    return this.#untakenVisits
  }

  #foldEvents(topic: number, record: SourceRecord, decoded: DecodedRecord, counts: PartitionCounts): void {
    const watermarks = this.#watermarks
    let late: string[] | undefined
    for (let event = 0; event < decoded.count; event++) {
      watermarks.turnTo(topic)
      const outcome = this.#book.accept(decoded, event, topic)
      if (outcome === DUPLICATE) counts.duplicate++
      else if (outcome === LATE) {
        counts.late++
        late ??= []
        late.push(this.#process.activities[decoded.activities[event] as number] as string)
      } else {
        counts.counted++
        if (outcome === LATE_APPLIED) counts.lateApplied++
      }
      const isHigher = outcome !== LATE && watermarks.lift(topic, decoded.at[event] as number)
      // Even where the watermark stays: the event may have made a visit that has expired already.
      this.#book.advance()
      if (isHigher) this.#settle()
    }
    if (late !== undefined) this.#raw.bury(topic, record, 'late', `older than the watermark allows: ${late}`)
  }

  #hasRoomFor(decoded: DecodedRecord, counts: PartitionCounts): boolean {
    this.#book.begin(decoded)
    const cutBefore = this.#book.settleCut
    const hasRoom = this.#book.hasRoomFor(decoded)
    counts.settleCut += this.#book.settleCut - cutBefore
    return hasRoom
  }

  #settle(): void {
    const { horizon } = this.#watermarks.time
    const settledPane = paneIndexOf(horizon, this.#process.paneMs) - 1
    if (settledPane <= this.#settledPane) return
    this.#settledPane = settledPane
    this.allStages.forEach((stage, index) => {
      const definition = this.#process.stages[index]
      stage.advance(
        horizon,
        (segment, pane, content) => {
          // Rests have no rows.
          if (definition === undefined) return
          this.#unsavedPanes.push(paneRow(this.#process, this.#version(), definition, segment, pane, content))
        },
        slot => this.#segments[index]?.release(slot),
      )
    })
    this.#measures?.advance(horizon, (measure, segment, pane) => {
      this.#unsavedMeasurePanes.push(measurePaneRow(this.#process, this.#version(), measure, segment, pane))
    })
  }

  #hasTurnedAway(): boolean {
    return this.#counts.some(({ rejectedBy }) => rejectedBy['over-limit'] !== undefined)
  }

  #newlySettled(version: RowVersion): SettledRow[] {
    if (this.#settledPane <= this.#settledTold) return []
    this.#settledTold = this.#settledPane
    const before = paneStart(this.#settledPane + 1, this.#process.paneMs)
    return [{ ...version, process: this.#process.name, before }]
  }

  #version(): RowVersion {
    return {
      source: this.#options.source ?? this.#options.topics.join(','),
      partition: this.partition,
      epoch: this.#options.epoch,
      position: positionOf(this.#options.life ?? 0, this.#positions.recordsEnd),
    }
  }
}
