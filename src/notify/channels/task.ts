import type { Json } from '../../event/json.ts'
import type { OutboxMessage } from '../../journal/outbox.ts'
import type { TaskChannel, TaskRequest } from '../../model/definitions.ts'
import { filledJson, filledText } from '../../model/task-template.ts'
import {
  excerptOf,
  type HttpAnswer,
  type HttpOptions,
  JSON_TYPE,
  jsonBytes,
  outcomeOfStatus,
  post,
} from '../http/post.ts'
import { type Receiver, type SendOutcome, unreadable, type Write } from '../receiver.ts'
import type { Rate } from '../send-rate.ts'

/** An alert as a task tells of it. */
export type TaskAlert = {
  readonly alert: string
  readonly isOver: boolean
  /** What takes a place, by its name. */
  readonly words: Readonly<Record<string, string>>
}

export type TaskOptions = HttpOptions &
  Pick<TaskChannel, 'create' | 'update' | 'close'> & {
    readonly url: URL
    readonly headers: Readonly<Record<string, string>>
    readonly write: Write<readonly TaskAlert[]>
    /** The task that an alert has, as far as that is durable. */
    readonly taskOf: (alert: string) => string | undefined
    readonly rates: readonly Rate[]
  }

/**
 * Tasks in a system of whatever kind: one for each episode, made when it fires, told when it fires again or lacks data, and
 * closed when it is over.
 *
 * Which task an alert has is kept with the settlement of the message that made it. Only where the process ends between making
 * a task and settling that, a second one is made.
 */
export function taskReceiver(options: TaskOptions): Receiver {
  const { url, rates } = options
  /** Tasks of messages that are not settled yet: an attempt that fails half-way does not make them twice. */
  const made = new Map<string, string>()
  const send = async (message: OutboxMessage, signal: AbortSignal): Promise<SendOutcome> => {
    const alerts = options.write([message])
    if (alerts === undefined) return unreadable
    const tasks: Record<string, string> = {}
    const refusals: SendOutcome[] = []
    for (const alert of alerts) {
      const id = made.get(alert.alert) ?? options.taskOf(alert.alert)
      const outcome = await tell(options, alert, id, signal)
      // What one task is refused for is no reason to leave the others of a group open.
      if (outcome.kind === 'refused') {
        refusals.push(outcome)
        continue
      }
      if (outcome.kind !== 'acknowledged') return outcome
      const task = outcome.tasks?.[alert.alert] ?? id
      if (task !== undefined && !alert.isOver) {
        made.set(alert.alert, task)
        tasks[alert.alert] = task
      }
    }
    for (const { alert } of alerts) made.delete(alert)
    const [refusal] = refusals
    if (refusal !== undefined && refusals.length === alerts.length) return refusal
    return { kind: 'acknowledged', tasks }
  }
  return { kind: 'task', target: url.href, rates, send }
}

async function tell(
  options: TaskOptions,
  { alert, isOver, words }: TaskAlert,
  id: string | undefined,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const { create, update, close } = options
  if (id === undefined) {
    // Its task was never made, or is closed: there is nothing to close.
    if (isOver) return { kind: 'acknowledged' }
    const answer = await request(options, create, words, signal)
    if ('problem' in answer) return { kind: 'failed', problem: answer.problem }
    const outcome = outcomeOfStatus(answer)
    return outcome.kind === 'acknowledged' ? createdTask(answer, create.id, alert) : outcome
  }
  const change = isOver ? close : update
  if (change === undefined) return { kind: 'acknowledged' }
  const answer = await request(options, change, { ...words, id }, signal)
  if ('problem' in answer) return { kind: 'failed', problem: answer.problem }
  const outcome = outcomeOfStatus(answer)
  // Somebody has deleted the task, which says nothing about the next one.
  if (answer.status === 404 || answer.status === 410) {
    return { kind: 'refused', problem: `task ${id} is gone: HTTP ${answer.status}` }
  }
  return outcome
}

function request(
  { url, headers, ...http }: TaskOptions,
  { method, path, body }: TaskRequest,
  words: TaskAlert['words'],
  signal: AbortSignal,
): Promise<HttpAnswer | { readonly problem: string }> {
  const written = filledJson(body, name => words[name] ?? '')
  const below = filledText(path, name => encodeURIComponent(words[name] ?? ''))
  return post(
    {
      url: new URL(`${url.href.replace(/\/$/, '')}${below}`),
      method,
      body: jsonBytes(written),
      headers: { 'content-type': JSON_TYPE, accept: 'application/json', ...headers },
      readsAnswer: true,
    },
    http,
    signal,
  )
}

function createdTask({ text }: HttpAnswer, path: TaskChannel['create']['id'], alert: string): SendOutcome {
  const id = path.reduce<unknown>(
    (at, step) => (at as Record<string, unknown> | null | undefined)?.[step],
    jsonIn(text),
  )
  if (typeof id === 'string' || typeof id === 'number') {
    return { kind: 'acknowledged', tasks: { [alert]: String(id) } }
  }
  // The task is there; another attempt would make a second one.
  const problem = `a task was made, but its answer has no "${path.join('.')}": ${excerptOf(text)}; correct create.id`
  return { kind: 'refused', problem }
}

function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    // Not JSON: it has no id, as its excerpt shows.
    return undefined
  }
}
