import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
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
