import type { AlertTransition } from '../../src/alerts/transition.ts'
import type {
  EngineView,
  MeasureStatistics,
  OpenDeadline,
  ProcessStatus,
  StageStatistics,
} from '../../src/engine/view.ts'
import { instant } from '../../src/event/instant.ts'
import type { ProcessDefinition } from '../../src/model/definitions.ts'

/** An engine's view over plain data that a test sets: what was announced last is what is answered. */
export class PlainEngine implements EngineView {
  readonly processes: readonly ProcessDefinition[]
  readonly #statistics = new Map<string, readonly StageStatistics[]>()
  readonly #measures = new Map<string, readonly MeasureStatistics[]>()
  readonly #status = new Map<string, ProcessStatus>()
  readonly #deadlines = new Map<string, readonly OpenDeadline[]>()
  readonly #alerts = new Map<string, AlertTransition>()
  readonly #transitions = new Set<(transition: AlertTransition) => void>()
  readonly #evaluations = new Set<(process: string) => void>()

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

  async deadlinesOf(_process: string, caseId: string): Promise<readonly OpenDeadline[]> {
    return this.#deadlines.get(caseId) ?? []
  }

  setDeadlines(caseId: string, deadlines: readonly OpenDeadline[]): void {
    this.#deadlines.set(caseId, deadlines)
  }

  alerts(process: string): readonly AlertTransition[] {
    return [...this.#alerts.values()].filter(alert => alert.process === process)
  }

  onTransition(listener: (transition: AlertTransition) => void): () => void {
    this.#transitions.add(listener)
    return () => this.#transitions.delete(listener)
  }

  onEvaluation(listener: (process: string) => void): () => void {
    this.#evaluations.add(listener)
    return () => this.#evaluations.delete(listener)
  }

  /** How many are listening; a gateway that has closed listens no more. */
  get listeners(): number {
    return this.#transitions.size + this.#evaluations.size
  }

  announce(transition: AlertTransition): void {
    this.#alerts.set(transition.id, transition)
    for (const listener of this.#transitions) listener(transition)
  }

  evaluate(
    status: ProcessStatus,
    statistics: readonly StageStatistics[],
    measures: readonly MeasureStatistics[] = [],
  ): void {
    this.#measures.set(status.process, measures)
    this.#status.set(status.process, status)
    this.#statistics.set(status.process, statistics)
    for (const listener of this.#evaluations) listener(status.process)
  }
}
