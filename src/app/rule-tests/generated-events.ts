import { durationOf } from '../../model/load-tests.ts'
import type { EventFields, EventGenerator } from '../../model/test-file.ts'
import { RandomDraws } from '../../source/random-draws.ts'

/** An event of a case, in ms since the start of the test. */
export type PlannedEvent = {
  readonly at: number
  readonly case: string
  readonly activity: string
  /** When the case began: what instants among the fields are counted from. */
  readonly caseAt: number
  readonly fields: EventFields
}

/**
 * Cases that begin at even distances and go through the same steps: the same generator gives the same events, always.
 *
 * @param name goes before the number of a case, so that two generators never share one.
 */
export function generatedEvents(generator: EventGenerator, name: string, intervalMs: number): PlannedEvent[] {
  const everyMs = Math.max(1, generator.every === undefined ? intervalMs : durationOf(generator.every))
  const until = durationOf(generator.to)
  const events: PlannedEvent[] = []
  for (let index = 0, caseAt: number = durationOf(generator.from); caseAt < until; index++, caseAt += everyMs) {
    const draws = new RandomDraws(generator.seed, index)
    let at = caseAt
    for (const { activity, after = '0s', spread, fields } of generator.steps) {
      const drawn = durationOf(after) * (1 + spread * (2 * draws.fraction() - 1))
      const happens = released(generator, activity, at + Math.round(drawn * slowness(generator, activity, at)))
      if (happens === undefined) break
      at = happens
      events.push({ at, case: `${name}-${index + 1}`, activity, caseAt, fields: { ...generator.fields, ...fields } })
    }
  }
  return events
}

function slowness({ slow }: EventGenerator, activity: string, beginsAt: number): number {
  let factor = 1
  for (const each of slow) if (each.activity === activity && isWithin(each, beginsAt)) factor *= each.by
  return factor
}

/** When an activity happens that would at `at`; undefined: never. */
function released({ stop }: EventGenerator, activity: string, at: number): number | undefined {
  const stopped = stop.find(each => each.activity === activity && isWithin(each, at))
  if (stopped === undefined) return at
  return stopped.to === undefined ? undefined : durationOf(stopped.to)
}

const isWithin = (span: { readonly from: string; readonly to?: string | undefined }, at: number): boolean =>
  at >= durationOf(span.from) && (span.to === undefined || at < durationOf(span.to))
