import type { AlertTransition } from '../../alerts/transition.ts'
import { MAX_STEPS_A_GAP } from '../../engine/evaluation-clock.ts'
import { ProcessEngine } from '../../engine/process-engine.ts'
import { formatDuration } from '../../event/duration.ts'
import { type Instant, instant } from '../../event/instant.ts'
import { parseIsoInstant } from '../../event/iso-instant.ts'
import type { Json } from '../../event/json.ts'
import type { SourceRecord } from '../../event/record.ts'
import type { OutboxMessage } from '../../journal/outbox.ts'
import type { Definitions, ProcessDefinition } from '../../model/definitions.ts'
import { type CheckedTest, durationOf } from '../../model/load-tests.ts'
import { Notifier } from '../../notify/notifier.ts'
import { ToldInTime } from '../../notify/told-in-time.ts'
import { notificationView } from '../../protocol/notification-view.ts'
import { openRecordsSource } from '../../source/records.ts'
import { CouldNotRun } from '../could-not-run.ts'
import { recipientsIn } from '../destinations.ts'
import { foldToEnd } from '../fold-to-end.ts'
import { type CheckResult, resultsOf } from './compare.ts'
import { inputRecords } from './input-records.ts'
import { Observations } from './observations.ts'
import type { Rejected } from './results.ts'

/** Runs one test in virtual time, through the engine and the notifier that run live. */
export async function runTest(
  test: CheckedTest,
  definitions: Definitions,
): Promise<{
  readonly checks: readonly CheckResult[]
  readonly rejected: Rejected
}> {
  const { written } = test
  const { owners } = definitions
  const process = withJsonRecords(test.process)
  const start = parseIsoInstant(written.start, undefined)
  if (start === undefined) throw new Error(`the start of "${written.name}" passed as an instant and is none`)
  const stepMs = Math.ceil(process.paneMs / process.evaluateEveryMs) * process.evaluateEveryMs
  /** The last evaluation by then. */
  const evaluationBy = (evalTime: string): Instant =>
    instant(Math.floor((start + durationOf(evalTime)) / stepMs) * stepMs)
  const asked = written.alert_rule_test.map(({ eval_time }) => evaluationBy(eval_time))
  const until = instant(Math.max(...asked))
  const seen = new Observations(asked)
  /** By id of the message: what it tells of. */
  const told = new Map<string, readonly AlertTransition[]>()
  const notifier = new Notifier({
    processes: [process.name],
    ...recipientsIn(definitions),
    told: [],
    isQuiet: () => false,
    hasRoom: () => true,
    write(subject) {
      told.set(subject.id, subject.kind === 'alert' ? [subject.transition] : subject.transitions)
      return JSON.parse(JSON.stringify(notificationView(subject, process, owners, undefined))) as Json
    },
  })
  const inTime = new ToldInTime(process.name, notifier)
  const send = (messages: readonly OutboxMessage[]) => {
    for (const message of messages) seen.sent.push({ message, alerts: told.get(message.id) ?? [] })
  }
  const engine = new ProcessEngine({
    process,
    mode: 'replay',
    epoch: 0,
    now: () => until,
    until,
    judged: seen.judged,
  })
  const records = inputRecords(test, start, until)
  let rejected = 0
  let firstRejected: string | undefined
  requireEvaluations(test, records, asked, stepMs)
  await foldToEnd(engine, openRecordsSource(records), {
    write({ deadLetters }) {
      rejected += deadLetters.length
      firstRejected ??= deadLetters[0]?.detail
    },
    publish(transitions) {
      for (const transition of transitions) {
        seen.transitions.push(transition)
        send(inTime.advance(transition))
      }
    },
  })
  send(inTime.end(until))
  return { checks: resultsOf(test, asked, seen), rejected: { count: rejected, first: firstRejected } }
}

/** A silence of more steps is crossed in strides, and what is asked within it may never be evaluated. */
function requireEvaluations(
  { written, position }: CheckedTest,
  records: ReadonlyMap<string, readonly SourceRecord[]>,
  asked: readonly number[],
  stepMs: number,
): void {
  const times = [...records.values()].flatMap(own => own.map(({ timestamp }) => timestamp ?? 0)).sort((a, b) => a - b)
  times.forEach((time, index) => {
    const next = times[index + 1]
    if (next === undefined || next - time <= MAX_STEPS_A_GAP * stepMs) return
    if (!asked.some(at => at > time && at < next)) return
    throw new CouldNotRun({
      problem: `${position.file}:${position.line}:${position.column} the test "${written.name}" asks within a silence of ${formatDuration(next - time)}, which is not evaluated step by step`,
      remedy: 'let some event come in between, or ask in a test that ends there',
    })
  })
}

/** A test writes records as JSON, whatever format they have in the topic: the paths are the same. */
const withJsonRecords = (process: ProcessDefinition): ProcessDefinition => ({
  ...process,
  sources: process.sources.map(source => (source.format === 'avro' ? { ...source, format: 'json' } : source)),
})
