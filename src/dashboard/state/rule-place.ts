import { keptText } from './kept.ts'

/** The rule whose definition and reasons are shown. */
export const chosenRule = keptText('rule', true)
/** Where it is asked about: a segment as JSON text; undefined: where it fires, or the first one. */
export const chosenRuleSegment = keptText('at')
