import type { ZodMiniType } from 'zod/mini'
import { problemSchema } from '../../protocol/problem.ts'
import type { Trouble } from './api.ts'

export type Done<Value> = { readonly kind: 'done'; readonly value: Value } | Trouble

/** Has the server do something that takes no more than its path says; never rejects. */
export async function post<Value>(path: string, schema: ZodMiniType<Value>): Promise<Done<Value>> {
  try {
    const response = await fetch(path, { method: 'POST' })
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
