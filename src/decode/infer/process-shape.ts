/**
 * The events of sampled cases → the order of the activities, where cases start and end, and the stages between.
 *
 * An activity comes before another one if it does so first in most of the cases that have both; the activities are
 * sorted by how many others they come before (Copeland's rule), which needs no case to be complete and bears loops.
 * Source: A. H. Copeland, "A reasonable social welfare function", University of Michigan 1951.
 */

export type SampledEvent = { readonly activity: string; readonly at: number }

/** By case, each in the order of their instants. */
export type SampledCases = ReadonlyMap<string, readonly SampledEvent[]>

export type ShapedStage = {
  readonly from: string
  readonly to: string
  /** Cases of the sample that go from one to the other. */
  readonly cases: number
  readonly p50Ms: number
  readonly p90Ms: number
}

export type ProcessShape = {
  /** All of the sample, earlier ones first. */
  readonly activities: readonly string[]
  /** What cases mostly begin with, and in what share of them. */
  readonly start: { readonly activity: string; readonly share: number } | undefined
  /** After these hardly anything follows, and in what share of their events nothing does. */
  readonly ends: readonly { readonly activity: string; readonly share: number }[]
  readonly stages: readonly ShapedStage[]
  /** What the cases that look finished ended with, the most frequent first; none looks so: empty. */
  readonly lasts: readonly { readonly activity: string; readonly share: number }[]
  /** What a case is over with: one of `ends`, or, where there is none, the last of more than half of the finished cases. */
  readonly finish: { readonly activity: string; readonly isEnd: boolean } | undefined
  /** From the start to the finish; undefined where that is a stage already. */
  readonly leadTime: ShapedStage | undefined
  /** The longest pause within a case that is not quite an exception (99.5 %). */
  readonly longestPauseMs: number
}

const MOST_STAGES = 8

export function shapeOf(cases: SampledCases): ProcessShape {
  const sequences = [...cases.values()].filter(events => events.length > 0)
  const activities = inOrder(sequences)
  const firsts = countBy(sequences.map(events => events[0]!.activity))
  const [first] = [...firsts].sort((a, b) => b[1] - a[1])
  const start = first === undefined ? undefined : { activity: first[0], share: first[1] / sequences.length }
  const ends = endsOf(sequences, activities).filter(({ activity }) => activity !== start?.activity)
  const path = mainPath(sequences, activities)
  const stages = path.slice(1).map((to, index) => stageOf(sequences, path[index]!, to))
  const pauses = sequences.flatMap(events => events.slice(1).map((event, index) => event.at - events[index]!.at))
  const longestPauseMs = quantile(pauses, 0.995)
  const lasts = lastsOf(sequences.filter(hasFallenSilent(sequences, longestPauseMs)))
  const begin = start !== undefined && start.share >= 0.5 ? start.activity : path[0]
  const finish = finishOf(ends, lasts, path)
  return {
    activities,
    start,
    ends,
    stages,
    lasts,
    finish,
    leadTime:
      begin === undefined ||
      finish === undefined ||
      begin === finish.activity ||
      isOneOf(stages, begin, finish.activity)
        ? undefined
        : stageOf(sequences, begin, finish.activity),
    longestPauseMs,
  }
}

const isOneOf = (stages: readonly ShapedStage[], from: string, to: string): boolean =>
  stages.some(stage => stage.from === from && stage.to === to)

/** A case looks finished when nothing has come of it for longer than cases ever pause, until the sample ended. */
function hasFallenSilent(sequences: readonly (readonly SampledEvent[])[], longestPauseMs: number) {
  const until = sequences.reduce((latest, events) => Math.max(latest, events.at(-1)!.at), -Infinity)
  return (events: readonly SampledEvent[]): boolean => until - events.at(-1)!.at > longestPauseMs
}

function lastsOf(finished: readonly (readonly SampledEvent[])[]): ProcessShape['lasts'] {
  const counts = countBy(finished.map(events => events.at(-1)!.activity))
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([activity, cases]) => ({ activity, share: cases / finished.length }))
}

/** Of several ends the one on the way of most cases, else the one that most cases end with. */
function finishOf(
  ends: ProcessShape['ends'],
  lasts: ProcessShape['lasts'],
  path: readonly string[],
): ProcessShape['finish'] {
  const isEnd = (activity: string) => ends.some(end => end.activity === activity)
  const end =
    ends.find(({ activity }) => path.includes(activity)) ?? lasts.find(last => isEnd(last.activity)) ?? ends[0]
  if (end !== undefined) return { activity: end.activity, isEnd: true }
  const [usual] = lasts
  return usual !== undefined && usual.share > 0.5 ? { activity: usual.activity, isEnd: false } : undefined
}

function inOrder(sequences: readonly (readonly SampledEvent[])[]): string[] {
  const before = new Map<string, Map<string, number>>()
  const frequency = countBy(sequences.flatMap(events => events.map(event => event.activity)))
  for (const events of sequences) {
    const firsts = [...new Set(events.map(event => event.activity))]
    firsts.forEach((earlier, index) => {
      const row = before.get(earlier) ?? new Map<string, number>()
      before.set(earlier, row)
      for (const later of firsts.slice(index + 1)) row.set(later, (row.get(later) ?? 0) + 1)
    })
  }
  const names = [...frequency.keys()]
  const score = new Map(
    names.map(name => [
      name,
      names.reduce((sum, other) => {
        const ahead = before.get(name)?.get(other) ?? 0
        const behind = before.get(other)?.get(name) ?? 0
        return sum + Math.sign(ahead - behind)
      }, 0),
    ]),
  )
  return names.sort((a, b) => score.get(b)! - score.get(a)! || frequency.get(b)! - frequency.get(a)!)
}

/** Activities that a case ends with whenever it has them. One that comes back before the case is over ends nothing. */
function endsOf(sequences: readonly (readonly SampledEvent[])[], activities: readonly string[]) {
  const events = countBy(sequences.flatMap(sequence => sequence.map(event => event.activity)))
  const lasts = countBy(sequences.map(sequence => sequence.at(-1)!.activity))
  return activities
    .map(activity => ({
      activity,
      cases: lasts.get(activity) ?? 0,
      share: (lasts.get(activity) ?? 0) / events.get(activity)!,
    }))
    .filter(({ cases, share }) => share >= 0.9 && cases >= Math.max(3, sequences.length * 0.01))
    .map(({ activity, share }) => ({ activity, share }))
}

/**
 * The way that most cases take: of the frequent activities, in their order, those whose steps from one to the next are
 * taken by the most cases in sum. An activity that only some pass through stands beside it, and of alternatives the
 * more frequent one is on it.
 */
function mainPath(sequences: readonly (readonly SampledEvent[])[], activities: readonly string[]): string[] {
  const firsts = sequences.map(
    events => new Map(events.map(({ activity }, place) => [activity, place] as const).reverse()),
  )
  const cases = countBy(firsts.flatMap(places => [...places.keys()]))
  const common = activities.filter(activity => (cases.get(activity) ?? 0) >= sequences.length * 0.2)
  const most = new Set(
    (common.length >= 2 ? common : activities)
      .toSorted((a, b) => (cases.get(b) ?? 0) - (cases.get(a) ?? 0))
      .slice(0, MOST_STAGES + 1),
  )
  /** Cases that take the step; 0 where most cases with `to` come another way. */
  const taken = (from: string, to: string): number => {
    const steps = firsts.filter(
      places => (places.get(from) ?? Number.POSITIVE_INFINITY) < (places.get(to) ?? -1),
    ).length
    return steps >= (cases.get(to) ?? 0) * 0.3 ? steps : 0
  }
  let best: { path: string[]; weight: number } = { path: [], weight: 0 }
  const bestTo: { path: string[]; weight: number }[] = []
  for (const activity of activities.filter(name => most.has(name))) {
    let way = { path: [activity], weight: 0 }
    for (const { path, weight } of bestTo) {
      const longer = weight + taken(path.at(-1)!, activity)
      if (longer > way.weight) way = { path: [...path, activity], weight: longer }
    }
    bestTo.push(way)
    if (way.weight > best.weight) best = way
  }
  return best.path
}

function stageOf(sequences: readonly (readonly SampledEvent[])[], from: string, to: string): ShapedStage {
  const durations: number[] = []
  for (const events of sequences) {
    const entry = events.findIndex(event => event.activity === from)
    const exit = entry === -1 ? undefined : events.slice(entry + 1).find(event => event.activity === to)
    if (exit !== undefined) durations.push(exit.at - events[entry]!.at)
  }
  return { from, to, cases: durations.length, p50Ms: quantile(durations, 0.5), p90Ms: quantile(durations, 0.9) }
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

/** Nearest rank; 0 of nothing. */
function quantile(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0
}
