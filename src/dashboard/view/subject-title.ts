import { local } from '../language/language.ts'
import { process } from '../state/selection.ts'

/** The title of a stage of the process that is shown; its name where it has gone from the definitions. */
export function stageTitle(name: string): string {
  const stage = process.value?.stages.find(candidate => candidate.name === name)
  return stage === undefined ? name : local(stage.title)
}

/** What a rule or a metric is about. */
export function subjectTitle({ stage, measure }: { readonly stage: string | null; readonly measure: string | null }) {
  if (stage !== null) return stageTitle(stage)
  const found = process.value?.measures.find(({ name }) => name === measure)
  return found === undefined ? (measure ?? '') : local(found.title)
}
