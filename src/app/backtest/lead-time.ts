import type { Instant } from '../../event/instant.ts'
import { type SegmentLabels, segmentKey } from '../../event/segment.ts'
import type { ProcessDefinition, StageDefinition } from '../../model/definitions.ts'
import type { VisitRow } from '../../shard/output.ts'
import { calendarOf } from '../../windows/stage-calendar.ts'
import { dueByTarget, targetsOf } from '../../windows/targets.ts'
import type { Episode } from './episodes.ts'

/** How long before the first breach alerts fired: of those that met one. */
export type LeadTimes = {
  /** In ms; negative: after it. */
  readonly medianMs: number | undefined
  /** Alerts that fired before the first breach, and with it or after it. */
  readonly before: number
  readonly after: number
}

/** A visit that was not over when it was due. */
type Breach = { readonly start: number; readonly end: number; readonly due: number; readonly segment: SegmentLabels }

/**
 * Visits that were late, by stage: those that completed over their target or due instant, and those that are over it and
 * still open. Rows come in any order, the newest of a visit counts.
 */
export class Breaches {
  readonly #process: ProcessDefinition
  readonly #dueOf = new Map<string, (row: VisitRow) => number>()
  /** By stage, case and visit. */
  readonly #breaches = new Map<string, Map<string, Breach>>()

  constructor(process: ProcessDefinition) {
    this.#process = process
    for (const stage of process.stages) {
      const dueOf = this.#dueFunctionOf(stage)
      if (dueOf === undefined) continue
      this.#dueOf.set(stage.name, dueOf)
      this.#breaches.set(stage.name, new Map())
    }
  }

  add(rows: readonly VisitRow[]): void {
    for (const row of rows) {
      const dueOf = this.#dueOf.get(row.stage)
      if (dueOf === undefined) continue
      const visits = this.#breaches.get(row.stage) as Map<string, Breach>
      const key = `${row.visit} ${row.case}`
      const due = row.deleted || row.outcome === 'abandoned' || row.outcome === 'expired' ? Number.NaN : dueOf(row)
      const end = row.end ?? Infinity
      if (due < end) visits.set(key, { start: row.start, end, due, segment: row.segment })
      else visits.delete(key)
    }
  }

  /**
   * @param until the end of the past: what is open and due later is no breach.
   * @returns undefined where no stage of these alerts says when its visits are due.
   */
  leadOf(episodes: readonly Episode[], until: Instant): LeadTimes | undefined {
    const asked = episodes.filter(({ stage }) => stage !== undefined && this.#breaches.has(stage))
    if (asked.length === 0) return undefined
    const leads = asked.flatMap(episode => this.#leadOf(episode, until) ?? [])
    return {
      medianMs: medianOf(leads),
      before: leads.filter(lead => lead > 0).length,
      after: leads.filter(lead => lead <= 0).length,
    }
  }

  /** Until the first breach of the visits that were there while the alert was: in its segment, open at some time within it. */
  #leadOf({ stage, segment, fired, resolved }: Episode, until: Instant): number | undefined {
    let first = Infinity
    for (const visit of this.#breaches.get(stage ?? '')?.values() ?? []) {
      if (visit.due >= until || visit.start >= (resolved ?? until) || visit.end <= fired || visit.due >= first) continue
      if (Object.entries(segment).every(([name, value]) => visit.segment[name] === value)) first = visit.due
    }
    return first === Infinity ? undefined : first - fired
  }

  /** undefined: its visits are never due. */
  #dueFunctionOf(stage: StageDefinition): ((row: VisitRow) => number) | undefined {
    const { deadline, target, by } = stage
    const attribute = deadline?.at === undefined ? undefined : this.#process.attributes[deadline.at]?.name
    if (attribute === undefined && target === undefined) return undefined
    const calendar = calendarOf(stage)
    const targetOf = targetsOf(stage)
    const names = by.map(place => this.#process.attributes[place]?.name ?? '')
    return ({ start, segment, attributes }) => {
      const told = attribute === undefined ? undefined : attributes[attribute]
      if (typeof told === 'string') return Date.parse(told)
      return dueByTarget(start, targetOf(segmentKey(names.map(name => segment[name] ?? null))), calendar)
    }
  }
}

/** Of an even number the mean of the two in the middle. */
function medianOf(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  const sorted = [...values].sort((left, right) => left - right)
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}
