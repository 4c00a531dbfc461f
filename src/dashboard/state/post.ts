import type { ZodMiniType } from 'zod/mini'
import { problemSchema } from '../../protocol/problem.ts'
import type { Trouble } from './api.ts'

export type Done<Value> = { readonly kind: 'done'; readonly value: Value } | Trouble

export type Sent = {
  readonly body: Readonly<Record<string, unknown>>
  /** The same when it is asked again: then it is done once. Without it, as often as it is asked. */
  readonly id?: string
}

/** Has the server do something; never rejects. @param sent undefined: no more than the path says. */
export async function post<Value>(path: string, schema: ZodMiniType<Value>, sent?: Sent): Promise<Done<Value>> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      // As JSON always, which no form of another page can send.
      headers: { 'content-type': 'application/json', ...(sent?.id !== undefined && { 'idempotency-key': sent.id }) },
      body: JSON.stringify(sent?.body ?? {}),
    })
    const body: unknown = await response.json()
    if (!response.ok) {
      const problem = problemSchema.safeParse(body)
      return problem.success ? { kind: 'problem', problem: problem.data } : { kind: 'away' }
    }
    const value = schema.safeParse(body)
    return value.success ? { kind: 'done', value: value.data } : { kind: 'away' }
  } catch {
    // The connection failed, or the answer was no JSON: whether it was done is not known.
    return { kind: 'away' }
  }
}
