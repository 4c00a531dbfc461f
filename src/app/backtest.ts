import type { AlertTransition } from '../alerts/transition.ts'
import { ProcessEngine } from '../engine/process-engine.ts'
import { formatInstant, type Instant, instant } from '../event/instant.ts'
import type { OutboxMessage } from '../journal/outbox.ts'
import type { Definitions, ProcessDefinition } from '../model/definitions.ts'
import { foldFingerprint } from '../model/fold-fingerprint.ts'
import type { ContactsOf } from '../notify/destinations.ts'
import { Notifier } from '../notify/notifier.ts'
import { ToldInTime } from '../notify/told-in-time.ts'
import { type Episode, episodesOf } from './backtest/episodes.ts'
import { type Mark, readMarks } from './backtest/marks.ts'
import { type Found, foundOf, type RuleScore, scoreOf } from './backtest/scores.ts'
import type { BacktestOptions } from './commands/backtest.ts'
import { CouldNotRun } from './could-not-run.ts'
import { recipientsIn } from './destinations.ts'
import { assignInputs, replayProcess } from './replay-files.ts'
import { loadRules } from './rules-folder.ts'

/** What the rules of one folder would have told of one process. */
export type Told = { readonly rules: readonly RuleScore[]; readonly found: readonly Found[] }

export type ProcessReport = {
  readonly process: string
  /** What fired within is counted: half-open. */
  readonly from: Instant
  readonly to: Instant
  readonly told: Told
  /** undefined: there is nothing to compare with. */
  readonly against: Told | undefined
  /** Both sets of rules were judged over one fold. */
  readonly isOneFold: boolean
}

export type BacktestReport = {
  readonly processes: readonly ProcessReport[]
  readonly elapsedMs: number
}

/** Progress is shown so often. */
const SHOW_EVERY_MS = 500

/*
 * Rules over the past, by the engine that runs them: only the clock and what becomes of alerts differ.
 *
 * Two sets of rules are judged over one fold where the definitions of what is folded are the same, which they are as long as
 * only rules change: then a comparison takes hardly longer than one replay. What lies before `from` is folded and judged
 * too, since alerts that are open then, and what is usual, come from there.
 */

/**
 * @param show writes to the terminal how far it is; undefined: nobody looks.
 * @throws Mistakes, CouldNotRun, SourceError.
 */
export async function runBacktest(options: BacktestOptions, show?: (text: string) => void): Promise<BacktestReport> {
  const started = performance.now()
  const { definitions } = loadRules(options.rules)
  const others = options.against === undefined ? undefined : loadRules(options.against).definitions
  const marks = options.marks === undefined ? [] : readMarks(options.marks)
  const assigned = assignInputs(definitions.processes, options.inputs)
  const processes: ProcessReport[] = []
  for (const [process, files] of assigned) {
    const other = others?.processes.find(({ name }) => name === process.name)
    if (others !== undefined && other === undefined) {
      throw new CouldNotRun({
        problem: `${options.against} has no process ${process.name} to compare with`,
        remedy: `use one of: ${others.processes.map(({ name }) => name).join(', ')}`,
      })
    }
    processes.push(await ofProcess({ process, definitions, other, others, files, marks, options, show }))
  }
  return { processes, elapsedMs: Math.round(performance.now() - started) }
}

type OfProcess = {
  readonly process: ProcessDefinition
  readonly definitions: Definitions
  readonly other: ProcessDefinition | undefined
  readonly others: Definitions | undefined
  readonly files: ReadonlyMap<string, readonly string[]>
  readonly marks: readonly Mark[]
  readonly options: BacktestOptions
  readonly show: ((text: string) => void) | undefined
}

async function ofProcess({ process, definitions, other, others, files, marks, options, show }: OfProcess) {
  const isOneFold = other !== undefined && areFoldedAlike(process, other)
  const first = isOneFold ? bothRules(process, other) : process
  const run = await judged(first, files, show)
  const second = other === undefined || isOneFold ? run : await judged(other, files, show)
  const from = options.from ?? run.beginning
  const to = instant(Math.min(options.to ?? Infinity, run.end))
  const score = (rules: ProcessDefinition, of: Definitions, transitions: readonly AlertTransition[]): Told => {
    const counted = episodesOf(transitions).filter(({ fired }) => fired >= from && fired < to)
    const messages = messagesByRule(rules, of, transitions, counted, to)
    return {
      rules: rules.rules.map(({ name }) =>
        scoreOf(
          name,
          counted.filter(({ rule }) => rule === name),
          messages.get(name) ?? 0,
          { end: to, flapWithinMs: options.flapWithinMs, marks },
        ),
      ),
      found: marks.filter(mark => mark.from < to && mark.to > from).map(mark => foundOf(mark, counted)),
    }
  }
  const own = (side: string, transitions: readonly AlertTransition[]) =>
    isOneFold ? namedAgain(side, transitions) : transitions
  return {
    process: process.name,
    from,
    to,
    told: score(process, definitions, own(OWN, run.transitions)),
    against: other && others && score(other, others, own(OTHER, second.transitions)),
    isOneFold,
  }
}

const OWN = 'new.'
const OTHER = 'old.'

/** Names of rules hold no full stop, so none of one side is one of the other. */
const bothRules = (process: ProcessDefinition, other: ProcessDefinition): ProcessDefinition => ({
  ...process,
  metrics: [],
  rules: [
    ...process.rules.map(rule => ({ ...rule, name: OWN + rule.name })),
    ...other.rules.map(rule => ({ ...rule, name: OTHER + rule.name })),
  ],
})

const namedAgain = (side: string, transitions: readonly AlertTransition[]): AlertTransition[] =>
  transitions.flatMap(transition =>
    transition.rule.startsWith(side) ? [{ ...transition, rule: transition.rule.slice(side.length) }] : [],
  )

/** What is folded, and what statistics are compared with: targets and deadlines are no part of the fold. */
function areFoldedAlike(left: ProcessDefinition, right: ProcessDefinition): boolean {
  const readOf = ({ stages, evaluateEveryMs, timezone }: ProcessDefinition) =>
    JSON.stringify([stages.map(({ target, deadline }) => [target, deadline]), evaluateEveryMs, timezone])
  return foldFingerprint(left) === foldFingerprint(right) && readOf(left) === readOf(right)
}

async function judged(
  process: ProcessDefinition,
  files: ReadonlyMap<string, readonly string[]>,
  show: ((text: string) => void) | undefined,
) {
  const startedAt = Date.now()
  const engine = new ProcessEngine({ process, mode: 'replay', epoch: 0, now: Date.now })
  const transitions: AlertTransition[] = []
  let beginning = Infinity
  let shownAt = startedAt
  await replayProcess(engine, files, startedAt, {
    add: ({ panes, measurePanes }) => {
      for (const { start } of [...panes, ...measurePanes]) beginning = Math.min(beginning, start)
      const { evaluatedAt } = engine
      if (show === undefined || evaluatedAt === undefined || Date.now() - shownAt < SHOW_EVERY_MS) return
      shownAt = Date.now()
      const records = engine.shards.reduce((sum, shard) => sum + shard.countsOf(0).consumed, 0)
      show(
        `\r\u001b[K${process.name}: ${formatInstant(evaluatedAt).slice(0, 10)}, ${records.toLocaleString('en')} records`,
      )
    },
    addTransitions: some => {
      for (const one of some) transitions.push(one)
    },
  })
  show?.('\r\u001b[K')
  const end = engine.evaluatedAt
  if (end === undefined) {
    const problem = `no event of the input is one of process ${process.name}`
    throw new CouldNotRun({
      problem,
      remedy: 'look at its mapping with stagewatch replay, which says what was rejected',
    })
  }
  return { transitions, beginning: instant(Math.min(beginning, end)), end }
}

/**
 * How many messages would have been sent on these episodes, each owner having one contact point: by rule those that tell of
 * one of its alerts.
 */
function messagesByRule(
  process: ProcessDefinition,
  definitions: Definitions,
  transitions: readonly AlertTransition[],
  counted: readonly Episode[],
  end: Instant,
): Map<string, number> {
  const contactsOf: ContactsOf = receiver => {
    const [key = ''] = receiver.split('/')
    const owner = definitions.owners.get(key)
    if (owner === undefined) return []
    return [{ contactPoint: key, quietHours: owner.quietHours === undefined ? [] : [owner.quietHours] }]
  }
  const told = new Map<string, readonly AlertTransition[]>()
  const notifier = new Notifier({
    processes: [process.name],
    ...recipientsIn(definitions, contactsOf),
    told: [],
    isQuiet: () => false,
    hasRoom: () => true,
    write(subject) {
      told.set(subject.id, subject.kind === 'alert' ? [subject.transition] : subject.transitions)
      return null
    },
  })
  const wanted = new Set(counted.map(({ id }) => id))
  const inTime = new ToldInTime(process.name, notifier)
  const messages = new Map<string, number>()
  const count = (sent: readonly OutboxMessage[]) => {
    for (const { id } of sent) {
      for (const rule of new Set(told.get(id)?.map(alert => alert.rule))) {
        messages.set(rule, (messages.get(rule) ?? 0) + 1)
      }
      told.delete(id)
    }
  }
  for (const transition of transitions) if (wanted.has(transition.id)) count(inTime.advance(transition))
  count(inTime.end(end))
  return messages
}
