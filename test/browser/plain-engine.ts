import type { AlertAction } from '../../src/alerts/alert-action.ts'
import { type AlertMarks, unmarked } from '../../src/alerts/alert-marks.ts'
import type { AlertOverlay } from '../../src/alerts/overlay.ts'
import type { AlertTransition } from '../../src/alerts/transition.ts'
import type { RuleAtSegment } from '../../src/engine/rule-at-segment.ts'
import { ShownActions } from '../../src/engine/shown-actions.ts'
import type {
  EngineView,
  MeasureStatistics,
  OpenDeadline,
  OpenStage,
  ProcessStatus,
  StageStatistics,
} from '../../src/engine/view.ts'
import { type Instant, instant } from '../../src/event/instant.ts'
import type { SegmentLabels } from '../../src/event/segment.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'

/** An engine's view over plain data that a test sets: what was announced last is what is answered. */
export class PlainEngine implements EngineView {
  readonly processes: readonly ProcessDefinition[]
  readonly #statistics = new Map<string, readonly StageStatistics[]>()
  readonly #measures = new Map<string, readonly MeasureStatistics[]>()
  readonly #status = new Map<string, ProcessStatus>()
  readonly #deadlines = new Map<string, readonly OpenDeadline[]>()
  readonly #alerts = new Map<string, AlertTransition>()
  /** By process and rule. */
  readonly explained = new Map<string, RuleAtSegment>()
  readonly #transitions = new Set<(transition: AlertTransition, readAt: Instant | undefined) => void>()
  readonly #evaluations = new Set<(process: string, readAt: Instant | undefined) => void>()
  readonly #actions = new ShownActions()
  /** By alert. */
  readonly #marks = new Map<string, AlertMarks>()
  readonly #acted = new Set<(transition: AlertTransition) => void>()

  constructor(processes: readonly ProcessDefinition[]) {
    this.processes = processes
  }

  status(process: string): ProcessStatus {
    return (
      this.#status.get(process) ?? {
        process,
        source: { kind: 'connecting', to: 'kafka:9092', since: instant(0) },
        evaluatedAt: undefined,
        watermark: undefined,
        catchingUp: false,
        heldBy: [],
        held: undefined,
        unknownEnds: [],
        casesInMemory: 0,
        partitions: [],
      }
    )
  }

  statistics(process: string): readonly StageStatistics[] {
    return this.#statistics.get(process) ?? []
  }

  measureStatistics(process: string): readonly MeasureStatistics[] {
    return this.#measures.get(process) ?? []
  }

  /** Half of the open visits are younger than a minute, and none is older than five. */
  openStage(process: string, stage: string, segment: SegmentLabels): OpenStage | undefined {
    const at = this.status(process).evaluatedAt
    const found = this.statistics(process).find(one => one.stage === stage)
    const key = JSON.stringify(segment)
    const { values = {} } = found?.segments.find(one => JSON.stringify(one.segment) === key) ?? {}
    if (at === undefined || found === undefined) return undefined
    const { wip = 0, p50 = 0, p90 = 0, p99 = 0 } = values
    const [young, old] = [Math.ceil(wip / 2), Math.floor(wip / 8)]
    return {
      at,
      windowMs: found.windowMs,
      values: { ...values, live_p50: p50 * 1.1, live_p90: p90 * 1.2, live_p99: p99 * 1.3 },
      ages: [
        { fromMs: 0, toMs: 60_000, count: young },
        { fromMs: 60_000, toMs: 180_001, count: wip - young - old },
        { fromMs: 180_001, toMs: 300_000, count: old },
      ],
    }
  }

  async deadlinesOf(_process: string, caseId: string): Promise<readonly OpenDeadline[]> {
    return this.#deadlines.get(caseId) ?? []
  }

  setDeadlines(caseId: string, deadlines: readonly OpenDeadline[]): void {
    this.#deadlines.set(caseId, deadlines)
  }

  explain(process: string, rule: string): RuleAtSegment | undefined {
    return this.explained.get(`${process} ${rule}`)
  }

  alerts(process: string): readonly AlertTransition[] {
    return [...this.#alerts.values()].filter(alert => alert.process === process)
  }

  actionsOf(alert: string): readonly AlertAction[] {
    return this.#actions.actionsOf(alert)
  }

  overlayOf(alert: string): AlertOverlay {
    return this.#actions.overlayOf(alert)
  }

  marksOf(alert: string): AlertMarks {
    return this.#marks.get(alert) ?? unmarked
  }

  mark(alert: string, marks: AlertMarks): void {
    this.#marks.set(alert, marks)
    const transition = this.#alerts.get(alert)
    if (transition !== undefined) for (const listener of this.#acted) listener(transition)
  }

  onAction(listener: (transition: AlertTransition) => void): () => void {
    this.#acted.add(listener)
    return () => this.#acted.delete(listener)
  }

  act(action: AlertAction): void {
    const transition = this.#alerts.get(action.alert)
    if (transition === undefined) throw new Error(`there is no alert ${action.alert}`)
    this.#actions.add(action)
    for (const listener of this.#acted) listener(transition)
  }

  onTransition(listener: (transition: AlertTransition, readAt: Instant | undefined) => void): () => void {
    this.#transitions.add(listener)
    return () => this.#transitions.delete(listener)
  }

  onEvaluation(listener: (process: string, readAt: Instant | undefined) => void): () => void {
    this.#evaluations.add(listener)
    return () => this.#evaluations.delete(listener)
  }

  /** How many are listening; a gateway that has closed listens no more. */
  get listeners(): number {
    return this.#transitions.size + this.#evaluations.size + this.#acted.size
  }

  /** @param readAt when the record was read that it came of. */
  announce(transition: AlertTransition, readAt?: Instant): void {
    this.#alerts.set(transition.id, transition)
    for (const listener of this.#transitions) listener(transition, readAt)
  }

  evaluate(
    status: ProcessStatus,
    statistics: readonly StageStatistics[],
    measures: readonly MeasureStatistics[] = [],
    readAt?: Instant,
  ): void {
    this.#measures.set(status.process, measures)
    this.#status.set(status.process, status)
    this.#statistics.set(status.process, statistics)
    for (const listener of this.#evaluations) listener(status.process, readAt)
  }
}
