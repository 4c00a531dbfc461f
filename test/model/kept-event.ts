import type { ProcessDefinition } from '../../src/model/definitions.ts'
import { attributeBytes, type OracleEvent, type Role, type Run, runsOf } from './runs.ts'

const dayMs = 86_400_000

/**
 * A counted event. `slot` is the topic partition that it was counted for; it stays so when a smaller copy takes its place,
 * and the displaced one stands among the copies in the slot of the one that displaced it.
 */
export type Kept = {
  event: OracleEvent
  readonly slot: string
  readonly copies: { readonly event: OracleEvent; readonly slot: string }[]
  folded: boolean
}

/** The lowest of the topic partitions', but never more than 24 h behind the highest. */
export function shardWatermark(watermarks: readonly number[]): number {
  const highest = Math.max(...watermarks)
  return highest === Number.NEGATIVE_INFINITY ? highest : Math.max(Math.min(...watermarks), highest - dayMs)
}

export function identity(process: ProcessDefinition, event: OracleEvent): string {
  if (event.id !== undefined) return JSON.stringify(['id', event.id])
  const read = event.attributes.filter((_, position) => process.attributes[position]!.readByWhere)
  return JSON.stringify(['fields', event.activity, event.at, read])
}

export const sameContent = (left: OracleEvent, right: OracleEvent): boolean =>
  left.at === right.at && left.activity === right.activity && attributeBytes(left).equals(attributeBytes(right))

/** One more copy of an event: the smallest counts, where it may still take the place of the former one. */
export function addCopy(twin: Kept, event: OracleEvent, slot: string, mayDisplace: boolean): void {
  const displaces = mayDisplace && isSmaller(event, twin.event)
  twin.copies.push({ event: displaces ? twin.event : event, slot })
  if (displaces) twin.event = event
}

/** By (at, bytes of the attributes, activity). */
const isSmaller = (left: OracleEvent, right: OracleEvent): boolean => {
  if (left.at !== right.at) return left.at < right.at
  const bytes = Buffer.compare(attributeBytes(left), attributeBytes(right))
  return bytes !== 0 ? bytes < 0 : left.activity < right.activity
}

/** Whether a late event is known to be newer than everything folded away of its case. */
export function isStillApplied(
  process: ProcessDefinition,
  event: OracleEvent,
  foldPoint: number | undefined,
  horizon: number,
): boolean {
  return foldPoint === undefined ? event.at >= horizon - process.settleMs : event.at > foldPoint
}

/** A counted event with what it does now. */
export type Counted = Kept & { readonly role: Role }

export const countedOf = (run: KeptRun): Counted[] =>
  run.kept.map((mate, index) => ({ ...mate, role: run.roles[index] }))

export type KeptRun = Run<OracleEvent> & { readonly kept: readonly Kept[] }

export const runsOfKept = (process: ProcessDefinition, mates: readonly Kept[], watermark: number): KeptRun[] => {
  const byEvent = new Map(mates.map(mate => [mate.event, mate]))
  return runsOf(process, [...byEvent.keys()], watermark).map(run => ({
    ...run,
    kept: run.events.map(event => byEvent.get(event)!),
  }))
}

/** The watermark which, once exceeded, means that the run has left memory. */
export function leavesMemoryAfter(process: ProcessDefinition, run: Run<OracleEvent>): number {
  const last = run.events.at(-1)!.at
  if (run.end !== undefined) return run.end + 3 * process.settleMs
  if (!run.started) return last + 2 * process.settleMs
  return last + Math.max(process.caseTimeoutMs, process.settleMs) + process.settleMs
}

export const hasLeftMemory = (process: ProcessDefinition, run: Run<OracleEvent>, watermark: number): boolean =>
  watermark > leavesMemoryAfter(process, run)

/** The watermark at which the visits expire that the run has open; Infinity where it has none. */
export const expiryOf = (process: ProcessDefinition, run: Run<OracleEvent>): number =>
  run.visits.some(({ outcome }) => outcome === 'open') ? run.events.at(-1)!.at + process.caseTimeoutMs : Infinity
