/**
 * When the simulated company was watched, and what that means for its stream.
 *
 * A plan is the list of starts of the watching process. It is stored by the caller and only ever grows at its end, so
 * the part of the stream that has been read stays as it was. Around a start the stream looks like this:
 *
 *     events/s  0 │ low ………………………………… low ╱ full ……………………………………… full …
 *                 └─┬───────────────────────┬──┬───────┬─┬─────────┬──────────────► time of creation
 *              −24 h (or the             −35 −30 min  start incident  again every
 *              former start's end)                    +10 s to +160 s  20 min
 */

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** How long before a start the stream reaches back. */
export const BACKFILL_MS = 24 * HOUR
/** The rate rises from low to full in between: long enough before the start for a delivery window of 15 min to be full. */
const RISE_BEGINS_MS = 35 * MINUTE
const RISE_ENDS_MS = 30 * MINUTE

export const FIRST_INCIDENT_AFTER_MS = 10 * SECOND
export const INCIDENT_MS = 150 * SECOND
const INCIDENT_EVERY_MS = 20 * MINUTE
/** After an incident the pickers of that warehouse work off the backlog, faster than usual. */
const RECOVERY_MS = 120 * SECOND
const INCIDENT_SPEED = 0.02
const RECOVERY_SPEED = 1.5

/** About how many events an order makes; turns events into orders per second. */
export const EVENTS_PER_ORDER = 5.9

export type SimulationStart = {
  /** ms since the epoch: the wall clock when the watching process started. */
  readonly from: number
  /** Up to this ms the stream is that of the process that started at `from`; absent while it runs. */
  readonly until?: number
}

/** Plain JSON. Everything the stream is a function of, beside the time of emission. */
export type SimulationPlan = {
  readonly seed: number
  /** Rising; all but the last have an `until`, never after the next `from`. */
  readonly starts: readonly SimulationStart[]
  /** Events per second in the backfill. */
  readonly lowRate: number
  /** Events per second while watched. */
  readonly fullRate: number
}

export function newPlan(startedAt: number, { seed = 1, lowRate = 1, fullRate = 200 } = {}): SimulationPlan {
  return { seed, starts: [{ from: startedAt }], lowRate, fullRate }
}

/**
 * What was read may be newer than what was kept of it: a process that is killed has read on since its last snapshot,
 * and rows of that time are in the store. So the stream stays as it was for a while beyond the kept offset.
 */
const READ_AHEAD_MS = 60 * SECOND

/**
 * The plan after a restart: what the former process may have read stays as it was, then a new start follows with its
 * own backfill (of what lies between, at most a day) and its own incidents.
 *
 * @param nextOffset the offset to go on from; undefined where none was kept.
 */
export function continuePlan(plan: SimulationPlan, nextOffset: number | undefined, startedAt: number): SimulationPlan {
  const last = plan.starts.at(-1)
  if (last === undefined) return { ...plan, starts: [{ from: startedAt }] }
  const kept = Math.ceil((nextOffset ?? 0) / OFFSETS_PER_MS)
  // A backfill is read within seconds, so all of it counts as read.
  const read = Math.max(kept + READ_AHEAD_MS, last.from)
  const until = Math.max(kept, Math.min(read, startedAt))
  return {
    ...plan,
    starts: [...plan.starts.slice(0, -1), { from: last.from, until }, { from: Math.max(startedAt, until) }],
  }
}

/** An offset is the ms of emission times this, plus the record's place within that ms. */
export const OFFSETS_PER_MS = 100

/** The first instant at which anything can be emitted, ms since the epoch. */
export const beginningOf = (plan: SimulationPlan): number => (plan.starts[0]?.from ?? 0) - BACKFILL_MS

/** The mean number of orders created in the second that begins at `second` (ms since the epoch). */
export function ordersPerSecond(plan: SimulationPlan, second: number): number {
  const [low, full] = [plan.lowRate / EVENTS_PER_ORDER, plan.fullRate / EVENTS_PER_ORDER]
  for (const { from, until } of plan.starts) {
    if (until !== undefined && second >= until) continue
    const before = from - second
    if (before <= RISE_ENDS_MS) return full
    if (before <= RISE_BEGINS_MS)
      return low + ((full - low) * (RISE_BEGINS_MS - before)) / (RISE_BEGINS_MS - RISE_ENDS_MS)
    return before <= BACKFILL_MS ? low : 0
  }
  return 0
}

/** A span in which one warehouse picks at another speed than 1. */
export type PickingPhase = {
  readonly warehouse: number
  readonly start: number
  readonly end: number
  readonly speed: number
}

/** The phases that touch [from, to), in the order of time, never two of one warehouse at once. */
export function pickingPhases(plan: SimulationPlan, from: number, to: number, warehouses: number): PickingPhase[] {
  const phases: PickingPhase[] = []
  plan.starts.forEach((start, index) => {
    const first = start.from + FIRST_INCIDENT_AFTER_MS
    const last = Math.min(to, start.until ?? Number.POSITIVE_INFINITY)
    for (
      let k = Math.max(0, Math.floor((from - first) / INCIDENT_EVERY_MS));
      first + k * INCIDENT_EVERY_MS < last;
      k++
    ) {
      const begins = first + k * INCIDENT_EVERY_MS
      // Two steps of different length, so that neither incidents nor restarts meet the same warehouse twice in a row.
      const warehouse = (plan.seed + 2 * index + k) % warehouses
      const phase = (start: number, end: number, speed: number) => {
        if (end > from && start < end) phases.push({ warehouse, start, end, speed })
      }
      const cut = start.until ?? Number.POSITIVE_INFINITY
      const recovered = Math.min(cut, begins + INCIDENT_MS)
      phase(begins, recovered, INCIDENT_SPEED)
      phase(recovered, Math.min(cut, begins + INCIDENT_MS + RECOVERY_MS), RECOVERY_SPEED)
    }
  })
  return phases
}

/** When work begun at `start` is done, given the phases of its warehouse. */
export function finishOfPicking(
  phases: readonly PickingPhase[],
  warehouse: number,
  start: number,
  workMs: number,
): number {
  let now = start
  let left = workMs
  for (const phase of phases) {
    if (phase.warehouse !== warehouse || phase.end <= now) continue
    if (phase.start > now) {
      if (now + left <= phase.start) break
      left -= phase.start - now
      now = phase.start
    }
    const done = (phase.end - now) * phase.speed
    if (left <= done) return now + left / phase.speed
    left -= done
    now = phase.end
  }
  return now + left
}
