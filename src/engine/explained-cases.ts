import { type Instant, instant } from '../event/instant.ts'
import { leastOf, mostOf } from '../model/bounded.ts'
import { DEADLINE_DEFAULTS } from '../model/deadline.ts'
import type { ProcessDefinition } from '../model/definitions.ts'
import type { BoundedLookup } from '../model/statistics.ts'
import { decimalText, type MoneyAtStake, type OldestCase, type OpenCases } from '../rules/open-cases.ts'
import { addToOldest, type OldestVisit } from '../shard/open-cases/view.ts'
import type { ShardView } from '../shard/view.ts'
import { lateByTarget } from '../windows/late-by-target.ts'
import type { LateRisk } from '../windows/late-risk.ts'
import { chanceLate } from '../windows/lateness.ts'
import type { CountRange } from '../windows/lateness-count.ts'
import type { LifeTable } from '../windows/life-table.ts'
import type { OverdueQuestion } from '../windows/open-ages.ts'
import type { SeriesView, StageView } from '../windows/views.ts'

/** A segment of the stage in one shard, or all of them. */
type Part = { readonly series: SeriesView; readonly stage: StageView; readonly shard: ShardView }

export type ExplainedCasesParts = {
  readonly process: ProcessDefinition
  readonly stage: number
  readonly at: Instant
  readonly parts: readonly Part[]
  /** The statistics of the same parts. */
  readonly lookup: BoundedLookup
  /** At T; undefined: nobody is told the stage's late risk. */
  readonly lateRisk: LateRisk | undefined
  /** The same parts, or finer ones, each with its target. */
  readonly overdueParts: OverdueQuestion['overdueParts']
  /** Of the same parts, over the rule's window. */
  readonly lifeTable: () => LifeTable
}

/** The open cases of one segment of a stage, merged over shards; undefined: there are none. */
export function explainedCases(asked: ExplainedCasesParts): OpenCases | undefined {
  const { lookup } = asked
  const open = leastOf(lookup('wip')) ?? 0
  if (open === 0) return undefined
  const overdue = leastOf(lookup('overdue'))
  const probablyLate = probablyLateOf(asked)
  const atStake = moneyAtStake(asked)
  return {
    open,
    oldest: oldestCases(asked),
    ...(overdue !== undefined && { overdue }),
    ...(probablyLate && { probablyLate }),
    ...(atStake && { atStake }),
  }
}

/** `late_risk`, or where nobody keeps its history what the life table of the rule's window says of the targets. */
function probablyLateOf({ process, at, lookup, overdueParts, lifeTable }: ExplainedCasesParts): CountRange | undefined {
  const late = lookup('late_risk')
  const low = leastOf(late)
  if (low !== undefined) return { low, high: mostOf(late) ?? low }
  if (overdueParts.every(({ targetMs }) => targetMs === undefined)) return undefined
  return lateByTarget({ overdueParts, paneMs: process.paneMs, at }, lifeTable(), DEADLINE_DEFAULTS.level)
}

function oldestCases({ stage, at, parts, lateRisk, lifeTable }: ExplainedCasesParts): OldestCase[] {
  const oldest: OldestVisit[] = []
  for (const { series, stage: view, shard } of parts) {
    for (const visit of shard.openCases.oldest(stage, view.segmentAt(series.slot))) {
      // Live, a shard may be ahead of T.
      if (visit.start <= at) addToOldest(oldest, visit)
    }
  }
  const calendar = parts[0]?.series.calendar
  const lasted = (from: number, to: number) => (calendar === undefined ? to - from : calendar.businessMs(from, to))
  return oldest.map(({ case: id, start, due }): OldestCase => {
    const late =
      due &&
      (lateRisk === undefined
        ? chanceLate(lifeTable(), lasted(start, at), lasted(start, due.at))
        : lateRisk.lateness.at(due.position, due.segment)(due.entry, due.at))
    return {
      case: id,
      enteredAt: instant(start),
      ageMs: lasted(start, at),
      ...(due && { due: instant(due.at) }),
      ...(late && { late: { low: late.low, high: late.high } }),
    }
  })
}

function moneyAtStake({ process, stage, parts }: ExplainedCasesParts): MoneyAtStake | undefined {
  if (process.value === undefined) return undefined
  let sum = 0n
  let cases = 0
  for (const { series, stage: view, shard } of parts) {
    const own = shard.openCases.atStake(stage, view.segmentAt(series.slot))
    sum += own.sum
    cases += own.cases
  }
  if (cases === 0) return undefined
  const decimals = process.attributes.find(({ kind }) => kind === 'value')?.decimals ?? 0
  const { currency } = process.value
  return { amount: decimalText(sum, decimals), ...(currency !== undefined && { currency }), cases }
}
