import type { ProcessDefinition } from '../model/definitions.ts'

/** The window over which the page shows a stage that no rule and no metric watches. */
export const DEFAULT_DISPLAY_WINDOW_MS = 900_000

/** The window over which the page shows a stage: that of its first metric, else of its first rule. */
export function displayWindowMs(process: ProcessDefinition, stage: number): number {
  const watched = [...process.metrics, ...process.rules].find(one => one.stage === stage)
  return watched?.windowMs ?? Math.max(DEFAULT_DISPLAY_WINDOW_MS, process.paneMs)
}

/** All window lengths that anyone asks for of a stage, shortest first. */
export function windowsOf(process: ProcessDefinition, stage: number): number[] {
  const asked = [...process.metrics, ...process.rules]
    .filter(one => one.stage === stage)
    .map(one => one.windowMs as number)
  return [...new Set([...asked, displayWindowMs(process, stage)])].sort((a, b) => a - b)
}
