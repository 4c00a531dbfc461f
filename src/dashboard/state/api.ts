import type { ZodMiniType } from 'zod/mini'
import { type Problem, problemSchema } from '../../protocol/problem.ts'

export type Answer<Value> =
  | { readonly kind: 'found'; readonly value: Value }
  /** The server said no, and what to do. */
  | { readonly kind: 'problem'; readonly problem: Problem }
  /** No answer that this page can read. */
  | { readonly kind: 'away' }
  | { readonly kind: 'aborted' }

/** Asks the API of the server that the page came from; never rejects. */
export async function ask<Value>(
  path: string,
  schema: ZodMiniType<Value>,
  signal: AbortSignal,
): Promise<Answer<Value>> {
  try {
    const response = await fetch(path, { signal })
    const body: unknown = await response.json()
    if (!response.ok) {
      const problem = problemSchema.safeParse(body)
      return problem.success ? { kind: 'problem', problem: problem.data } : { kind: 'away' }
    }
    const value = schema.safeParse(body)
    return value.success ? { kind: 'found', value: value.data } : { kind: 'away' }
  } catch {
    // The connection failed, or the answer was no JSON: for the reader both mean that there is no answer now.
    return { kind: signal.aborted ? 'aborted' : 'away' }
  }
}
