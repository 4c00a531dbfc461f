import type { FastifyRequest } from 'fastify'
import * as z from 'zod'
import { ProblemError } from '../problem-error.ts'

/** @param most characters. */
export const text = (most: number) =>
  z.string({ error: 'is missing, or no text' }).trim().min(1, 'is empty').max(most, `is longer than ${most} characters`)

/** By which whoever did not hear the answer asks again. */
export const askedId = text(200).optional()

/**
 * The id under which something is asked for, in the body or as `Idempotency-Key`.
 *
 * @throws ProblemError where the two differ.
 */
export function idOf(request: FastifyRequest, inBody: string | undefined, remedy: string): string | undefined {
  const header = request.headers['idempotency-key']
  if (header === undefined) return inBody
  const read = text(200).safeParse(header)
  const problem = read.success
    ? inBody !== undefined && inBody !== read.data
      ? 'is not the `id` of the body'
      : undefined
    : read.error.issues[0]?.message
  if (problem !== undefined) throw badRequest(`Idempotency-Key ${problem}`, remedy)
  return read.data
}

/** What is wrong with a body, all of it. */
export function badBody(issues: readonly z.core.$ZodIssue[], remedy: string): ProblemError {
  const said = issues.map(issue => {
    if (issue.code === 'unrecognized_keys')
      return `unknown field ${issue.keys.map(key => `\`${key.slice(0, 100)}\``).join(', ')}`
    return issue.path.length === 0 ? 'the body is no JSON object' : `\`${issue.path.join('.')}\` ${issue.message}`
  })
  return badRequest(said.join('; '), remedy)
}

export const badRequest = (detail: string, remedy: string) => new ProblemError('bad-request', detail, remedy)

/** @param what is done, as a sentence begins. @throws ProblemError where it cannot be made durable. */
export async function durably<Outcome>(what: string, act: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await act()
  } catch (cause) {
    const detail = `${what} could not be made durable, and does not count`
    const remedy = 'ask again with the same id; where that fails too, the log of the server says why'
    throw new ProblemError('journal-unavailable', detail, remedy, cause)
  }
}
