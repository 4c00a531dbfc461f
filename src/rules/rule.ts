/**
 * Statistics of one segment at an instant → the verdict of a rule, with its explanation.
 *
 * A rule is compiled once, when its process file is loaded and checked. Judging it reads the statistics and nothing
 * else: no clock, no earlier verdict. What follows over time (`for`, recovery, resolved) is the alert's life cycle.
 */
import type { Instant } from '../event/instant.ts'
import type { SegmentLabels } from '../event/segment.ts'
import { compared, extentOf, leastOf } from '../model/bounded.ts'
import { type Condition, compileCondition, type ExplainedTerm } from '../model/condition.ts'
import type { LocalText, ProcessDefinition, RuleDefinition } from '../model/definitions.ts'
import type { BoundedLookup, Reading, StatisticName } from '../model/statistics.ts'
import { isAboutTime, rememberedOf, statisticsRead, vocabularyOfRule } from '../model/statistics-read.ts'
import { both, not, type Truth } from '../model/truth.ts'
import { isLivePercentile } from '../windows/live-percentile.ts'
import { attribute } from './attribution.ts'
import { type Compared, together } from './compared.ts'
import type { Explanation, Flow, LifeTableWidth, NeighbourState, PastValue } from './explanation.ts'
import type { OpenCases } from './open-cases.ts'
import { compileSummary, MISSING } from './summary.ts'
import { type Evidence, suspectedCause } from './suspected-cause.ts'

/** The name of what a rule is about; neither: the process itself. */
export type SubjectName =
  | { readonly stage: string; readonly measure?: undefined }
  | { readonly stage?: undefined; readonly measure: string }
  | { readonly stage?: undefined; readonly measure?: undefined }

/** What the alerts of a rule need to know of it. */
export type WatchingRule = {
  readonly definition: Pick<RuleDefinition, 'name' | 'owner' | 'severity' | 'forMs' | 'keepFiringForMs' | 'noData'>
  readonly subject: SubjectName
  /** Names of the dimensions of `by`, in their order. */
  readonly dimensions: readonly string[]
}

export type CompiledRule = WatchingRule & {
  readonly definition: RuleDefinition
  readonly process: string
  /** Everything the rule reads: conditions, sample guard and summary. */
  readonly statistics: readonly StatisticName[]
  /** The statistic that says how many samples there are, which `min_samples` guards. */
  readonly samples: StatisticName
  /** What is remembered of each hour; undefined: its condition reads nothing. */
  readonly remembered: Pick<Reading, 'statistic' | 'windowMs'> | undefined
  readonly when: Condition
  /** Whether the condition says how long visits take. */
  readonly isAboutTime: boolean
  /** Of its definition: the first digits of the hash that history has of it. */
  readonly version?: string
  /** Without one the rule recovers when `when` is false. */
  readonly recoverWhen: Condition | undefined
  /** The summary with the values put in; where the rule has none, its name and segment. */
  readonly summary: (labels: SegmentLabels, lookup: BoundedLookup) => LocalText
}

export type JudgeInput = {
  readonly lookup: BoundedLookup
  /** What the look-up's live percentiles come from; not asked where the rule reads none. */
  readonly lifeTable?: () => LifeTableWidth
  /** The window [start, end) that the statistics cover. */
  readonly window: { readonly start: Instant; readonly end: Instant }
  /** Lowest watermark of the process's partitions. */
  readonly watermark: Instant | undefined
  /** The end of a partition is not known. Default: all are. */
  readonly partial?: boolean
  /** Asked where the verdict is explained. Default: nothing is remembered. */
  readonly past?: () => readonly PastValue[]
  /** Asked where the verdict is explained. Default: the stage has none. */
  readonly neighbours?: () => readonly NeighbourState[]
  /** Asked where the verdict is explained; it gives undefined where no case is open. Default: none is. */
  readonly openCases?: () => OpenCases | undefined
  /** What the window is compared with; asked where the verdict is explained. Default: nothing. */
  readonly compared?: () => Compared | undefined
  /** Since when no event has come at all, where that is too long to conclude anything from what is missing. */
  readonly silentSince?: Instant | undefined
}

export type Verdict = {
  readonly breached: Truth
  /** Whether an open alert may end; never true together with `breached`. */
  readonly recovered: Truth
  /**
   * Of the first statistic of the condition's first term, in the statistic's own unit; undefined: it has none. Where the
   * statistic is only known to be at least so much, that much: the explanation's first term tells.
   */
  readonly value: number | undefined
  /** As `value` worked out when asked for, while the look-up is still valid: hardly any verdict is told to anybody. */
  readonly explanation: Explanation
  /** The rule's summary with the values put in; written when asked for, while the look-up is still valid. */
  readonly summary: (labels: SegmentLabels) => LocalText
}

/**
 * @param rule One of the process's rules, checked when its file was loaded.
 * @param version of its definition; undefined: explanations name none.
 * @throws ConditionError or Error on a condition or summary that the loader would have refused.
 */
export function compileRule(process: ProcessDefinition, rule: RuleDefinition, version?: string): CompiledRule {
  const dimensions = rule.by.map(attribute => {
    const name = process.attributes[attribute]?.name
    if (name === undefined)
      throw new Error(`rule ${rule.name} of ${process.name} cuts by attribute ${attribute}, which does not exist`)
    return name
  })
  const vocabulary = vocabularyOfRule(rule)
  const { samples } = vocabulary
  const when = compileCondition(rule.when, vocabulary)
  const recoverWhen = rule.recoverWhen === undefined ? undefined : compileCondition(rule.recoverWhen, vocabulary)
  const summary = rule.summary === undefined ? undefined : compileSummary(rule.summary, dimensions, vocabulary)
  return {
    definition: rule,
    process: process.name,
    subject: subjectOf(process, rule),
    dimensions,
    statistics: [...new Set<StatisticName>([...statisticsRead(process, rule), samples])],
    samples,
    remembered: rememberedOf(rule, process.paneMs),
    when,
    isAboutTime: isAboutTime(rule),
    ...(version !== undefined && { version }),
    recoverWhen,
    summary: summary?.render ?? (labels => plainSummary(rule, labels)),
  }
}

function subjectOf(process: ProcessDefinition, { name, stage, measure }: RuleDefinition): SubjectName {
  const found = measure === undefined ? process.stages[stage] : process.measures[measure]
  if (found === undefined)
    throw new Error(`rule ${name} of ${process.name} names stage ${stage}, measure ${measure}, which does not exist`)
  return measure === undefined ? { stage: found.name } : { measure: found.name }
}

/** Throws nothing. */
export function judge(rule: CompiledRule, input: JudgeInput): Verdict {
  const { lookup, lifeTable, window, watermark, partial, past, openCases, silentSince } = input
  const { definition, when, recoverWhen } = rule
  const holds = silentSince === undefined ? when.holds(lookup) : undefined
  const guard = sampleGuard(definition.minSamples, rule.samples, lookup)
  const breached = guard === undefined || silentSince !== undefined ? holds : both(holds, guard.result)
  return {
    breached,
    recovered: silentSince === undefined ? recovery(breached, recoverWhen, lookup) : undefined,
    get value() {
      return firstValue(when.evaluate(lookup).terms)
    },
    get explanation() {
      const { terms } = when.evaluate(lookup)
      const neighbours = input.neighbours?.() ?? []
      const flow = definition.measure === undefined ? flowOf(lookup) : undefined
      const compared = input.compared?.()
      return {
        expression: definition.when,
        terms: guard === undefined ? terms : [...terms, guard],
        result: breached,
        window,
        watermark,
        samples: leastOf(lookup(rule.samples)) ?? 0,
        ...(lifeTable !== undefined && rule.statistics.some(isLivePercentile) ? { live: widthOf(lifeTable()) } : {}),
        ...(partial ? { partial } : {}),
        minSamples: definition.minSamples,
        ...(rule.version !== undefined && { version: rule.version }),
        ...(past && notEmpty('past', past())),
        ...(flow === undefined ? {} : { flow }),
        ...notEmpty('neighbours', neighbours),
        ...(openCases && ifAny(openCases())),
        ...(compared && flow && comparisonOf(rule, compared, { wip: flow.wip, neighbours, breached })),
        ...(silentSince === undefined ? {} : { silentSince }),
        owner: definition.owner,
        action: definition.action,
        runbook: definition.runbook,
      }
    },
    summary: labels => rule.summary(labels, lookup),
  }
}

/** `recover_when` may hold while `when` does too, or while it is unknown: a breach goes first, the unknown does not. */
function recovery(breached: Truth, recoverWhen: Condition | undefined, lookup: BoundedLookup): Truth {
  if (breached === true) return false
  return recoverWhen === undefined ? not(breached) : recoverWhen.holds(lookup)
}

/** `min_samples` as one more term; undefined where the rule has no guard. */
function sampleGuard(minSamples: number, name: StatisticName, lookup: BoundedLookup): ExplainedTerm | undefined {
  if (minSamples === 0) return undefined
  const samples = lookup(name)
  const known = extentOf(samples)
  const result = known === undefined ? undefined : compared('>=', known, minSamples)
  return { text: `${name} >= ${minSamples}`, values: { [name]: leastOf(samples) }, result }
}

function firstValue(terms: readonly ExplainedTerm[]): number | undefined {
  return Object.values(terms[0]?.values ?? {})[0]
}

/** What stands for the summary of a rule that has none: `picking_slow: WH-2, north`. */
function plainSummary(rule: RuleDefinition, labels: SegmentLabels): LocalText {
  const values = Object.values(labels).map(value => value ?? MISSING)
  return { en: values.length === 0 ? rule.name : `${rule.name}: ${values.join(', ')}` }
}

const notEmpty = <Name extends string, Item>(name: Name, list: readonly Item[]) =>
  (list.length === 0 ? {} : { [name]: list }) as { readonly [Key in Name]?: readonly Item[] }

const ifAny = (openCases: OpenCases | undefined) => (openCases === undefined ? {} : { openCases })

/** Counts, which are never missing. */
export function flowOf(lookup: BoundedLookup): Flow {
  const count = (name: StatisticName) => leastOf(lookup(name)) ?? 0
  return {
    entered: count('entered'),
    exited: count('exited'),
    left: count('abandoned') + count('expired'),
    wip: count('wip'),
  }
}

/** What the comparison with before says, as far as the rule is about it. */
function comparisonOf(
  { isAboutTime: isTimed }: CompiledRule,
  compared: Compared,
  { breached, ...rest }: Pick<Evidence, 'wip' | 'neighbours'> & Pick<Verdict, 'breached'>,
): Pick<Explanation, 'before' | 'attribution' | 'suspected'> {
  const attribution = isTimed ? attribute(compared) : undefined
  const suspected = breached === true ? suspectedCause({ compared, attribution, ...rest }) : undefined
  const { entered, exited } = together(compared.own.segments).before
  return {
    before: { ...compared.before, entered, exited },
    ...(attribution && { attribution }),
    ...(suspected && { suspected }),
  }
}

const widthOf = ({ windowMs, exits }: LifeTableWidth): LifeTableWidth => ({ windowMs, exits })
