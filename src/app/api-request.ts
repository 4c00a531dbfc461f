import { problemSchema } from '../protocol/problem.ts'
import { CouldNotRun } from './could-not-run.ts'
import { ownToken } from './own-token.ts'

const ANSWERS_WITHIN_MS = 10_000

/** Asks the API of a process. @throws CouldNotRun where it cannot be reached or says why it does not answer. */
export const getFrom = (url: URL): Promise<unknown> => answerOf(url, { headers: authorization() })

/** Tells the API of a process something. @throws CouldNotRun likewise. */
export const postTo = (url: URL, body: object): Promise<unknown> =>
  answerOf(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization() },
    body: JSON.stringify(body),
  })

/** By which a request of a command signs in; nothing where there is no token. */
export function authorization(): Record<string, string> {
  const token = ownToken()
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

async function answerOf(url: URL, request: RequestInit): Promise<unknown> {
  const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS)
  const response = await fetch(url, { ...request, signal }).catch((cause: Error) => {
    throw new CouldNotRun({
      problem: `${url.origin} does not answer: ${(cause.cause as Error | undefined)?.message ?? cause.message}`,
      remedy: 'start the process, or name its address with --url',
      cause,
    })
  })
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok) return body
  const problem = problemSchema.safeParse(body)
  if (problem.success) throw new CouldNotRun({ problem: problem.data.detail, remedy: problem.data.remedy })
  throw new CouldNotRun({
    problem: `${url.origin} answers HTTP ${response.status}, and not as Stagewatch does`,
    remedy: 'name the address of the page with --url',
  })
}
