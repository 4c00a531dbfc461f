import type { ZodMiniType } from 'zod/mini'
import { type Problem, problemSchema } from '../../protocol/problem.ts'

/** Why there is no answer. `problem`: the server said no, and what to do; `away`: no answer that this page can read. */
export type Trouble = { readonly kind: 'problem'; readonly problem: Problem } | { readonly kind: 'away' }

export type Answer<Value> = { readonly kind: 'found'; readonly value: Value } | Trouble | { readonly kind: 'aborted' }

/** An answer to somebody who had one before. `tag`: what to say the next time, where the server gave one. */
export type NewerAnswer<Value> =
  | { readonly kind: 'found'; readonly value: Value; readonly tag: string | undefined }
  | { readonly kind: 'unchanged' }
  | Trouble
  | { readonly kind: 'aborted' }

/** Asks the API of the server that the page came from; never rejects. */
export async function ask<Value>(
  path: string,
  schema: ZodMiniType<Value>,
  signal: AbortSignal,
): Promise<Answer<Value>> {
  const answer = await askForNewer(path, schema, undefined, signal)
  return answer.kind === 'unchanged' ? { kind: 'away' } : answer
}

/**
 * Asks for what has changed since an answer with this tag; never rejects.
 *
 * @param knownTag of the answer that is held, for the very same path; undefined: none is.
 */
export async function askForNewer<Value>(
  path: string,
  schema: ZodMiniType<Value>,
  knownTag: string | undefined,
  signal: AbortSignal,
): Promise<NewerAnswer<Value>> {
  try {
    const response = await fetch(path, {
      signal,
      ...(knownTag === undefined ? {} : { headers: { 'if-none-match': knownTag } }),
    })
    if (response.status === 304) return { kind: 'unchanged' }
    const body: unknown = await response.json()
    if (!response.ok) {
      const problem = problemSchema.safeParse(body)
      return problem.success ? { kind: 'problem', problem: problem.data } : { kind: 'away' }
    }
    const value = schema.safeParse(body)
    return value.success
      ? { kind: 'found', value: value.data, tag: response.headers.get('etag') ?? undefined }
      : { kind: 'away' }
  } catch {
    // The connection failed, or the answer was no JSON: for the reader both mean that there is no answer now.
    return { kind: signal.aborted ? 'aborted' : 'away' }
  }
}
