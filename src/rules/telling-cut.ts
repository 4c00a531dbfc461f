import { addTally, newTally, type VisitTally } from '../windows/compared-tally.ts'
import { type Changes, type ComparedSegment, causesOfChange } from './compared.ts'

/** A finer part that holds so much of a coarser one tells it more exactly. */
const HOLDS = 0.8

type Cut = readonly { readonly labels: ComparedSegment['labels']; readonly changes: Changes }[]

/**
 * The segments of a stage cut by all its dimensions, or by the one that tells the change in the fewest words.
 *
 * A warehouse that is slow with each of its twenty carriers is twenty small parts in the finest cut, and one large part in
 * the cut by warehouse. Of the cuts by one dimension that one counts in which one phenomenon is most of the change; the
 * finest cut goes before it where a single segment holds nearly all of its largest part, unless that is a shift.
 */
export function tellingCut(
  segments: readonly ComparedSegment[],
  changesOf: (segments: readonly ComparedSegment[]) => readonly Changes[],
): Cut {
  const cutOf = (list: readonly ComparedSegment[]): Cut => {
    const changes = changesOf(list)
    return list.map(({ labels }, index) => ({ labels, changes: changes[index] as Changes }))
  }
  const finest = cutOf(segments)
  const first = segments[0]
  if (first === undefined) return finest
  const varying = Object.keys(first.labels).filter(name =>
    segments.some(({ labels }) => labels[name] !== first.labels[name]),
  )
  if (varying.length < 2) return finest
  const [best] = varying
    .map(name => {
      const cut = cutOf(mergedBy(segments, name, varying))
      return { cut, ...largestOf(cut) }
    })
    .sort((left, right) => right.share - left.share) as [{ cut: Cut } & Largest]
  const single = largestOf(finest)
  const isHeld = !single.isMix && single.change * Math.sign(best.change) >= HOLDS * Math.abs(best.change)
  return isHeld ? finest : best.cut
}

type Largest = { readonly change: number; readonly isMix: boolean; readonly share: number }

/**
 * The largest change of all, and how much of all of them the one phenomenon makes that is the largest: a segment that
 * takes longer, one that is passed again more often, or a shift, which shows in every segment that gains or loses by it.
 */
function largestOf(cut: Cut): Largest {
  let change = 0
  let isMix = false
  let most = 0
  let sum = 0
  let mix = 0
  for (const { changes } of cut) {
    for (const cause of causesOfChange)
      if (Math.abs(changes[cause]) > Math.abs(change)) {
        change = changes[cause]
        isMix = cause === 'mix'
      }
    for (const one of [changes.time, changes.rework]) {
      most = Math.max(most, Math.abs(one))
      sum += Math.abs(one)
    }
    mix += changes.mix
  }
  const all = sum + Math.abs(mix)
  return { change, isMix, share: all === 0 ? 0 : Math.max(most, Math.abs(mix)) / all }
}

/** One segment for each value of a dimension; the other dimensions that vary are left out. */
function mergedBy(
  segments: readonly ComparedSegment[],
  dimension: string,
  varying: readonly string[],
): ComparedSegment[] {
  type Merged = { labels: ComparedSegment['labels']; before: VisitTally; now: VisitTally }
  const merged = new Map<string | null | undefined, Merged>()
  for (const { labels, before, now } of segments) {
    const value = labels[dimension]
    const known = merged.get(value) ?? {
      labels: without(labels, dimension, varying),
      before: newTally(),
      now: newTally(),
    }
    merged.set(value, known)
    addTally(known.before, before)
    addTally(known.now, now)
  }
  return [...merged.values()]
}

const without = (labels: ComparedSegment['labels'], kept: string, varying: readonly string[]) =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => name === kept || !varying.includes(name)))
