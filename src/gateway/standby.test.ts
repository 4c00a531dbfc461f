import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { SignIn } from './access/sign-in.ts'
import { startStandby } from './standby.ts'

test('a process that has no numbers lives, is not ready, and says who has them', async () => {
  let who = 'this process folds; a:8080 evaluates'
  const logger = pino({ level: 'silent' })
  const standby = await startStandby({ host: '127.0.0.1', port: 0, logger, explain: async () => who })
  onTestFinished(() => standby.close())
  const get = (path: string) => fetch(`${standby.url}${path}`)
  expect((await get('/livez')).status).toBe(200)
  for (const path of ['/readyz', '/metrics', '/api/v1/status', '/api/v1/processes/p/statistics']) {
    const answer = await get(path)
    expect(answer.status, path).toBe(503)
    expect(await answer.json()).toMatchObject({ detail: who, remedy: expect.stringContaining('ask that process') })
  }
  const action = await fetch(`${standby.url}/api/v1/alerts/a/acknowledge`, { method: 'POST' })
  expect([action.status, await action.json()]).toEqual([503, expect.objectContaining({ detail: who })])
  const page = await get('/')
  expect([page.status, await page.text()]).toEqual([503, `${who}\n`])
  who = 'this process folds; b:8080 evaluates'
  expect(await (await get('/readyz')).json()).toMatchObject({ detail: who })
  expect((await get('/other')).status).toBe(404)
  await standby.close()
  await expect(get('/livez')).rejects.toThrow()
})

test('it, too, is refused at an address that others reach where nobody has to sign in', async () => {
  const logger = pino({ level: 'silent' })
  const options = { host: '0.0.0.0', port: 0, logger, explain: async () => 'x' }
  await expect(startStandby(options)).rejects.toThrow(/nobody would have to sign in: listen on 127\.0\.0\.1/)
  const access = new SignIn({ tokens: [] })
  const standby = await startStandby({ ...options, access })
  // Whoever is signed in at the process that evaluates is not known here: it says where that is to everybody.
  const answer = await fetch(`http://127.0.0.1:${new URL(standby.url).port}/api/v1/status`)
  expect(answer.status).toBe(503)
  await standby.close()
})
