import { keptText } from './kept.ts'

/** The metric that is shown in full. */
export const chosenMetric = keptText('metric', true)
