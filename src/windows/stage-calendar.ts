import { type BusinessCalendar, compileCalendar } from '../model/business-calendar.ts'
import type { StageDefinition } from '../model/definitions.ts'

/**
 * The calendar that a stage's durations are counted by, ready to count; undefined: the wall clock.
 *
 * What the zone's clocks did is looked up at the first question, which takes some 50 ms: it is asked here, so that no
 * event waits for it. Which year is asked about does not alter an answer, only what is there already.
 */
export function calendarOf({ calendar }: StageDefinition): BusinessCalendar | undefined {
  if (calendar === undefined) return undefined
  const compiled = compileCalendar(calendar)
  compiled.businessMs(recent, recent + 1)
  return compiled
}

const recent = Date.UTC(2026, 0, 1)
