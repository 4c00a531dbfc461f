import type { Json } from '../../event/json.ts'
import type { OutboxMessage } from '../../journal/outbox.ts'
import type { Channel } from '../../model/definitions.ts'
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

export type BotOptions = HttpOptions & {
  readonly url: URL
  readonly write: Write
  readonly rates: readonly Rate[]
}

/** What a room's bot is told apart by: where a message goes when it is sent, in which form, and what an answer means. */
export type BotKind = {
  readonly kind: Channel['kind']
  /** Puts in what is of the attempt and not of the message: time and signature. */
  readonly request: (body: Json, url: URL, now: number) => { readonly url: URL; readonly body: Json }
  readonly outcomeOf: (answer: HttpAnswer) => SendOutcome
}

/** A receiver in a room of people: several messages may be told as one. */
export function botReceiver({ kind, request, outcomeOf }: BotKind, options: BotOptions): Receiver {
  const send = async (messages: readonly OutboxMessage[], signal: AbortSignal): Promise<SendOutcome> => {
    const written = options.write(messages)
    if (written === undefined) return unreadable
    const { url, body } = request(written, options.url, options.now())
    const headers = { 'content-type': JSON_TYPE }
    const answer = await post({ url, body: jsonBytes(body), headers, readsAnswer: true }, options, signal)
    return 'problem' in answer ? { kind: 'failed', problem: answer.problem } : outcomeOf(answer)
  }
  const { url, rates } = options
  return { kind, target: url.href, rates, send: (message, signal) => send([message], signal), sendTogether: send }
}

/** What one code of a bot means. */
export type CodeMeaning = {
  readonly is: 'too-many' | 'mendable' | 'refused' | 'gone'
  readonly remedy: string
  /** Of too many: nothing is sent before. */
  readonly pauseMs?: number
}

/**
 * The outcome of an answer that has its result in its body, with a status of 200. Other statuses are those of a front.
 *
 * @param codeKey the field of the code, 0 where all is well; `textKey`: what goes with it.
 * @param meaningOf undefined for a code that is not known: it may pass.
 */
export function outcomeOfCode(
  answer: HttpAnswer,
  codeKey: string,
  textKey: string,
  meaningOf: (code: number, text: string) => CodeMeaning | undefined,
): SendOutcome {
  const fields = fieldsIn(answer.text)
  const code = fields?.[codeKey]
  const { status, retryAfterMs } = answer
  if (typeof code !== 'number' && status >= 300) return outcomeOfStatus(answer)
  if (typeof code !== 'number') {
    const said = excerptOf(answer.text)
    const problem = `HTTP ${status} without a ${codeKey}${said && `: ${said}`}`
    return { kind: 'failed', problem, ...(retryAfterMs !== undefined && { retryAfterMs }) }
  }
  if (code === 0) return { kind: 'acknowledged' }
  const text = excerptOf(String(fields?.[textKey] ?? ''))
  const meaning = meaningOf(code, text)
  const problem = `${codeKey} ${code}${text && `: ${text}`}${meaning === undefined ? '' : `; ${meaning.remedy}`}`
  const pauseMs = Math.max(meaning?.pauseMs ?? 0, retryAfterMs ?? 0)
  if (meaning?.is === 'refused' || meaning?.is === 'gone') return { kind: meaning.is, problem }
  return { kind: 'failed', problem, ...(pauseMs > 0 && { retryAfterMs: pauseMs }) }
}

function fieldsIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    // Not JSON is an answer like any other: it has no code.
    return undefined
  }
}
