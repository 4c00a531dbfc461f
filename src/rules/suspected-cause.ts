import type { SegmentLabels } from '../event/segment.ts'
import type { AttributedPart, Attribution } from './attribution.ts'
import { type Compared, type ComparedSegment, together } from './compared.ts'
import type { NeighbourState } from './explanation.ts'

/** What an alert most probably comes from. */
export type SuspectedCause =
  /** The largest part of what the mean time of a case has grown by. */
  | ({ readonly kind: AttributedPart['cause'] } & Omit<AttributedPart, 'cause'>)
  /** Visits that entered, or exited, an hour. */
  | {
      readonly kind: 'arrivals_up' | 'arrivals_down' | 'exits_down'
      readonly stage: string
      readonly segment: SegmentLabels
      readonly beforePerHour: number
      readonly nowPerHour: number
    }
  /** Little comes from the stage before, or little goes on to the stage behind: that one has an open alert. */
  | {
      readonly kind: 'starved' | 'blocked'
      readonly stage: string
      readonly alert: { readonly id: string; readonly rule: string }
    }

export type Evidence = {
  readonly compared: Compared
  /** undefined: the rule says nothing of how long visits take, or they cannot be compared. */
  readonly attribution: Attribution | undefined
  /** Open visits of the segment. */
  readonly wip: number
  readonly neighbours: readonly NeighbourState[]
}

/** Flows of fewer visits say little. */
const LEAST_VISITS = 5
/** The mean has grown if it did by a twentieth; a part of it is a cause if it makes a third of that. */
const GROWN = 1.05
const SHARE_OF_GROWTH = 1 / 3
/** A flow is down to, or up by, a half. */
const HALF = 0.5

/**
 * The first of these that holds:
 *
 * 1. Half or less comes out than before, and more of it still comes in: the stage stands, or is blocked.
 * 2. The mean time of a case has grown, and one part makes a good deal of that.
 * 3. Half as much again comes in.
 * 4. Half or less comes in: little arrives, or the stage is starved.
 *
 * @returns undefined: none of them does.
 */
export function suspectedCause(evidence: Evidence): SuspectedCause | undefined {
  const { compared, attribution, wip, neighbours } = evidence
  const { own } = compared
  const flow = flowsOf(compared)
  const [arrivals, exits] = [flow('entered'), flow('exited')]
  const open = (relation: NeighbourState['relation']) =>
    neighbours.find(one => one.relation === relation && one.alerts[0])
  const isDown = ({ expected, now }: Flows) => expected >= LEAST_VISITS && now <= HALF * expected
  if (wip > 0 && isDown(exits) && arrivals.now > exits.now) {
    return openAlert('blocked', open('downstream')) ?? { kind: 'exits_down', stage: own.stage, ...exits.told }
  }
  const grown = attribution && largestGrowth(attribution)
  if (grown !== undefined) {
    const { cause, ...part } = grown
    return { kind: cause, ...part }
  }
  const { expected, now } = arrivals
  if (now >= LEAST_VISITS && now >= (1 + HALF) * expected)
    return { kind: 'arrivals_up', stage: own.stage, ...arrivals.told }
  if (!isDown(arrivals)) return undefined
  return openAlert('starved', open('upstream')) ?? { kind: 'arrivals_down', stage: own.stage, ...arrivals.told }
}

function largestGrowth({ beforeMs, nowMs, parts }: Attribution): AttributedPart | undefined {
  const growth = nowMs - beforeMs
  if (nowMs < GROWN * beforeMs || growth <= 0) return undefined
  const [largest] = parts.filter(({ changeMs }) => changeMs > 0)
  return largest !== undefined && largest.changeMs >= SHARE_OF_GROWTH * growth ? largest : undefined
}

const openAlert = (kind: 'starved' | 'blocked', neighbour: NeighbourState | undefined): SuspectedCause | undefined => {
  const alert = neighbour?.alerts[0]
  return neighbour === undefined || alert === undefined ? undefined : { kind, stage: neighbour.stage, alert }
}

type Flows = {
  readonly now: number
  /** As many as there would be at the pace of before. */
  readonly expected: number
  /** The segment in which most of the change is, with its own numbers; all of them where none holds half of it. */
  readonly told: { readonly segment: SegmentLabels; readonly beforePerHour: number; readonly nowPerHour: number }
}

function flowsOf({ window, before, own }: Compared): (what: 'entered' | 'exited') => Flows {
  const nowMs = window.end - window.start
  const beforeMs = before.end - before.start
  const all = together(own.segments)
  return what => {
    const changeOf = (one: Pick<ComparedSegment, 'before' | 'now'>) =>
      one.now[what] - (one.before[what] * nowMs) / beforeMs
    const change = changeOf(all)
    const shares = own.segments.map(one => ({ one, change: changeOf(one) * Math.sign(change) }))
    const largest = shares.reduce<(typeof shares)[number] | undefined>(
      (most, each) => (most === undefined || each.change > most.change ? each : most),
      undefined,
    )
    const isHeld = largest !== undefined && largest.change >= HALF * Math.abs(change)
    const { labels, before: was, now: is } = isHeld ? largest.one : { ...all, labels: sharedLabels(own.segments) }
    return {
      now: all.now[what],
      expected: (all.before[what] * nowMs) / beforeMs,
      told: {
        segment: labels,
        beforePerHour: (was[what] * HOUR_MS) / beforeMs,
        nowPerHour: (is[what] * HOUR_MS) / nowMs,
      },
    }
  }
}

const HOUR_MS = 3_600_000

/** The values that all segments have: those of the rule's own segment. */
function sharedLabels(segments: readonly ComparedSegment[]): SegmentLabels {
  const first = segments[0]?.labels ?? {}
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => segments.every(({ labels }) => labels[name] === value)),
  )
}
