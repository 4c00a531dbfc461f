import type { EngineView } from '../../engine/view.ts'
import { type Instant, instant } from '../../event/instant.ts'
import type { ProcessDefinition, RuleDefinition, StageDefinition } from '../../model/definitions.ts'
import { QueryError } from '../../store/queries/query-error.ts'
import { ProblemError, unknownAlert } from '../problem-error.ts'

export function processNamed(view: EngineView, name: string): ProcessDefinition {
  const process = view.processes.find(candidate => candidate.name === name)
  if (process !== undefined) return process
  const known = view.processes.map(candidate => candidate.name).join(', ') || 'none'
  throw new ProblemError('unknown-process', `no process is named ${name}`, `use one of: ${known}`)
}

export function stageNamed(process: ProcessDefinition, name: string): StageDefinition {
  const stage = process.stages.find(candidate => candidate.name === name)
  if (stage !== undefined) return stage
  const known = process.stages.map(candidate => candidate.name).join(', ')
  const detail = `${process.name} has no stage named ${name}`
  throw new ProblemError('unknown-stage', detail, `use one of: ${known}`)
}

export function ruleNamed(process: ProcessDefinition, name: string): RuleDefinition {
  const rule = process.rules.find(candidate => candidate.name === name)
  if (rule !== undefined) return rule
  const known = process.rules.map(candidate => candidate.name).join(', ') || 'none'
  throw new ProblemError('unknown-rule', `${process.name} has no rule named ${name}`, `use one of: ${known}`)
}

export function processOfAlert(view: EngineView, id: string): ProcessDefinition {
  const process = view.processes.find(({ name }) => view.alerts(name).some(alert => alert.id === id))
  if (process !== undefined) return process
  throw unknownAlert(id)
}

/** @throws ProblemError where the store cannot be read, or the question makes no sense to it. */
export async function fromStore<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask()
  } catch (cause) {
    if (cause instanceof QueryError) throw new ProblemError('bad-request', cause.message, cause.remedy, cause)
    const detail = 'the store cannot be read now; live numbers and alerts go on without it'
    const remedy = 'try again in a few seconds; /api/v1/status says how the store is doing'
    throw new ProblemError('store-unavailable', detail, remedy, cause)
  }
}

export const wallClock = (): Instant => instant(Date.now())
