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

export const dimensionsOf = (process: ProcessDefinition, { by }: StageDefinition): readonly string[] =>
  by.map(attribute => process.attributes[attribute]?.name ?? `#${attribute}`)

/** @throws ProblemError where the stage is not cut by one of these. @param parameter that names them. */
export function checkDimensions(
  process: ProcessDefinition,
  stage: StageDefinition,
  named: readonly string[],
  parameter: 'by' | 'segment',
): void {
  const own = dimensionsOf(process, stage)
  const strange = named.filter(name => !own.includes(name))
  if (strange.length === 0) return
  const detail = `${stage.name} is not cut by ${strange.map(name => JSON.stringify(name.slice(0, 100))).join(', ')}`
  const remedy = own.length === 0 ? `leave out \`${parameter}\`` : `use some of ${own.join(', ')} in \`${parameter}\``
  throw new ProblemError('bad-request', detail, remedy)
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

/** For answers that go on without the store, and say so. @returns undefined: it cannot be read now. */
export async function ifStoreAnswers<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await fromStore(ask)
  } catch (error) {
    if (error instanceof ProblemError && error.word === 'store-unavailable') return undefined
    throw error
  }
}

export const wallClock = (): Instant => instant(Date.now())
