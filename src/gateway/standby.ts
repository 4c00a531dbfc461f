import type { FastifyBaseLogger } from 'fastify'
import { ProblemError } from './problem-error.ts'
import { listen, newServer } from './server.ts'

export type StandbyOptions = {
  readonly host: string
  readonly port: number
  readonly logger: FastifyBaseLogger
  /** What this process does instead, and who has the numbers; one sentence. */
  readonly explain: () => Promise<string>
}

/**
 * What a process answers while another one of its group has the numbers: that it lives, and who that is. It is never ready,
 * so that whoever asks for numbers through a balancer gets to the one that has them.
 */
export async function startStandby({ host, port, logger, explain }: StandbyOptions) {
  const app = newServer(host, logger)
  app.get('/livez', async () => ({ alive: true }))
  app.get('/', async (_request, reply) =>
    reply
      .code(503)
      .type('text/plain; charset=utf-8')
      .send(`${await explain()}\n`),
  )
  const elsewhere = async () => {
    const remedy = 'ask that process; where it is gone another one takes its place within seconds'
    throw new ProblemError('not-ready', await explain(), remedy)
  }
  for (const path of ['/readyz', '/metrics', '/api/*']) app.get(path, elsewhere)
  app.post('/api/*', elsewhere)
  let closing: Promise<void> | undefined
  return {
    url: await listen(app, host, port),
    /** Once or more. */
    close: () => {
      closing ??= Promise.resolve(app.close())
      return closing
    },
  }
}
