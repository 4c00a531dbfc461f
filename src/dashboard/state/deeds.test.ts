import { afterEach, expect, test, vi } from 'vitest'
import { alertDeed, attemptOf, attempts, carryOut } from './deeds.ts'

type Request = { readonly path: string; readonly id: string; readonly body: unknown }

/** A server that gives these answers, one after the other; `undefined`: the connection fails. */
function serverThatAnswers(...answers: readonly ({ status: number; body: unknown } | undefined)[]): Request[] {
  const requests: Request[] = []
  const left = [...answers]
  vi.stubGlobal('fetch', async (path: string, { headers, body }: { headers: Record<string, string>; body: string }) => {
    requests.push({ path, id: headers['idempotency-key'] ?? '', body: JSON.parse(body) })
    const answer = left.shift()
    if (answer === undefined) throw new TypeError('Failed to fetch')
    return Response.json(answer.body, { status: answer.status })
  })
  return requests
}

const done = { status: 200, body: { repeated: false } }
const refusal = {
  type: 'urn:stagewatch:problem:alert-is-over',
  title: 'Alert is over',
  status: 409,
  detail: 'alert a is over',
  remedy: 'leave it',
  instance: '/',
}
const comment = (text: string) => alertDeed('comment', 'a', 'ana', { text })

afterEach(() => {
  vi.unstubAllGlobals()
  attempts.value = new Map()
})

test('what failed is sent again under the same id, so that it is done once', async () => {
  const requests = serverThatAnswers(undefined, done)
  expect(await carryOut(comment('one'))).toBe(false)
  expect(attemptOf('comment', 'a')?.trouble).toEqual({ kind: 'away' })
  expect(await carryOut(comment('one'))).toBe(true)
  expect(attempts.value.size).toBe(0)
  expect(requests).toHaveLength(2)
  expect(requests[1]).toEqual(requests[0])
  expect(requests[0]).toMatchObject({ path: '/api/v1/alerts/a/comment', body: { by: 'ana', text: 'one' } })
  expect(requests[0]?.id).toMatch(/^[0-9a-f]{32}$/)
})

test('another text after a failure is another deed', async () => {
  const requests = serverThatAnswers(undefined, done, done)
  await carryOut(comment('one'))
  await carryOut(comment('two'))
  await carryOut(comment('two'))
  expect(new Set(requests.map(({ id }) => id)).size).toBe(3)
})

test('while one is under way the like is not sent', async () => {
  const requests = serverThatAnswers(done, done)
  const [first, second] = await Promise.all([carryOut(comment('one')), carryOut(comment('one'))])
  expect([first, second]).toEqual([true, false])
  expect(requests).toHaveLength(1)
})

test('a refusal is kept with what to do', async () => {
  serverThatAnswers({ status: 409, body: refusal })
  await carryOut(alertDeed('acknowledge', 'a', 'ana'))
  expect(attemptOf('acknowledge', 'a')?.trouble).toMatchObject({ kind: 'problem', problem: { remedy: 'leave it' } })
})
